"""What was refused within the last hour, over all workers and within bounds."""

import os
from pathlib import Path

import pytest

from router.runtime.monitoring.refusals import COMMAND, NOTIFICATION, OTHERS, ROWS, Refusals, Refused, sweep

NOON = 1_780_000_020.0


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def told(found: list[Refused]) -> list[tuple[str, str, str, int]]:
    return [(one.account, one.reason, one.subject, one.count) for one in found]


def test_alike_are_counted_together_the_most_frequent_first() -> None:
    clock = Clock()
    history = Refusals(now=clock)
    for account, count in (("клиника", 3), ("shop", 5), ("", 1)):
        for _ in range(count):
            history.note(NOTIFICATION, account, "wrong-sign", "192.0.2.7")
    history.note(COMMAND, "shop", "3102", "route")
    found = history.last_hour()
    assert told(found)[:2] == [("shop", "wrong-sign", "192.0.2.7", 5), ("клиника", "wrong-sign", "192.0.2.7", 3)]
    assert {one.what for one in found} == {NOTIFICATION, COMMAND}
    assert found[0].last == NOON // 60 * 60


def test_only_the_last_hour_counts() -> None:
    clock = Clock()
    history = Refusals(now=clock)
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    clock.now += 30 * 60
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    assert told(history.last_hour()) == [("a", "wrong-sign", "x", 2)]
    clock.now += 30 * 60
    assert told(history.last_hour()) == [("a", "wrong-sign", "x", 1)]
    clock.now += 30 * 60
    assert history.last_hour() == []
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    assert told(history.last_hour()) == [("a", "wrong-sign", "x", 1)]
    clock.now += 7 * 86400
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    assert told(history.last_hour()) == [("a", "wrong-sign", "x", 1)]


def test_a_clock_that_is_set_back_breaks_nothing() -> None:
    clock = Clock()
    history = Refusals(now=clock)
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    clock.now -= 7200
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    history.last_hour()
    clock.now += 7200
    assert told(history.last_hour())[0][:3] == ("a", "wrong-sign", "x")


def test_a_flood_of_senders_hides_neither_sums_nor_reasons() -> None:
    clock = Clock()
    history = Refusals(now=clock)
    history.note(NOTIFICATION, "a", "wrong-sign", "192.0.2.7")
    for number in range(5000):
        history.note(NOTIFICATION, "", "unknown-sender", f"2001:db8::{number:x}")
    history.note(NOTIFICATION, "b", "wrong-sign", "192.0.2.8")
    for number in range(500):
        history.note(NOTIFICATION, f"account-{number}", "wrong-sign", "192.0.2.9")
    found = history.last_hour()
    assert len(found) <= ROWS
    assert sum(one.count for one in found) == 5502
    assert ("a", "wrong-sign", "192.0.2.7", 1) in told(found)
    assert ("b", "wrong-sign", OTHERS, 1) in told(found)
    assert ("", "unknown-sender", OTHERS, 5000 - 191) in told(found)
    clock.now += 3600
    history.note(NOTIFICATION, "c", "wrong-sign", "192.0.2.10")
    assert told(history.last_hour()) == [("c", "wrong-sign", "192.0.2.10", 1)], "rows of another hour are free again"


@pytest.mark.parametrize("text", ["", "\x1f", "x" * 5000, "\ud800", "\0", "ю" * 300])
def test_no_text_breaks_the_table(text: str) -> None:
    history = Refusals(now=Clock())
    history.note(NOTIFICATION, text, text, text)
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    assert ("a", "wrong-sign", "x", 1) in told(history.last_hour())


def test_workers_are_added_up_and_the_dead_are_swept_when_their_hour_is_over(tmp_path: Path) -> None:
    clock = Clock()
    mine = Refusals(str(tmp_path), now=clock)
    mine.note(NOTIFICATION, "a", "wrong-sign", "x")
    child = os.fork()
    if not child:  # inherits the table, and has to make one of its own
        mine.note(NOTIFICATION, "a", "wrong-sign", "x")
        mine.note(NOTIFICATION, "b", "wrong-sign", "y")
        os._exit(0)
    os.waitpid(child, 0)
    mine.note(NOTIFICATION, "a", "wrong-sign", "x")
    assert told(mine.last_hour()) == [("a", "wrong-sign", "x", 3), ("b", "wrong-sign", "y", 1)]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())
    sweep(str(tmp_path), lambda process: process == os.getpid(), clock.now)
    assert len(list(tmp_path.iterdir())) == 2, "within the hour"
    sweep(str(tmp_path), lambda process: process == os.getpid(), clock.now + 3600)
    assert [path.name for path in tmp_path.iterdir()] == [f"refusals-{os.getpid()}.table"]


def test_a_directory_that_cannot_be_written_costs_no_count(tmp_path: Path) -> None:
    history = Refusals(str(tmp_path / "missing"), now=Clock())
    history.note(NOTIFICATION, "a", "wrong-sign", "x")
    assert told(history.last_hour()) == [("a", "wrong-sign", "x", 1)]
