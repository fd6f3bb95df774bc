"""Sealing what callers type in secret, with a key made of the account's salt.

AES-SIV (RFC 5297): authenticated, and deterministic, so that a step of the engine stays a function of its arguments.
A seal is bound to its call and to the variable that it is the value of: moved to another one, by a person who can write
the database, it opens as nothing, and equal secrets of two calls have different seals. What a version before that has
sealed is not bound; it still opens. While the salt is rotated the old one still opens what it sealed.
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

    def seal(self, text: str, *bound_to: str) -> str:
        if not text:
            return ""
        return urlsafe_b64encode(self._ciphers[0].encrypt(text.encode(), _associated(bound_to))).decode()

    def open(self, sealed: str, *bound_to: str) -> str:
        for associated in (_associated(bound_to), None) if bound_to else (None,):
            for cipher in self._ciphers if sealed else ():
                try:
                    return cipher.decrypt(urlsafe_b64decode(sealed), associated).decode()
                except (InvalidTag, ValueError):
                    continue
        return ""


def _associated(bound_to: Sequence[str]) -> list[bytes] | None:
    return [part.encode(errors="surrogatepass") for part in bound_to] or None


def _key(salt: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(salt.encode())
