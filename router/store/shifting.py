"""What moves when the database's wall clock is set: `runtime.ports.Transaction.shift_clock`, for stores in memory."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from router.runtime.ports import CommandRow, Share, Standing

Row = TypeVar("Row", CommandRow, Share, Standing)

INSTANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "command": ("queued", "deadline", "sent", "answered", "lease", "not_before"),
    "standing": ("paused_until", "invalid_at", "credit_from"),
    "share": ("since", "closed_until"),
}
"""The instants of what is open: they are compared with the present, or with each other."""


def moved(row: Row, kind: str, seconds: float) -> Row:
    """The row with its instants so much later; one of 0 stands for none."""
    instants: Mapping[str, Any] = {name: getattr(row, name) for name in INSTANTS[kind]}
    changed: Row = msgspec.structs.replace(row, **{name: at + seconds for name, at in instants.items() if at})
    return changed
