"""Secrets of one-time codes as the database has them: sealed with a key made of the accounts' salts, which stand in the
configuration and in no backup of the database.

AES-SIV (RFC 5297), bound to its user: moved to another row it opens as nothing. The salt of the first account seals,
each one that an account has or had (MANGO_SALT_OLD) opens, and a login seals anew with the first: a salt is rotated
without anybody losing their codes, as long as they log in before the old one goes. What the first versions have written
is in clear, which its length tells; so is everything where no account has a salt.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from router.config.settings import AccountSettings
from router.runtime.administration.one_time_codes import SECRET_BYTES

KEY_BYTES: Final = 32
PURPOSE: Final = b"ivr-router: secrets of one-time codes"


class SecretSealer:
    """Seals and opens with the salts of these accounts."""

    def __init__(self, accounts: Iterable[AccountSettings]) -> None:
        self._salts = tuple(dict.fromkeys(salt for account in accounts for salt in account.salts if salt))

    def seal(self, secret: bytes, user_id: str) -> bytes:
        """What the database is to have."""
        return _cipher(self._salts[0]).encrypt(secret, [user_id.encode()]) if self._salts else secret

    def open(self, kept: bytes, user_id: str) -> bytes | None:
        """The secret; None when no salt that is known opens it."""
        if len(kept) == SECRET_BYTES:
            return kept
        return next(self._opened(kept, user_id), None)

    def _opened(self, kept: bytes, user_id: str) -> Iterator[bytes]:
        for salt in self._salts:
            try:
                yield _cipher(salt).decrypt(kept, [user_id.encode()])
            except (InvalidTag, ValueError):
                continue


def _cipher(salt: str) -> AESSIV:
    return AESSIV(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(salt.encode()))
