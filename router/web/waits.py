"""Requests that wait for something to happen, within bounds: each holds one of the worker's threads meanwhile.

A few of one process wait at a time; who finds no place is answered at once with what is known. They end as soon as the
process is to leave.
"""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from router.flow.durations import parse_duration
from router.runtime.ports import Store
from router.web.problem_details import Problem

MOST_WAITS: Final = 4  # of one process
LONGEST_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05

Found = TypeVar("Found")


class Waits:
    """Those of one process."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MOST_WAITS)
        self._leaving = threading.Event()

    def end(self) -> None:
        """Have all of them answer now. Returns at once."""
        self._leaving.set()

    def until(self, look: Callable[[], Found | None], seconds: float, store: Store) -> Found | None:
        """What `look` finds, looking again after each commit; None when that was nothing for so long."""
        until = time.monotonic() + seconds
        seen = store.changed()
        found = look()
        if found is not None or not seconds or not self._places.acquire(blocking=False):
            return found
        try:
            while found is None and time.monotonic() < until and not self._leaving.wait(POLL_SECONDS):
                changed = store.changed()
                if changed != seen:
                    seen, found = changed, look()
        finally:
            self._places.release()
        return found


def read_wait(text: object) -> float:
    """The seconds of `10s`, 0 of nothing."""
    if text in (None, ""):
        return 0.0
    seconds = parse_duration(text) if isinstance(text, str) else None
    if seconds is None or seconds > LONGEST_SECONDS:
        raise Problem(400, f"wait is a time of at most {LONGEST_SECONDS:g} s, such as 5s or 500ms")
    return seconds
