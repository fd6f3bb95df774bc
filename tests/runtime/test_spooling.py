"""Events while the database is away: answered, kept in order, and taken in as of the instant when they came."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from router.engine.state import Call
from router.errors import SpoolUnavailable, StoreUnavailable
from router.history.journal import CommandRow, Record
from router.protocol.events import APPEARED, DISCONNECTED, CommandResulted, DigitsCollected, Event, LegChanged
from router.runtime.calls.encryption import SaltSealer
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest, Notification
from router.runtime.intake.spooling import NO_SPOOL, SPOOLED, Spooling
from router.runtime.ports import Transaction
from router.store.spool import DiskSpool
from tests.runtime.recording import ACCOUNT, NOON, Recorder
from tests.stores import MemoryStore

BODY = '{"dtmf": "4711", "from": {"number": "79000000001"}}'


class Away(MemoryStore):
    """A store whose database can be away."""

    is_away = False

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Transaction]:
        if self.is_away:
            raise StoreUnavailable("the database is locked")
        with super().transaction() as tx:
            yield tx


class House:
    """A recorder whose events go through a spool. Its caller has come in and hears the menu."""

    def __init__(self, directory: Path) -> None:
        self.recorder = Recorder(store=Away)
        self.store: Any = self.recorder.store
        self.recorder.calls._new_token = lambda: "token-of-another"
        self.directory = directory
        self.spooled = 0
        self.spooling = self.of_another_process()
        self.recorder.wait(1.0)

    def of_another_process(self, salts: Sequence[str] = ("salt",)) -> Spooling:
        return Spooling(
            Ingest(
                self.store, self.recorder.calls, wake=lambda *_: None, digests={ACCOUNT: Digests(salts)}
            ),
            DiskSpool(self.directory),
            {ACCOUNT: SaltSealer(salts)},
            now=self.recorder.now,
            spooled=self._count,
        )  # fmt: skip

    def _count(self) -> None:
        self.spooled += 1

    def accept(self, event: Event, key: str, digest: bytes = b"d") -> str:
        return self.spooling.accept(ACCOUNT, "events/any", event, BODY, key, digest)

    def press(self, seq: int, digits: str) -> str:
        event = DigitsCollected(
            entry_id="entry-1", call_id=self.leg, seq=seq, timestamp=1, digits=digits, location="ivr"
        )  # fmt: skip
        return self.accept(event, f"dtmf:{seq}")

    @property
    def call(self) -> Call:
        call = self.store.call(ACCOUNT, "entry-1")
        assert call is not None
        return call

    @property
    def leg(self) -> str:
        return self.call.leg

    @property
    def commands(self) -> list[CommandRow]:
        return self.store.commands(ACCOUNT, entry_id="entry-1")

    def journal(self) -> list[Record]:
        return self.store.journal(ACCOUNT, "entry-1")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "spool")


def test_nothing_is_spooled_while_the_database_is_there(house: House) -> None:
    assert house.press(1, "1") == "stored"
    assert house.spooling.is_empty()
    assert house.spooling.standing() == (0, 0)
    assert house.call.step == "sales"


def test_event_waits_and_is_taken_in_once(house: House) -> None:
    house.store.is_away = True
    assert house.press(1, "1") == SPOOLED
    assert house.press(1, "1") == SPOOLED  # redelivered
    assert house.spooled == 2
    with pytest.raises(StoreUnavailable):
        house.spooling.drain()
    house.store.is_away = False
    assert house.spooling.standing()[0] == 2
    assert house.spooling.drain() == 2
    assert house.call.step == "sales"
    assert len([command for command in house.commands if command.command == "route"]) == 1
    (record,) = [record for record in house.journal() if record.dedupe == "dtmf:1"]
    assert record.trace[0].data["text"].startswith("kept for 0.0 s")
    assert house.press(1, "1") == "duplicate"


def test_spool_tells_no_number_and_no_digit(house: House) -> None:
    house.store.is_away = True
    house.press(1, "4711")
    written = [path for path in house.directory.rglob("*") if path.is_file() and path.stat().st_size]
    assert written
    for path in written:
        assert b"4711" not in path.read_bytes()
        assert b"7900" not in path.read_bytes()


def test_what_comes_later_waits_behind(house: House) -> None:
    """The database is back, but the leg's end may not be taken in before the key that was pressed before it."""
    house.store.is_away = True
    house.press(1, "1")
    house.store.is_away = False
    other = house.of_another_process()
    gone = LegChanged(entry_id="entry-1", call_id=house.leg, seq=2, timestamp=2, state=DISCONNECTED)
    assert other.accept(ACCOUNT, "events/call", gone, "{}", "call:2", b"d") == SPOOLED
    assert other.drain() == 2
    entered = [e.data["step"] for r in house.journal() for e in r.trace if e.kind == "entered"]
    assert entered[:3] == ["screen", "menu", "sales"]
    assert house.spooling.is_empty()


