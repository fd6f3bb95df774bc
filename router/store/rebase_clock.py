"""What moves when the database's wall clock is set: `runtime.ports.Transaction.shift_clock`, for stores in memory."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from router.history.journal import QUEUED, SENT, CommandRow
from router.runtime.records import AccountState, Share


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One occupied slot of a window."""

    free_at: float


INSTANTS: Final[Mapping[type, tuple[str, ...]]] = {
    Slot: ("free_at",),
    CommandRow: ("queued", "deadline", "sent", "answered", "lease", "not_before"),
    AccountState: ("paused_until", "invalid_at"),
    Share: ("since", "closed_until"),
}
"""The instants of what is open: they are compared with the present, or with each other."""


def moved(row: Any, seconds: float) -> Any:
    """The row with its instants so much later; one of 0 stands for none, and what is over does not move."""
    if isinstance(row, CommandRow) and row.state not in (QUEUED, SENT):
        return row
    instants = {name: getattr(row, name) for name in INSTANTS[type(row)]}
    return msgspec.structs.replace(row, **{name: at + seconds for name, at in instants.items() if at})
