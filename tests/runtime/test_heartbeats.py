"""A dispatcher or timers that cannot read or write are late after five seconds, and one line says so."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from router.bootstrap.readiness import Readiness
from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.errors import StoreUnavailable
from router.runtime.calls.timers import Timers
from router.runtime.monitoring.heartbeats import COUNT, DISPATCHER, LATE_SECONDS, TIMERS, Heartbeats, Pulse
from router.runtime.ports import Store
from router.store import open_store
from router.store.shared_memory import SharedNumbers
from tests.runtime.outbox import queued
from tests.runtime.test_timers import FLOW, House

SETTINGS = load_settings({"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_WATCH": "0"}, None, lambda path: path)


class Hand:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def begun(numbers: Any, clock: Hand) -> Heartbeats:
    """Heartbeats of a process whose threads have just been started, without the thread that looks."""
    made = Heartbeats(numbers, steady=clock)
    made.start()
    made.stop()
    return made


def test_one_worker_that_gets_on_is_enough_and_the_log_has_a_line_for_each_change(tmp_path: Path) -> None:
    clock = Hand()
    workers = [begun(SharedNumbers(tmp_path / "beats", COUNT), clock) for _ in range(3)]
    clock.at += LATE_SECONDS - 0.1
    workers[0].pulse(DISPATCHER).well()
    workers[1].pulse(TIMERS).well()
    clock.at += LATE_SECONDS - 0.1
    assert [worker.late() for worker in workers] == [[], [], []]
    clock.at += 0.2
    workers[0].pulse(DISPATCHER).failed("disk I/O error")
    with capture_logs() as lines:
        for worker in workers * 2:
            assert len(worker.late()) == 2
            worker.watch()
    assert [line["log_level"] for line in lines] == ["error", "error"]
    assert "dispatcher of no worker could read and write the database for 5 s (disk I/O error)" in lines[0]["event"]
    assert "no timer fires" in lines[1]["event"]
    clock.at += 55.0
    workers[2].pulse(DISPATCHER).well()
    with capture_logs() as lines:
        for worker in workers * 2:
            worker.watch()
    assert [line["event"] for line in lines] == ["the dispatcher goes on"]
    assert lines[0]["silent_seconds"] == 60.1
    assert [role for role, age in workers[1].ages().items() if age >= LATE_SECONDS] == [TIMERS]


def test_a_worker_that_starts_ends_no_silence_unless_the_machine_started_anew(tmp_path: Path) -> None:
    clock = Hand()
    begun(SharedNumbers(tmp_path / "beats", COUNT), clock)
    clock.at += 60.0
    late = begun(SharedNumbers(tmp_path / "beats", COUNT), clock)
    assert late.ages() == {DISPATCHER: 60.0, TIMERS: 60.0}
    clock.at = 5.0
    assert begun(SharedNumbers(tmp_path / "beats", COUNT), clock).ages() == {DISPATCHER: 0.0, TIMERS: 0.0}


def test_nothing_is_expected_of_roles_that_nobody_began() -> None:
    idle = Heartbeats(steady=Hand())
    assert idle.ages() == {}
    assert idle.late() == []


def test_processes_see_the_same_numbers(tmp_path: Path) -> None:
    numbers = SharedNumbers(tmp_path / "beats", COUNT)
    numbers[1] = 7.5
    program = (
        "import sys; from pathlib import Path; from router.store.shared_memory import SharedNumbers\n"
        f"n = SharedNumbers(Path(sys.argv[1]), {COUNT}); n[0] = n[1] + 1\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "beats")], check=True)
    assert numbers[0] == 8.5


class Breaking:
    """A store in front of another one; a part of it can be broken."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.broken = ""

    def __getattr__(self, name: str) -> Any:
        if name == self.broken:
            raise StoreUnavailable(f"{name} does not work")
        return getattr(self._store, name)

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Any]:
        if self.broken == "transaction":
            raise StoreUnavailable("transaction does not work")
        with self._store.transaction(patience_seconds) as tx:
            yield tx


@pytest.mark.parametrize("broken", ["due_calls", "transaction"])
def test_timers_beat_when_what_is_due_was_read_and_written(broken: str) -> None:
    house, beats = House(), []
    store: Any = Breaking(house.store)
    pulse = Pulse(lambda: beats.append(house.time))
    timers = Timers(store, house.router.calls, house, lambda: None, pulse=pulse)
    house.comes("e1")
    house.time += 11.0
    store.broken = broken
    with pytest.raises(StoreUnavailable):
        timers.run_once()
    assert not beats
    store.broken = ""
    timers.run_once()
    assert beats == [house.time]


def test_timers_that_give_way_to_spooled_events_do_not_beat() -> None:
    house, beats = House(), []
    pulse = Pulse(lambda: beats.append(1))
    waiting = Timers(house.store, house.router.calls, house, lambda: None, may_fire=lambda: False, pulse=pulse)
    waiting.run_once()
    assert not beats
    assert "spool" in pulse.trouble


@pytest.mark.parametrize("broken", ["snapshot", "transaction"])
def test_a_dispatcher_that_cannot_read_or_write_does_not_beat(tmp_path: Path, broken: str) -> None:
    store: Any = Breaking(open_store(f"sqlite:///{tmp_path}/ivr.db"))
    clock = Hand()
    heartbeats = begun(None, clock)
    router = Router(SETTINGS, store, heartbeats=heartbeats, starts_itself=False)
    router.versions.publish_files("default", {"main.yaml": FLOW})
    dispatcher = router._outgoing.dispatcher
    house_call(router)
    clock.at += LATE_SECONDS
    store.broken = broken
    with pytest.raises(StoreUnavailable):
        dispatcher.run_once()
    assert heartbeats.ages()[DISPATCHER] == LATE_SECONDS
    store.broken = ""
    dispatcher.run_once()
    dispatcher.stop()
    assert heartbeats.ages()[DISPATCHER] == 0.0


def house_call(router: Router) -> None:
    """A command by hand whose call has gone: it is given up in the dispatcher's next round, which takes a write."""
    with router.store.transaction() as tx:
        tx.queue(queued("k1", "play/start", queued=1.0, deadline=2.0, account="default"))


def test_readyz_is_degraded_while_a_role_is_late(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/ivr.db")
    router = Router(SETTINGS, store, starts_itself=False)
    router.versions.publish_files("default", {"main.yaml": FLOW})
    clock = Hand()
    heartbeats = begun(None, clock)
    readiness = Readiness(
        store, router.ingest, router.versions, late=heartbeats.late, is_enabled=True, now=lambda: clock.at
    )
    assert readiness.report() == ("ready", "ready")
    clock.at += LATE_SECONDS
    heartbeats.pulse(DISPATCHER).well()
    status, reason = readiness.report()
    assert status == "degraded"
    assert "the timers of no worker" in reason
    assert "dispatcher" not in reason
