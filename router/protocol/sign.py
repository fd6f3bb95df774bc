"""Both sides sign everything they send (§2.2): this is the one place that computes and compares a sign.

A sign is the lower-case hexadecimal SHA-256 of api key, json and salt, written one after the other. It covers the
bytes as they were received, and are never serialised again to verify it.
"""

from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Final

NAME_LENGTH: Final = 8


def sign(api_key: str, json_text: str, salt: str) -> str:
    """The sign of a request that we send."""
    return _digest(f"{api_key}{json_text}{salt}".encode()).decode()


def is_signed(api_key: bytes, json_bytes: bytes, sign: bytes, salts: Sequence[str]) -> bool:
    """Whether `sign` is right for one of the salts: a second one is accepted while salts are rotated.

    All three byte strings are form-decoded and otherwise untouched. Any bytes may stand in `sign`, ASCII or not; the
    time taken tells nothing about how much of it is right.
    """
    signed = api_key + json_bytes
    return any(compare_digest(_digest(signed + salt.encode()), sign) for salt in salts)


def _digest(signed: bytes) -> bytes:
    return sha256(signed).hexdigest().encode()


def salt_name(salt: str) -> str:
    """What a salt is called where it may not be shown; "" of none."""
    return sha256(f"ivr-router name of a salt {salt}".encode()).hexdigest()[:NAME_LENGTH] if salt else ""
