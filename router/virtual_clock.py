"""Virtual time: what is still to happen, in order of its instant, and the time that it is.

Nothing here reads the real time: an hour takes as long as what happens in it. The driver of calls (`engine.driver`) and
the model of the PBX (`pbx`) are each on one. Beside what was put here there is one alarm, asked for anew each time,
since everything that happens may move it: a call's earliest timer, or the earliest of a whole store.

What always holds: time never goes back; things of one instant happen in the order in which they were put here, and
before an alarm of that instant: an event that comes in the very instant at which a timer is due came in time, as it
does in the running router (`runtime.calls.catch_up`).
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from math import inf
from typing import Final

Happening = Callable[[], object]

SAME_INSTANT: Final = 1e-6
"""Instants closer than this are one: they are sums of decimal fractions. Seconds."""


@dataclass(slots=True, eq=False)
class Appointment:
    """Something that is to happen at an instant, unless it is cancelled before."""

    happening: Happening
    is_cancelled: bool = False

    def cancel(self) -> None:
        """Harmless when it is already over."""
        self.is_cancelled = True


def _no_alarm() -> float | None:
    return None


def _nothing() -> None:
    pass


class VirtualClock:
    """`alarm_at` answers when the alarm is due (None: it is not set), `ring` is what it does. Instants are in Unix
    seconds."""

    def __init__(
        self, now: float, *, alarm_at: Callable[[], float | None] = _no_alarm, ring: Happening = _nothing
    ) -> None:
        self.now = now
        self.happened = 0  # how many things, alarms included
        self._alarm_at = alarm_at
        self._ring = ring
        self._heap: list[tuple[float, int, Appointment]] = []
        self._order = count()

    def at(self, instant: float, happening: Happening) -> Appointment:
        """Put something here that is to happen at that instant: at once if it has passed, never if it is `inf`."""
        appointment = Appointment(happening)
        if instant != inf:
            heapq.heappush(self._heap, (instant, next(self._order), appointment))
        return appointment

    def after(self, seconds: float, happening: Happening) -> Appointment:
        """Put something here that is to happen so much later than now."""
        return self.at(self.now + max(0.0, seconds), happening)

    def next_instant(self) -> float | None:
        """When something happens next; None when nothing does."""
        first, alarm_at = self._first(), self._alarm_at()
        due = first if alarm_at is None else min(first, alarm_at)
        return None if due == inf else due

    def run_next(self, until: float = inf, *, alarm_late_by: float = 0.0) -> bool:
        """Let the next thing happen that is due by `until`; False when there is none. The alarm may ring as late as
        `alarm_late_by`: one that is due that shortly before `until` is left for later."""
        first, alarm_at = self._first(), self._alarm_at()
        if alarm_at is None or alarm_at > until - alarm_late_by + SAME_INSTANT:
            alarm_at = inf
        due = min(first, alarm_at)
        if due == inf or due > until + SAME_INSTANT:
            return False
        self.happened += 1
        self.now = max(self.now, due)
        if first <= alarm_at + SAME_INSTANT:
            heapq.heappop(self._heap)[2].happening()
        else:
            self._ring()
        return True

    def run_until(self, until: float) -> None:
        """Let everything happen that is due by then, what is put here on the way included."""
        while self.run_next(until):
            pass
        self.now = max(self.now, until)

    def _first(self) -> float:
        while self._heap and self._heap[0][2].is_cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else inf
