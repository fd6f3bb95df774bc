"""The database's clock beside this process's own: what is known of it, and what happens when somebody sets it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.engine.state import CommandAnswered
from router.errors import StoreUnavailable
from router.history.journal import SENT, CommandRow
from router.runtime.group_commit import Work
from router.runtime.limits.database_clock import DatabaseClock
from router.runtime.ports import Reading, Transaction
from router.runtime.records import EventKeys
from tests.runtime.outbox import NOON, HandClock, queued
from tests.runtime.test_dispatch import House
from tests.stores import MemoryStore


class FarDatabase:
    """A store with a clock of its own, behind a network that takes its time both ways."""

    side_by_side = False

    def __init__(self) -> None:
        self.own = HandClock()
        self.ahead = 1000.0  # of our host's
        self.there = self.back = 0.0
        self.store = MemoryStore(lambda: self.own.at + self.ahead)

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        self.own.at += self.there
        with self.store.snapshot() as reading:
            self.own.at += self.back
            yield reading

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Transaction]:
        self.own.at += self.there
        with self.store.transaction() as transaction:
            self.own.at += self.back
            yield transaction

    def put(self, row: CommandRow) -> None:
        with self.store.transaction() as transaction:
            transaction.queue(row)

    def row(self) -> CommandRow | None:
        with self.store.snapshot() as reading:
            return reading.command("clinic", "c-1")


def shift_of(transaction: Transaction) -> float:
    return transaction.clock_shift()


def known(database: FarDatabase) -> DatabaseClock:
    clock = DatabaseClock(database, database.own)  # type: ignore[arg-type]
    with clock.snapshot():
        return clock


@given(trips=st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 20)), min_size=1, max_size=8))
def test_a_departure_is_never_early_and_an_answer_never_early_either(trips: list[tuple[float, float, float]]) -> None:
    database = FarDatabase()
    clock = known(database)
    for database.there, database.back, later in trips:
        with clock.snapshot():
            pass
        database.own.at += later
        now = database.own.at
        instant = now + database.ahead + 0.3
        assert clock.surely_past(instant) + database.ahead >= instant - 1e-6
        assert clock.at_the_latest(now) >= now + database.ahead - 1e-6


def test_the_sharpest_reading_is_kept_for_a_while() -> None:
    database = FarDatabase()
    clock = known(database)
    database.there = database.back = 0.2
    with clock.snapshot():
        pass
    late = clock.at_the_latest(database.own.at) - database.own.at - database.ahead
    assert late == pytest.approx(0.0, abs=0.001)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 0.5, -0.5])
def test_everything_to_come_moves_with_a_clock_that_was_set_once_for_all(jump: float) -> None:
    database = FarDatabase()
    mine, other = known(database), known(database)
    database.put(queued(deadline=NOON + 1030))
    database.ahead += jump
    with mine.snapshot() as reading:
        assert reading.clock_shift() == pytest.approx(jump, abs=0.02)
    for clock in (other, mine, known(database)):
        assert clock.run(shift_of) == pytest.approx(jump, abs=0.02)
    row = database.row()
    assert row is not None
    assert row.deadline == pytest.approx(NOON + 1030 + jump, abs=0.02)


def test_two_jumps_that_were_seen_by_different_processes() -> None:
    database = FarDatabase()
    mine, other = known(database), known(database)
    database.ahead += 100.0
    with mine.snapshot():
        pass
    database.ahead -= 30.0
    with other.snapshot() as reading:
        assert reading.clock_shift() == pytest.approx(70.0, abs=0.02)
    with mine.snapshot() as reading:
        assert reading.clock_shift() == pytest.approx(70.0, abs=0.02)


def test_a_correction_that_was_not_kept_is_made_again() -> None:
    database = FarDatabase()
    clock = known(database)
    database.ahead += 100.0
    seen: list[float] = []

    def fail(transaction: Transaction) -> None:
        seen.append(transaction.clock_shift())
        raise StoreUnavailable("the disk is full")

    with suppress(StoreUnavailable):
        clock.run(fail)
    assert [*seen, clock.run(shift_of)] == pytest.approx([100.0, 100.0], abs=0.02)


def test_a_correction_is_made_once_by_work_that_is_done_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    database = FarDatabase()
    clock = known(database)
    database.ahead += 100.0
    seen: list[float] = []

    group = clock._group

    def beside_one_that_fails(work: Work) -> Any:
        return group.run_all([(work, EventKeys(account="a")), (lambda transaction: 1 // 0, EventKeys(account="b"))])[0]

    monkeypatch.setattr(group, "run", beside_one_that_fails)
    clock.run(lambda transaction: seen.append(transaction.clock_shift()))
    assert seen == pytest.approx([100.0, 100.0], abs=0.02)
    with clock.snapshot() as reading:
        assert reading.clock_shift() == pytest.approx(100.0, abs=0.02)


def test_a_slow_answer_of_the_database_is_no_jump() -> None:
    database = FarDatabase()
    clock = known(database)
    for database.there, database.back in ((3.0, 0.0), (0.0, 3.0), (0.0, 0.0)):
        with clock.snapshot() as reading:
            assert reading.clock_shift() == 0.0


class SetClock(HandClock):
    """Somebody sets the wall clock by `ahead`; the steady one goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def now(self) -> float:
        return self.at + self.ahead


