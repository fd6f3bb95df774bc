"""One leg of the pretend PBX: its latest notification, from which the next one is made.

The counter of a leg has no gap here, whatever becomes of a notification on its way.
"""

from typing import Any

import msgspec

from router.protocol.events import APPEARED, CONNECTED, DISCONNECTED, IVR, ON_HOLD, QUEUE, LegChanged


class Leg:
    """A leg and where it stands."""

    __slots__ = ("last",)

    def __init__(self, first: LegChanged) -> None:
        self.last = first

    def next(self, now: float, **fields: Any) -> LegChanged:
        """Its next notification (§3.1.1), with the given fields changed."""
        self.last = msgspec.structs.replace(self.last, seq=self.last.seq + 1, timestamp=int(now), **fields)
        return self.last

    @property
    def call_id(self) -> str:
        return self.last.call_id

    @property
    def alive(self) -> bool:
        return self.last.state != DISCONNECTED

    @property
    def in_menu(self) -> bool:
        """In the scheme or in a group's queue."""
        return self.last.location in (IVR, QUEUE)

    @property
    def rings(self) -> bool:
        """An employee's phone rings."""
        return self.last.state == APPEARED and not self.in_menu

    @property
    def talks(self) -> bool:
        """A conversation, on hold or not."""
        return self.last.state in (CONNECTED, ON_HOLD) and not self.in_menu
