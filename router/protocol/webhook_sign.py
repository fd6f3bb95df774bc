"""Signs of what we tell other systems: Standard Webhooks 1.0, symmetric (`v1`, HMAC-SHA256).

The sign covers the delivery's id, the second of the attempt and the body, so that an old request cannot be replayed.
A receiver has a secret of its own, and for the time of a rotation two: each request then has a sign by either.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
DERIVED: Final = "ivr-router webhook "
"""What a derived secret is bound to, before the receiver."""
USUAL_PORTS: Final[Mapping[str, str]] = {"http": ":80", "https": ":443"}

_origin: Final = re.compile(r"(https?)://(?:[^/?#]*@)?([^/?#@]+)", re.IGNORECASE).match


def read_secret(text: str) -> bytes:
    """The key of `whsec_BASE64`; ValueError says what is wanted."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(
            f"a secret is {PREFIX} and the base64 of {LEAST_BYTES} to {MOST_BYTES} bytes: "
            "`ivr deliveries secret --new` makes one"
        )
    return key


def write_secret(key: bytes) -> str:
    """The inverse of `read_secret`."""
    return PREFIX + base64.b64encode(key).decode()


def derived_secret(salt: str, receiver: str) -> str:
    """The secret of a receiver that was given none: one way from the salt, and another one for each receiver."""
    return write_secret(hmac.digest(salt.encode(), f"{DERIVED}{receiver}".encode(), "sha256"))


def signatures(secrets: Iterable[str], delivery_id: str, timestamp: int, body: bytes) -> str:
    """`webhook-signature`: a sign by each secret, the newest first."""
    signed = b"%s.%d.%s" % (delivery_id.encode(), timestamp, body)
    signs = (hmac.digest(read_secret(secret), signed, "sha256") for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(sign).decode()}" for sign in signs)


def receiver_of(url: str) -> str:
    """Scheme, host and port of an address: who receives what is sent there. Never raises."""
    found = _origin(url)
    if found is None:
        return ""
    scheme, host = found[1].lower(), found[2].lower()
    return f"{scheme}://{host.removesuffix(USUAL_PORTS.get(scheme, ''))}"
