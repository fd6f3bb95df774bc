"""Wrong tokens and passwords, by sender: after a few of them a sender waits, each time twice as long. Wrong passwords
are counted by the name they are tried for, too.

Each process counts by itself, so a sender has as many tries as there are workers; they do not grow with the sender's
speed. While a sender waits, a right token is refused, too: otherwise a guesser could go on trying during the wait.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from math import ceil
from threading import Lock
from typing import Final

FREE_GUESSES: Final = 5  # an operator may mistype
LONGEST_WAIT_SECONDS: Final = 60.0
FORGOTTEN_SECONDS: Final = 600.0  # after the last wrong one
SENDERS_KEPT: Final = 1024
IPV6_PREFIX: Final = 64  # one host has as many addresses as it likes in its own network


Guesser = IPv4Address | IPv6Address | str | None
"""A sender, or the name that is tried."""


@dataclass(slots=True)
class _Record:
    wrong: int
    last: float  # when the last wrong one came
    until: float  # how long the sender waits


class Guesses:
    """`now` yields seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float] = time.monotonic, free: int = FREE_GUESSES) -> None:
        self._now = now
        self._free = free
        self._lock = Lock()
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait_seconds(self, sender: Guesser) -> int:
        """How long this sender has to wait, in whole seconds; 0 for one that may try."""
        record = self._records.get(_key(sender))
        return 0 if record is None else max(0, ceil(record.until - self._now()))

    def was_wrong(self, sender: Guesser) -> None:
        """Count a wrong token."""
        now, key = self._now(), _key(sender)
        with self._lock:
            record = self._records.pop(key, None)
            if record is None or now - record.last > FORGOTTEN_SECONDS:
                record = _Record(wrong=0, last=now, until=now)
            record.wrong += 1
            record.last = now
            if record.wrong > self._free:
                record.until = now + min(LONGEST_WAIT_SECONDS, 2.0 ** (record.wrong - self._free - 1))
            self._records[key] = record
            while len(self._records) > SENDERS_KEPT:
                self._records.popitem(last=False)

    def was_right(self, sender: Guesser) -> None:
        """Forget what was wrong before."""
        if self._records:
            with self._lock:
                self._records.pop(_key(sender), None)


def _key(sender: Guesser) -> str:
    if isinstance(sender, IPv6Address):
        return str(ip_network((sender, IPV6_PREFIX), strict=False))
    return str(sender)
