"""One-time codes of an authenticator app (TOTP, RFC 6238: SHA-1, 30 seconds, 6 digits, as every app knows it), and the
recovery codes that stand in for a lost phone."""

import hmac
import secrets
from base64 import b32decode, b32encode
from collections.abc import Iterable
from hashlib import sha1, sha256
from struct import pack, unpack_from
from typing import Final
from urllib.parse import quote

PERIOD_SECONDS: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20  # as RFC 4226 recommends
STEPS_AROUND: Final = 1  # a phone's clock may be half a minute off, and a person takes time to type
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10  # 16 characters: beyond guessing, so a plain digest does
ISSUER: Final = "ivr-router"


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def as_text(secret: bytes) -> str:
    """As people type it into their app."""
    return b32encode(secret).decode()


def from_text(text: str) -> bytes:
    """The secret again. Raises ValueError."""
    secret = b32decode(text.strip().upper())
    if len(secret) != SECRET_BYTES:
        raise ValueError("a secret has 32 characters")
    return secret


def address(secret: bytes, name: str) -> str:
    """What a QR code for the app holds."""
    label = quote(f"{ISSUER}:{name}", safe="")
    return f"otpauth://totp/{label}?secret={as_text(secret)}&issuer={ISSUER}"


def picture(address: str) -> str:
    """The QR code of an address: an SVG as a `data:` URI, black on white in any theme, as phones read it."""
    import segno  # of the commands and workers that have this module few draw a code

    return segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def code_at(secret: bytes, step: int) -> str:
    """The code of one period (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, pack(">Q", step), sha1)
    (number,) = unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}d}"


def step_of(code: str, secret: bytes, now: float, last: int) -> int | None:
    """The period that a code belongs to, None of a wrong one; `last` is the newest that was taken before: a code is
    taken once."""
    given, present = "".join(code.split()), int(now) // PERIOD_SECONDS
    for step in range(max(last + 1, present - STEPS_AROUND), present + STEPS_AROUND + 1):
        if given.isascii() and hmac.compare_digest(given, code_at(secret, step)):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Shown once."""
    return [as_text(secrets.token_bytes(RECOVERY_BYTES)).lower() for _ in range(RECOVERY_CODES)]


def kept(codes: Iterable[str]) -> str:
    """What the database keeps of them."""
    return " ".join(map(_digest, codes))


def without(code: str, recovery: str) -> str | None:
    """What is kept once this code is used up; None when it is none of them."""
    digests, used = recovery.split(), _digest(code)
    return " ".join(one for one in digests if one != used) if used in digests else None


def _digest(code: str) -> str:
    return sha256("".join(code.split()).replace("-", "").lower().encode()).hexdigest()
