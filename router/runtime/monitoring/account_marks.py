"""When each account last had an event, and how its last publication ended: told over all workers of a machine.

A worker leaves the instant in numbers that it may share with the others (`SharedNumbers`); each write is one store into
memory, since an event pays for it. Accounts are those that have labels of their own, in the order of the configuration.
What always holds: the later of two instants stays; 0.0 stands for an instant that was never noted.
"""

import time
from collections.abc import Callable, MutableSequence, Sequence
from typing import Final, Protocol
from zlib import crc32

EVENT: Final = 0
PUBLICATION: Final = 1  # negative when the publication failed
OF_EACH: Final = 2


class Numbers(Protocol):
    """A few numbers, perhaps shared with other processes of this machine."""

    def __getitem__(self, place: int) -> float: ...

    def __setitem__(self, place: int, value: float) -> None: ...


class AccountMarks:
    """Of the accounts `names`. Thread-safe."""

    def __init__(
        self, names: Sequence[str], numbers: Numbers | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.names = tuple(names)
        self._places = {name: OF_EACH * number for number, name in enumerate(self.names)}
        own: MutableSequence[float] = [0.0] * count_of(names)
        self._numbers: Numbers = own if numbers is None else numbers
        self._now = now

    def had_event(self, account: str) -> None:
        """An event of the account came now, and is kept."""
        place = self._places.get(account)
        if place is not None:
            self._numbers[place + EVENT] = self._now()

    def last_event(self, account: str) -> float:
        """Unix seconds, 0.0 when none came."""
        return self._numbers[self._places[account] + EVENT]

    def published(self, account: str, *, succeeded: bool) -> None:
        """A publication of the account ended now."""
        place = self._places.get(account)
        if place is not None:
            self._numbers[place + PUBLICATION] = self._now() if succeeded else -self._now()

    def is_published(self, account: str) -> bool:
        """Whether the last publication that was told of went well."""
        return account not in self._places or self._numbers[self._places[account] + PUBLICATION] > 0.0

    def last_publication(self, account: str, activated: float = 0.0) -> tuple[float, bool]:
        """(when, whether it went well); (0.0, False) when there was none. A version that was `activated` later, by
        somebody who leaves no marks here, was published well."""
        told = self._numbers[self._places[account] + PUBLICATION]
        return (activated, True) if activated > abs(told) else (abs(told), told > 0.0)


def count_of(names: Sequence[str]) -> int:
    """How many numbers the marks of these accounts take."""
    return max(1, OF_EACH * len(names))


def file_name(names: Sequence[str]) -> str:
    """Of the numbers that workers share. Others than these accounts, or another order, have another file: a HUP may
    bring a new configuration while workers with the old one are still there."""
    return f"accounts-{crc32(chr(0).join(names).encode()):08x}"
