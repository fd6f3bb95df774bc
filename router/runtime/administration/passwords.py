"""Passwords: what one has to be, its Argon2id hash (RFC 9106), and checking it.

A check takes tens of milliseconds and 19 MiB on purpose. So one process makes one at a time: logins cannot take the
memory or the processor that events need. Who finds the turn taken for too long is told to come again.
"""

import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from router.errors import ConfigurationError, TooBusy

SHORTEST: Final = 12
LONGEST: Final = 256
MEMORY_KIB: Final = 19 * 1024  # with two passes: OWASP's least for Argon2id on one lane
PASSES: Final = 2
PATIENCE_SECONDS: Final = 3.0
AGAIN_SECONDS: Final = 1

_hasher: Final = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
_turn: Final = threading.BoundedSemaphore(1)

NOBODYS: Final = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IGFzIGxvbmc$Ffkr4iYUkIQhOQuW0P8DUi3wEe8ERX9tmJTtLOMwVtM"
"""A hash that no password is known for: a name that does not exist costs as much time as one that does."""


def check_strength(password: str, name: str) -> None:
    """Raises ConfigurationError, which says what a password has to be."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigurationError(f"a password has {SHORTEST} to {LONGEST} characters; a few words in a row will do")
    if len(set(password)) < 5:
        raise ConfigurationError("this password repeats a few characters: take a few words in a row")
    if name.casefold() in password.casefold():
        raise ConfigurationError("a password must not hold the user's name")


def hashed(password: str) -> str:
    """What the database keeps of it. Raises TooBusy."""
    with _Turn():
        return _hasher.hash(_normal(password))


def is_right(password: str, kept: str) -> bool:
    """Whether this is the password; as slow for a user without one. Raises TooBusy."""
    with _Turn():
        try:
            return _hasher.verify(kept or NOBODYS, _normal(password)) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with other costs than today's: then the next login hashes it anew."""
    return bool(kept) and _hasher.check_needs_rehash(kept)


class _Turn:
    def __enter__(self) -> None:
        if not _turn.acquire(timeout=PATIENCE_SECONDS):
            raise TooBusy("other logins are being checked here; try again", again=AGAIN_SECONDS)

    def __exit__(self, *_: object) -> None:
        _turn.release()


def _normal(password: str) -> str:
    """The same password from every keyboard: an accent may be typed as one sign or as two."""
    return unicodedata.normalize("NFKC", password)
