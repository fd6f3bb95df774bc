"""How long requests take here and now: measured by this process, for who has to decide before an answer comes.

The PBX counts a request at some instant between its claim and its answer. So a command has to leave a round trip before
the PBX lets the caller go, and a slot that is taken now is free again a round trip later than its window says.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

REMEMBERED: Final = 64  # round trips of an account
ENOUGH: Final = 8  # of them say more than the guess does


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The round trips of one account, claim to answer, in seconds."""

    usual: float = 0.0  # half of them are shorter
    longest: float = 0.0  # nearly all of them are shorter


GUESS: Final = Pace(usual=0.05, longest=0.25)
"""Of an account that this process has hardly sent anything for."""

MOST_LONGEST: Final = 1.0
"""A PBX that answers late has counted long before: more than this need not be left for the way there."""


class RoundTrips:
    """The latest round trips of every account; safe among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, deque[float]] = {}
        self._paces: Mapping[str, Pace] = {}

    def add(self, account: str, seconds: float) -> None:
        """An answer came so long after its claim."""
        with self._lock:
            latest = self._seconds.setdefault(account, deque(maxlen=REMEMBERED))
            latest.append(seconds)
            if len(latest) >= ENOUGH:
                self._paces = {**self._paces, account: _pace(sorted(latest))}

    def pace(self, account: str) -> Pace:
        return self._paces.get(account, GUESS)


def _pace(ordered: list[float]) -> Pace:
    longest = ordered[min(len(ordered) - 1, len(ordered) * 19 // 20)]
    return Pace(usual=ordered[len(ordered) // 2], longest=min(longest, MOST_LONGEST))
