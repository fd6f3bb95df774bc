"""New connections go to the worker that has the fewest."""

from collections.abc import Iterator

import pytest

from router.serving import connection_counts
from router.serving.connection_counts import ConnectionCount


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [1000.0]
    monkeypatch.setattr("router.serving.connection_counts.time.monotonic", lambda: now[0])
    yield now
    connection_counts._memory[:] = bytes(len(connection_counts._memory))


def test_whoever_has_more_leaves_it_to_the_other(clock: list[float]) -> None:
    one, other = ConnectionCount(1), ConnectionCount(2)
    one.show(3)
    other.show(2)
    assert one.defers(3)
    assert not other.defers(2)
    other.show(3)
    assert not one.defers(3)


def test_nobody_waits_for_long(clock: list[float]) -> None:
    one, other = ConnectionCount(1), ConnectionCount(2)
    other.show(0)
    assert one.defers(1)
    clock[0] += 1.5 * connection_counts.DEFER_SECONDS
    assert not one.defers(1)
    assert one.defers(1), "the next connection is another matter"
    clock[0] += 1.5 * connection_counts.FORGET_SECONDS
    assert one.defers(1), "that one was taken by somebody"


def test_nobody_waits_for_a_worker_that_is_gone_or_stuck(clock: list[float]) -> None:
    one, other = ConnectionCount(1), ConnectionCount(2)
    other.show(0)
    other.leave()
    assert not one.defers(5)
    other.show(0)
    clock[0] += connection_counts.LATELY_SECONDS + 0.1
    assert not one.defers(5)
