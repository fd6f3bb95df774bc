"""How many requests may be on the wire from this process: so many that a slow receiver does not stop the others.

All accounts share the sender threads, and any account's API may hang. So may any receiver of an account's
notifications, which counts as an account does here. What always holds:

- an account whose requests are answered in good time has up to SENDERS of them on the wire, and the accounts like it
  share FRESH places, of which a request leaves its own after OVERDUE_SECONDS, answered or not;
- an account that hangs, or that has not answered yet, has one request on the wire, which shows when it is well again;
  all such accounts share PROBES places, and none of the others';
- so whatever number of accounts hangs, a healthy one waits OVERDUE_SECONDS for a place at the worst.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

SENDERS: Final = 4  # requests of one account
FRESH: Final = 64
PROBES: Final = 64
THREADS: Final = 256  # FRESH, PROBES, and requests that turned out to hang
OVERDUE_SECONDS: Final = 1.0


Peer = TypeVar("Peer", bound=Hashable)


class Bulkheads(Generic[Peer]):
    """The places of one process. `steady` is its clock that cannot be set. Thread-safe."""

    def __init__(self, senders: int, steady: Callable[[], float]) -> None:
        self._senders = senders
        self._steady = steady
        self._lock = threading.Lock()
        self._begun: dict[Peer, list[float]] = {}  # account -> since when each of its requests has been on the wire
        self._sound: set[Peer] = set()  # accounts whose last request was answered in good time

    def enter(self, account: Peer) -> int:
        """Take as many places for the account as there are, 0 when it has to wait; each has to be left again."""
        with self._lock:
            now = self._steady()
            mine = self._begun.get(account, [])
            granted = max(0, min(self._room(account, mine, now), THREADS - sum(map(len, self._begun.values()))))
            if granted:
                self._begun[account] = [*mine, *[now] * granted]
            return granted

    def full(self) -> list[Peer]:
        """Who has requests on the wire and gets no further place now."""
        with self._lock:
            now = self._steady()
            return [account for account, mine in self._begun.items() if self._room(account, mine, now) <= 0]

    def leave(self, account: Peer, places: int = 1) -> None:
        """Give back places that were not needed."""
        with self._lock:
            self._drop(account, self._begun[account][:-places])

    def returned(self, account: Peer, entered: float, *, answered: bool) -> None:
        """A request that entered then is over; how it went decides how many the account may have."""
        with self._lock:
            begun = self._begun[account]
            begun.remove(min(begun, key=lambda since: abs(since - entered)))
            self._drop(account, begun)
            if answered and self._steady() - entered <= OVERDUE_SECONDS:
                self._sound.add(account)
            else:
                self._sound.discard(account)

    def _room(self, account: Peer, mine: list[float], now: float) -> int:
        if self._is_sound(account, mine, now):
            return min(self._senders - len(mine), FRESH - self._count(now, sound=True))
        return 0 if mine else min(1, PROBES - self._count(now, sound=False))

    def _is_sound(self, account: Peer, begun: list[float], now: float) -> bool:
        return account in self._sound and not any(now - since > OVERDUE_SECONDS for since in begun)

    def _count(self, now: float, *, sound: bool) -> int:
        """Requests on the wire of all sound accounts, or of all others."""
        return sum(len(begun) for name, begun in self._begun.items() if self._is_sound(name, begun, now) == sound)

    def _drop(self, account: Peer, begun: list[float]) -> None:
        if begun:
            self._begun[account] = begun
        else:
            self._begun.pop(account, None)
