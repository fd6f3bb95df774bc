"""Ids and secrets in the forms that the real PBX gives them, drawn from one generator: a seed repeats them."""

from base64 import b64encode, urlsafe_b64encode
from random import Random
from typing import Final
from uuid import UUID

PRODUCT: Final = 10_057_593
"""The number of this PBX, in ids of recordings."""

FIRST_RECORDING: Final = 8_723_440_228


class Identities:
    """Gives calls, recordings, sessions and reports their names; implements `pbx.decisions.Names`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._recordings = FIRST_RECORDING

    def call(self, size: int) -> str:
        """Of an entry or a leg: padded base64, with + and / and = in it, beginning with a letter."""
        return b64encode(b"1:" + self._random.randbytes(size - 2)).decode()

    def entry(self) -> str:
        """Of a caller's journey."""
        return self.call(16)

    def leg(self) -> str:
        """Of one leg of it."""
        return self.call(26)

    def recording(self) -> str:
        """Base64 of numbers."""
        number, self._recordings = self._recordings, self._recordings + 1
        return b64encode(f"1:{PRODUCT}:{number}:0".encode()).decode()

    def token(self, size: int = 24) -> str:
        """A secret that fits into a URL."""
        return urlsafe_b64encode(self._random.randbytes(size)).decode()

    def uuid(self) -> str:
        """Of an answer (§3.8.1, cmd_id)."""
        return str(UUID(bytes=self._random.randbytes(16), version=4))
