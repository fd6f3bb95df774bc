"""Virtual time: what happens in which order, and where the clock stands then."""

from math import inf

import pytest

from router.virtual_clock import VirtualClock

START = 1_795_437_000.0


class Day:
    """A clock whose alarm can be set, and what has happened on it: (instant from the start, name)."""

    def __init__(self) -> None:
        self.alarm_at: float | None = None
        self.happened: list[tuple[float, str]] = []
        self.clock = VirtualClock(START, alarm_at=lambda: self.alarm_at, ring=self._ring)

    def put(self, seconds: float, name: str) -> None:
        self.clock.at(START + seconds, lambda: self.note(name))

    def note(self, name: str) -> None:
        self.happened.append((round(self.clock.now - START, 3), name))

    def _ring(self) -> None:
        self.alarm_at = None
        self.note("alarm")


def test_one_instant_keeps_the_order_of_putting_and_the_alarm_comes_last() -> None:
    day = Day()
    day.put(2.0, "second")
    day.put(1.0, "first")
    day.put(0.1 + 0.2, "sum")
    day.put(0.3, "plain")
    day.put(2.0, "third")
    day.alarm_at = START + 2.0
    day.clock.run_until(START + 5)
    assert day.happened == [
        (0.3, "sum"),
        (0.3, "plain"),
        (1.0, "first"),
        (2.0, "second"),
        (2.0, "third"),
        (2.0, "alarm"),
    ]
    assert day.clock.now == START + 5
    assert day.clock.happened == 6


def test_an_alarm_that_is_due_before_an_event_rings_before_it() -> None:
    day = Day()
    day.clock.now = START + 10  # both have passed
    day.put(9.0, "event")
    day.alarm_at = START + 8.0
    day.clock.run_until(START + 10)
    assert day.happened == [(10.0, "alarm"), (10.0, "event")]


def test_what_is_put_on_the_way_happens_in_its_turn() -> None:
    day = Day()
    day.clock.at(START + 1, lambda: day.put(1.0, "at once"))
    day.put(1.0, "behind")
    day.clock.at(START + 2, lambda: day.clock.after(-5.0, lambda: day.note("not in the past")))
    day.clock.run_until(START + 2)
    assert day.happened == [(1.0, "behind"), (1.0, "at once"), (2.0, "not in the past")]


def test_cancelled_and_infinite_things_never_happen() -> None:
    day = Day()
    cancelled = day.clock.after(1.0, lambda: day.note("cancelled"))
    day.clock.after(inf, lambda: day.note("never"))
    cancelled.cancel()
    assert day.clock.next_instant() is None
    assert not day.clock.run_next()
    assert day.happened == []
    assert day.clock.now == START


@pytest.mark.parametrize(("due", "rings"), [(0.94, True), (0.96, False)])
def test_an_alarm_may_be_left_for_later(due: float, rings: bool) -> None:
    day = Day()
    day.alarm_at = START + due
    assert day.clock.run_next(START + 1.0, alarm_late_by=0.05) is rings
    assert day.clock.run_next(START + 1.0) is not rings


def test_nothing_happens_after_the_instant_that_is_run_until() -> None:
    day = Day()
    day.put(1.001, "late")
    day.alarm_at = START + 1.002
    day.clock.run_until(START + 1)
    assert day.happened == []
    assert day.clock.next_instant() == START + 1.001
