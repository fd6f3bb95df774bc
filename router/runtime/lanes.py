"""Which commands a dispatcher serves, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from router.runtime.ports import CommandRow, Reading

LOOK_AHEAD: Final = 32  # commands of each kind that a look reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Commands that are served by dispatchers of their own, one in each process."""

    name: str
    candidates: Callable[[Reading, str], list[CommandRow]]  # of an account, in serving order
    notifications: bool  # what it serves, as `Reading.waiting` asks
    heeds_pauses: bool  # whether a pause of the account holds for it
    ahead_seconds: float  # how long before its instant a command is claimed; its sender waits for the instant
    poll_seconds: float  # how soon it sees what others committed


TO_PBX: Final = Lane(
    name="dispatcher",
    candidates=lambda reading, account: reading.candidates(account, LOOK_AHEAD),
    notifications=False,
    heeds_pauses=True,
    ahead_seconds=0.04,
    poll_seconds=0.02,
)
TO_AUTHORS: Final = Lane(  # nobody waits for a notification
    name="notifier",
    candidates=lambda reading, account: reading.notifications(account, LOOK_AHEAD),
    notifications=True,
    heeds_pauses=False,
    ahead_seconds=0.0,
    poll_seconds=0.25,
)
