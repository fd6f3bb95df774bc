"""Sealing what callers type in secret, with a key made of the account's salt.

AES-SIV (RFC 5297): authenticated, and deterministic, so that a step of the engine stays a function of its arguments.
Equal secrets of one account have equal seals; the database does not tell more. While the salt is rotated the old one
still opens what it sealed.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
PURPOSE = b"ivr-router: digits typed in secret"


class SaltSealer:
    """`engine.state.Sealer` for one account. `salts` begins with the current one."""

    def __init__(self, salts: Sequence[str]) -> None:
        self._ciphers = tuple(AESSIV(_key(salt)) for salt in salts)

    def seal(self, text: str) -> str:
        return urlsafe_b64encode(self._ciphers[0].encrypt(text.encode(), None)).decode() if text else ""

    def open(self, sealed: str) -> str:
        for cipher in self._ciphers if sealed else ():
            try:
                return cipher.decrypt(urlsafe_b64decode(sealed), None).decode()
            except (InvalidTag, ValueError):
                continue
        return ""


def _key(salt: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(salt.encode())
