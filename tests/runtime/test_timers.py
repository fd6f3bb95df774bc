"""Timers fire once, on whoever is there; a call whose stepping fails does not stop the others'."""

import threading
from typing import Any

import pytest

from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.engine.codec import encode_call
from router.protocol.events import APPEARED, LegChanged
from router.runtime.calls import timers
from router.runtime.calls.timers import POLL_SECONDS, Timers
from tests.stores import MemoryStore

FLOW = b"""
flow: main
for: any
start: first
on_error: bye
steps:
  first: {wait: {for: 10s, next: bye}}
  bye: hangup
"""
SETTINGS = load_settings({"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_WATCH": "0"}, None, lambda path: path)


class House:
    """A router whose clock the test holds."""

    def __init__(self) -> None:
        self.time = 1_795_437_000.0
        self.store = MemoryStore(self.now)
        self.router = Router(SETTINGS, self.store, starts_itself=False)
        self.router.versions.publish_files("default", {"main.yaml": FLOW})
        self.timers = Timers(self.store, self.router.calls, self, lambda: None)

    def now(self) -> float:
        return self.time

    def steady(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def comes(self, entry_id: str, seq: int = 1) -> None:
        leg = LegChanged(
            entry_id=entry_id,
            call_id=f"leg-{entry_id}",
            seq=seq,
            timestamp=1,
            state=APPEARED,
            location="ivr",
            line_number="1",
        )
        self.router.ingest.accept("default", "events/call", leg, "{}", f"call:{entry_id}", b"d")

    def step_of(self, entry_id: str) -> str:
        call = self.store.call("default", entry_id)
        assert call is not None
        return call.step


def test_due_timers_fire_once() -> None:
    house = House()
    house.comes("a")
    assert house.timers.run_once() == 0
    house.time += 10.0
    assert house.timers.run_once() == 1
    assert house.step_of("a") == "bye"
    assert house.timers.run_once() == 0


def test_two_that_fire_at_once_fire_each_timer_once() -> None:
    house = House()
    for number in range(20):
        house.comes(str(number))
    house.time += 10.0
    workers = [threading.Thread(target=house.timers.run_once) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    commands = house.store.commands("default")
    assert sorted(command.entry_id for command in commands) == sorted(map(str, range(20)))


def test_call_that_cannot_be_stepped_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    house.comes("poison")
    house.time += 1.0
    house.comes("healthy")
    house.time += 10.0
    apply = house.router.calls.apply_own

    def break_one(tx: Any, account: str, event: Any) -> None:
        if event.entry_id == "poison":
            raise RuntimeError("a damaged call")
        apply(tx, account, event)

    monkeypatch.setattr(house.router.calls, "apply_own", break_one)
    house.timers.run_once()
    assert house.step_of("poison") == "first"
    assert house.step_of("healthy") == "bye"
    monkeypatch.undo()
    house.timers.run_once()
    assert house.step_of("poison") == "first"  # it is left alone for a while
    house.time += 61.0
    house.timers.run_once()
    assert house.step_of("poison") == "bye"


def test_calls_that_are_left_alone_hide_no_others_and_are_not_asked_for_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timers, "BATCH", 3)
    house = House()
    for number in range(3):
        house.comes(f"poison-{number}")
    house.time += 10.0
    apply = house.router.calls.apply_own

    def break_some(tx: Any, account: str, event: Any) -> None:
        if event.entry_id.startswith("poison"):
            raise RuntimeError("a damaged call")
        apply(tx, account, event)

    monkeypatch.setattr(house.router.calls, "apply_own", break_some)
    house.timers.run_once()
    house.comes("healthy")
    house.time += 10.0
    assert house.timers.run_once() == 1
    assert house.step_of("healthy") == "bye"
    assert house.timers._look() == house.time + POLL_SECONDS


def test_journey_whose_first_event_is_lost_is_taken_when_the_gap_is_given_up() -> None:
    house = House()
    house.comes("gap", seq=2)
    assert house.store.call("default", "gap").status == "untaken"  # type: ignore[union-attr]
    house.time += 0.31
    house.timers.run_once()
    assert house.step_of("gap") == "first"


def test_state_is_what_the_store_has() -> None:
    house = House()
    house.comes("a")
    call = house.store.call("default", "a")
    assert call is not None
    assert encode_call(call)
    assert call.wake_at == house.time + 10.0


class Watched:
    """A stop that comes after so many seconds of the house's clock, which goes on while it is waited for."""

    def __init__(self, house: House, after: float) -> None:
        self._house = house
        self._at = house.time + after

    def is_set(self) -> bool:
        return self._house.time >= self._at

    def wait(self, seconds: float) -> bool:
        self._house.time += max(seconds, 0.001)
        return self.is_set()


def test_the_thread_fires_a_timer_when_it_is_due() -> None:
    house = House()
    house.comes("a")
    due = house.time + 10.0
    house.timers._run(Watched(house, 13.0))  # type: ignore[arg-type]
    call = house.store.call("default", "a")
    assert call is not None
    assert call.step == "bye"
    assert due <= call.entered <= due + 2 * POLL_SECONDS


def test_the_thread_reads_the_database_once_a_second_though_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is known to be there; more often would cost for nothing."""
    house = House()
    looks: list[float] = []
    real = house.store.next_wake

    def next_wake() -> float | None:
        looks.append(house.time)
        return real()

    monkeypatch.setattr(house.store, "next_wake", next_wake)
    house.timers._run(Watched(house, 5.0))  # type: ignore[arg-type]
    assert 5 <= len(looks) <= 6