def test_deadline_of_what_came_long_ago_has_passed(house: House) -> None:
    house.store.is_away = True
    at = house.recorder.time
    house.press(1, "1")
    house.recorder.time += 3600.0
    house.store.is_away = False
    house.spooling.drain()
    route = next(command for command in house.commands if command.command == "route")
    assert route.queued == at
    assert route.deadline is not None
    assert route.deadline < at + 600.0 < house.recorder.time


def test_timers_that_were_due_before_the_event_fire_before_it(house: House) -> None:
    """The caller stayed silent for long and pressed a key after the menu had given him up."""
    house.store.is_away = True
    house.recorder.time += 300.0
    late = house.recorder.time
    house.press(1, "1")
    house.recorder.time += 5.0
    house.store.is_away = False
    house.spooling.drain()
    timers = [entry.at for record in house.journal() if record.kind == "timer" for entry in record.trace]
    assert timers
    assert all(at < late for at in timers)
    assert "sales" not in house.call.visits


def test_timers_that_were_due_after_it_do_not(house: House) -> None:
    house.store.is_away = True
    house.press(1, "1")  # at once
    house.recorder.time += 300.0  # and a day's silence of the database
    house.store.is_away = False
    house.spooling.drain()
    assert house.call.visits.get("sales") == 1


def test_journey_that_began_meanwhile(house: House) -> None:
    house.store.is_away = True
    leg = LegChanged(
        entry_id="entry-2", call_id="new", seq=1, timestamp=1, state=APPEARED, location="ivr",
        from_number="79031234567", to_number="74950000001", line_number="74950000001",
    )  # fmt: skip
    house.accept(leg, "call:new:1")
    house.recorder.time += 40.0
    house.store.is_away = False
    house.spooling.drain()
    call = house.store.call(ACCOUNT, "entry-2")
    assert call.started == house.recorder.time - 40.0
    assert call.step == "menu"


def test_clock_that_was_put_back_meanwhile(house: House) -> None:
    house.store.is_away = True
    house.press(1, "1")
    house.recorder.time -= 7200.0
    house.store.is_away = False
    house.spooling.drain()
    assert house.call.step == "sales"
    assert house.journal()[-1].at == house.recorder.time < NOON


def test_result_of_a_command(house: House) -> None:
    (play,) = house.commands
    house.store.is_away = True
    house.accept(CommandResulted(command="play/start", command_id=play.command_id, result=1000), "result")
    house.store.is_away = False
    house.spooling.drain()
    assert house.commands[0].state == "confirmed"


def test_neither_takes_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.store.is_away = True
    house.spooling = Spooling(
        Ingest(house.store, house.recorder.calls, wake=lambda *_: None, digests={ACCOUNT: Digests(["salt"])}),
        NO_SPOOL, {ACCOUNT: SaltSealer(["salt"])}, now=house.recorder.now, spooled=lambda: None,
    )  # fmt: skip
    with pytest.raises(StoreUnavailable, match="locked; there is no spool"):
        house.press(1, "1")
    house.store.is_away = False
    assert house.press(1, "1") == "stored"


