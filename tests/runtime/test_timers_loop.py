"""What the thread of the timers asks of the store: one question while nothing is due, and all that is due at once."""

import time
from math import inf
from typing import Any

import pytest

from router.runtime.calls.timers import POLL_SECONDS, Timers
from router.runtime.monitoring.heartbeats import Pulse
from tests.stores import MemoryStore

NOON = 1_795_000_000.0


class Asked(MemoryStore):
    """A store in which one call has a timer; it tells what it was asked."""

    def __init__(self, wake_at: float | None) -> None:
        super().__init__()
        self.wake_at = wake_at
        self.asked: list[str] = []

    def next_wake(self) -> float | None:
        self.asked.append("next")
        return self.wake_at

    def due_calls(self, before: float, limit: int = 100) -> list[tuple[str, str]]:
        self.asked.append("due")
        return []


class Noon:
    def now(self) -> float:
        return NOON

    def steady(self) -> float:
        return time.monotonic()


def _timers(store: Asked, beats: list[None], **given: Any) -> Timers:
    pulse = Pulse(lambda: beats.append(None))
    return Timers(store, None, Noon(), lambda: None, pulse=pulse, **given)  # type: ignore[arg-type]  # no call is stepped


@pytest.mark.parametrize(("wake_at", "until"), [(None, inf), (NOON + 9.0, NOON + 9.0)])
def test_while_nothing_is_due_one_question_is_enough(wake_at: float | None, until: float) -> None:
    store, beats, watched = Asked(wake_at), list[None](), list[None]()
    assert _timers(store, beats, watch_clock=lambda: watched.append(None))._look() == until
    assert (store.asked, len(beats), len(watched)) == (["next"], 1, 1)


def test_what_is_due_is_fired_and_looked_for_again() -> None:
    store, beats = Asked(NOON), list[None]()
    assert _timers(store, beats)._look() == NOON
    assert (store.asked, len(beats)) == (["next", "due"], 1)


def test_while_events_wait_in_the_spool_nothing_is_asked() -> None:
    store, beats = Asked(NOON), list[None]()
    assert _timers(store, beats, may_fire=lambda: False)._look() == NOON + POLL_SECONDS
    assert (store.asked, beats) == ([], [])
