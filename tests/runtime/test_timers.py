"""Timers fire once, on whoever is there; a call whose stepping fails does not stop the others'."""

import threading

from router.bootstrap import Router
from router.engine.codec import encode_call
from router.protocol.events import APPEARED, LegChanged
from router.runtime.settings import load_settings
from router.runtime.timers import Timers
from router.store.memory import MemoryStore

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
        self.router.publish_files("default", {"main.yaml": FLOW})
        self.timers = Timers(self.store, self.router.calls, self, lambda: None)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def comes(self, entry_id: str) -> None:
        leg = LegChanged(
            entry_id=entry_id,
            call_id=f"leg-{entry_id}",
            seq=1,
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


def test_state_is_what_the_store_has() -> None:
    house = House()
    house.comes("a")
    call = house.store.call("default", "a")
    assert call is not None
    assert encode_call(call)
    assert call.wake_at == house.time + 10.0