class HostsDatabase(FarDatabase):
    """One that goes by the clock of its host."""

    def __init__(self) -> None:
        super().__init__()
        self.own: SetClock = SetClock()
        self.store = MemoryStore(self.own.now)
        self.looks = 0

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        self.looks += 1
        with super().snapshot() as reading:
            yield reading


def test_a_host_sees_by_itself_that_its_clock_was_set() -> None:
    database = HostsDatabase()
    clock = DatabaseClock(database, database.own)  # type: ignore[arg-type]
    clock.watch()  # the first look: there is nothing to compare with
    database.own.at += 100.0
    clock.watch()
    assert database.looks == 1
    database.own.ahead += 3600.0
    clock.watch()
    assert clock.run(shift_of) == pytest.approx(3600.0, abs=0.1)
    looks = database.looks
    clock.watch()
    assert database.looks == looks


def test_a_clock_that_only_seems_wrong_is_looked_at_once_a_second() -> None:
    """A host's clock may differ from that of a database elsewhere."""
    database = HostsDatabase()
    clock = DatabaseClock(database, database.own)  # type: ignore[arg-type]
    clock.watch()
    database.store = MemoryStore(lambda: database.own.at)
    database.own.ahead = 5.0
    for _ in range(50):
        clock.watch()
        database.own.at += 0.1
    assert database.looks <= 7
    with clock.snapshot() as reading:
        assert reading.clock_shift() == 0.0


def test_a_database_that_is_away_is_asked_later(monkeypatch: pytest.MonkeyPatch) -> None:
    database = HostsDatabase()
    clock = DatabaseClock(database, database.own)  # type: ignore[arg-type]

    def away() -> Any:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(database, "snapshot", away)
        clock.watch()
    database.own.at += 2.0
    clock.watch()
    assert database.looks == 1


class SetHouse(House):
    def set_by(self, seconds: float) -> None:
        assert isinstance(self.clock, SetClock)
        self.clock.ahead += seconds

    def run_steadily(self, until: float) -> None:
        """As long as that on the steady clock, a look each 20 ms."""
        while self.clock.at < until:
            self.dispatcher.run_once()
            self.clock.at += 0.02


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> SetHouse:
    monkeypatch.setattr("tests.runtime.test_dispatch.HandClock", SetClock)
    return SetHouse()


@pytest.mark.parametrize("jump", [7200.0, 1.0, -1.0, -7200.0])
def test_a_set_clock_breaks_no_limit_and_stalls_no_command(house: SetHouse, jump: float) -> None:
    house.put(*(queued(f"c-{number}", deadline=NOON + 30 + number) for number in range(3)))
    house.run_steadily(NOON + 0.5)
    house.set_by(jump)
    house.run_steadily(NOON + 2.5)
    house.set_by(-jump / 2)
    house.run_steadily(NOON + 6.5)
    sent = [at for at, _ in house.pbx.sent]
    assert len(sent) == 3
    gaps = [later - earlier for earlier, later in pairwise(sent)]
    assert all(2.0 < gap < 2.1 for gap in gaps), gaps
    assert {house.row(f"c-{number}").state for number in range(3)} == {SENT}


def test_threads_share_what_is_known() -> None:
    database = FarDatabase()
    clock = known(database)
    database.ahead += 50.0
    shifts: list[Any] = []

    def read() -> None:
        shifts.append(round(clock.run(shift_of)))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shifts == [50] * 8


@pytest.mark.parametrize("seconds", [7200.0, -7200.0])
def test_an_answer_after_the_clock_was_set_is_one_to_the_command_that_moved(seconds: float) -> None:
    """Else its call would wait for a leg from an instant that is hours away."""
    house = House()
    house.put(queued())

    def set_the_clock() -> None:
        with house.store.transaction() as transaction:
            transaction.shift_clock(seconds)

    house.pbx.meanwhile = set_the_clock
    house.dispatcher.run_once()
    row = house.row()
    assert (row.sent, row.deadline) == (NOON + seconds, NOON + 30 + seconds)
    assert house.told == [CommandAnswered(entry_id="entry-of-c-1", command_id="c-1", sent_at=NOON + seconds)]
