"""Telling a repetition of a notification from another one under the same key, across a change of the salt.

What the journal keeps of a notification's content is a digest under a key of the account's, since without a key
anybody could find a secret's four digits by trying. The key is made of the salt, and salts change; so a digest begins
with the name of its key.
"""

from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import Final

NAME_BYTES: Final = 4
DIGEST_BYTES: Final = 16


class Digests:
    """The digests of one account. `salts` begins with the current one."""

    def __init__(self, salts: Sequence[str]) -> None:
        keys = [sha256(f"ivr-router digest {salt}".encode()).digest() for salt in salts]
        self._name, self._key = _name(keys[0]), keys[0]
        self._keys = {_name(key): key for key in keys}

    def keep(self, digest: bytes) -> bytes:
        """A content's plain digest as it is stored."""
        return self._name + blake2b(digest, key=self._key, digest_size=DIGEST_BYTES).digest()

    def is_same(self, kept: bytes, digest: bytes) -> bool:
        """Whether a stored digest is of this content. When its key is gone it cannot be known: a repetition is likely,
        and nothing but a line in the trace depends on it."""
        name = kept[:NAME_BYTES]
        key = self._keys.get(name)
        return key is None or kept == name + blake2b(digest, key=key, digest_size=DIGEST_BYTES).digest()


def _name(key: bytes) -> bytes:
    return sha256(key).digest()[:NAME_BYTES]
