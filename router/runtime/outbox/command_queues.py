"""Which commands a dispatcher serves, and how."""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import Final

from router.history.journal import CommandRow
from router.runtime.ports import Reading

LOOK_AHEAD: Final = 32  # commands of each kind that a look reads
LOOK_BEYOND: Final = 512  # the same when those have all run out of time, and hide others


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Commands that are served by dispatchers of their own, one in each process."""

    name: str
    candidates: Callable[[Reading, str, int], list[CommandRow]]  # an account's, in serving order, so many of each kind
    notifications: bool  # what it serves, as `Reading.waiting` asks
    heeds_pauses: bool  # whether a pause of the account holds for it
    ahead_seconds: float  # how long before its instant a command is claimed; its sender waits for the instant
    poll_seconds: float  # how soon it sees what others committed


TO_PBX: Final = Lane(
    name="dispatcher",
    candidates=lambda reading, account, limit: reading.candidates(account, limit),
    notifications=False,
    heeds_pauses=True,
    ahead_seconds=0.04,
    poll_seconds=0.05,
)
TO_AUTHORS: Final = Lane(  # no caller waits for a notification
    name="notifier",
    candidates=lambda reading, account, limit: reading.notifications(account, limit),
    notifications=True,
    heeds_pauses=False,
    ahead_seconds=0.0,
    poll_seconds=0.25,
)


def narrowed(lane: Lane, receiver: str | None, full: Set[str]) -> Lane:
    """Notifications to one receiver only, or to all but those that take no more now. What waits for a receiver that
    hangs may be thousands, so it is the database that leaves it out."""

    def candidates(reading: Reading, account: str, limit: int) -> list[CommandRow]:
        rows = reading.notifications(account, limit, full - {receiver})
        return rows if receiver is None else [row for row in rows if row.receiver == receiver]

    return replace(lane, candidates=candidates)