def test_full_spool_lets_the_database_have_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better out of its turn than refused."""
    house.store.is_away = True
    house.press(2, "7")
    house.store.is_away = False

    def full(_spool: DiskSpool, _records: Sequence[bytes], _seconds: float) -> None:
        raise SpoolUnavailable("the disk is full")

    monkeypatch.setattr(DiskSpool, "append", full)
    assert house.press(1, "1") == "stored"


class Stuck:
    """A spool whose turn to write never comes; `spent` is what its callers waited."""

    def __init__(self, empty: bool) -> None:
        self.empty = empty
        self.spent = 0.0

    def is_empty(self) -> bool:
        return self.empty

    def append(self, _records: Sequence[bytes], seconds: float) -> None:
        self.spent += max(0.0, seconds)
        raise SpoolUnavailable("no turn to write")


@pytest.mark.parametrize("is_noticed", [False, True])
@pytest.mark.parametrize("is_empty", [False, True])
def test_answer_that_neither_keeps_comes_in_time(
    house: House, monkeypatch: pytest.MonkeyPatch, is_empty: bool, is_noticed: bool
) -> None:
    """The database gives up after two seconds, and others keep the turn to write to the spool."""
    stuck: Any = Stuck(is_empty)
    monkeypatch.setattr("router.runtime.intake.spooling.monotonic", lambda: stuck.spent)
    monkeypatch.setattr("router.runtime.intake.spooling.database_is_away", lambda: is_noticed)
    spooling = Spooling(
        Ingest(house.store, house.recorder.calls, wake=lambda *_: None, digests={ACCOUNT: Digests(["salt"])}),
        stuck, {ACCOUNT: SaltSealer(["salt"])}, now=house.recorder.now, spooled=lambda: None,
    )  # fmt: skip

    @contextmanager
    def silent(*_args: object, **_more: object) -> Iterator[Transaction]:
        stuck.spent += 2.0
        raise StoreUnavailable("no turn to write within 2 s")
        yield  # pragma: no cover

    monkeypatch.setattr(house.store, "transaction", silent)
    house.spooling = spooling
    with pytest.raises(StoreUnavailable):
        house.press(1, "1")
    assert 2.0 <= stuck.spent < 2.5
    with pytest.raises(StoreUnavailable):  # what came meanwhile has queued up behind it
        house.press(2, "1")
    assert stuck.spent < 2.7


def test_poison_is_set_aside_and_the_others_live(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.store.is_away = True
    house.press(1, "1")
    house.accept(CommandResulted(command="route", command_id="poison", result=1000), "poison")
    house.accept(CommandResulted(command="route", command_id="nobody's", result=1000), "fine")
    house.store.is_away = False
    take = Ingest._take

    def fails(self: Ingest, notification: Notification, *rest: Any) -> Any:
        if notification.dedupe == "poison":
            raise IndexError("a bug in the engine")
        return take(self, notification, *rest)

    monkeypatch.setattr(Ingest, "_take", fails)
    assert house.spooling.drain() == 2
    assert house.call.step == "sales"
    assert house.spooling.is_empty()
    assert house.spooling.standing() == (0, 1)


def test_salt_that_is_gone_sets_aside(house: House) -> None:
    house.store.is_away = True
    house.press(1, "1")
    house.store.is_away = False
    rotated = house.of_another_process(salts=("new", "newer"))
    assert rotated.drain() == 0
    assert rotated.standing() == (0, 1)
    assert house.call.step == "menu"


def test_salt_that_is_being_rotated_opens(house: House) -> None:
    house.store.is_away = True
    house.press(1, "1")
    house.store.is_away = False
    assert house.of_another_process(salts=("new", "salt")).drain() == 1
    assert house.call.step == "sales"


def test_redelivery_after_a_change_of_the_salt_is_a_duplicate(house: House) -> None:
    house.press(1, "1")
    event = DigitsCollected(entry_id="entry-1", call_id=house.leg, seq=1, timestamp=1, digits="1", location="ivr")
    for salts in (("new", "salt"), ("new",)):
        again = house.of_another_process(salts).accept(ACCOUNT, "events/dtmf", event, BODY, "dtmf:1", b"d")
        assert again == "duplicate"
    other = house.of_another_process(("new", "salt"))
    for _ in range(2):
        assert other.accept(ACCOUNT, "events/dtmf", event, BODY, "dtmf:1", b"other") == "conflict"
    conflicts = [record for record in house.journal() if record.kind == "conflict"]
    assert len(conflicts) == 1
    assert "4711" not in conflicts[0].body


def test_thread_takes_in_what_waits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.runtime.intake.spooling.PROBE_SECONDS", 0.001)
    house.store.is_away = True
    house.press(1, "1")
    house.spooling.start()
    time.sleep(0.02)
    assert not house.spooling.is_empty()
    house.store.is_away = False
    until = time.monotonic() + 30
    while not house.spooling.is_empty() and time.monotonic() < until:
        time.sleep(0.001)
    house.spooling.stop()
    assert house.call.step == "sales"


def test_end_of_the_process_interrupts_the_draining(house: House) -> None:
    house.store.is_away = True
    house.press(1, "1")
    house.store.is_away = False
    house.spooling._stopping = threading.Event()
    house.spooling._stopping.set()
    house.spooling._try_to_drain()
    assert not house.spooling.is_empty()
    assert house.call.step == "menu"
