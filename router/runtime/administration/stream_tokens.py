"""Short-lived tokens for an address: a browser's EventSource can send no header.

One opens the stream of events, and nothing else, for the role viewer, until it expires. It is signed with the digest
of the token that it was made from: nothing more is kept of it, every process of every host can check it, and it ends
with that token.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final, NamedTuple

DEFAULT_SECONDS: Final = 60
MOST_SECONDS: Final = 3600

_form = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})").fullmatch


class StreamToken(NamedTuple):
    """What one says; whether that is true, `is_signed_with` tells."""

    token_id: str  # of the token that it was made from
    expires: int  # Unix seconds
    signature: str

    def is_signed_with(self, digest: bytes) -> bool:
        return hmac.compare_digest(self.signature, _signature(self.token_id, self.expires, digest))


def make_stream_token(token_id: str, digest: bytes, expires: int) -> str:
    return f"{token_id}.{expires}.{_signature(token_id, expires, digest)}"


def read_stream_token(text: str) -> StreamToken | None:
    """None for what does not even look like one."""
    match = _form(text)
    return None if match is None else StreamToken(match[1], int(match[2]), match[3])


def _signature(token_id: str, expires: int, digest: bytes) -> str:
    signed = hmac.digest(digest, f"ivr stream {token_id} {expires}".encode(), sha256)
    return urlsafe_b64encode(signed).decode().rstrip("=")
