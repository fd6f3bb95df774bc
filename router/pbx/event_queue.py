"""Virtual time: what the PBX is going to do, in order, and not an instant earlier.

Nothing here reads a clock. `run` moves the time on to each appointment in turn, so that a thread beside the wall clock
and a test that leaps over hours get the same calls. Appointments of one instant keep their order.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from math import inf


@dataclass(slots=True, eq=False)
class Appointment:
    """Something to be done at an instant, unless it is cancelled before."""

    action: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Harmless when it is already over."""
        self.cancelled = True


class EventQueue:
    """A heap of appointments and the time that it is there; Unix seconds."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._heap: list[tuple[float, int, Appointment]] = []
        self._order = count()

    def after(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Make an appointment `seconds` from now; `inf` is one that never comes."""
        appointment = Appointment(action)
        if seconds != inf:
            heapq.heappush(self._heap, (self.now + max(seconds, 0.0), next(self._order), appointment))
        return appointment

    def run(self, until: float) -> None:
        """Keep every appointment up to `until`, those included that are made on the way; time never goes back."""
        while self._heap and self._heap[0][0] <= until:
            due, _, appointment = heapq.heappop(self._heap)
            self.now = max(self.now, due)
            if not appointment.cancelled:
                appointment.action()
        self.now = max(self.now, until)

    def next_due(self) -> float | None:
        """When the next appointment is, None when there is none."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None
