"""A route whose request nobody answered may have been obeyed: a leg that names nothing is then its doing."""

from collections.abc import Mapping
from typing import Any

from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.history.journal import CONFIRMED, QUEUED, CommandRow
from router.protocol.events import APPEARED, LegChanged
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.dispatch import Dispatcher
from tests.runtime.outbox import HandClock
from tests.stores import MemoryStore

FLOW = b"""
flow: main
for: any
start: desk
on_error: bye
steps:
  desk: {route: {to: extension 101, on: {else: bye}}}
  bye: hangup
"""
RESOURCES = b"staff: {anna: {extension: 101}}\n"
SETTINGS = load_settings({"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_WATCH": "0"}, None, lambda path: path)
TIMED_OUT = Answer(kind="unclear", body="ReadTimeoutError")


class Silent:
    """Takes a request and says nothing."""

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        return TIMED_OUT


class House:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.store = MemoryStore(self.clock.now)
        self.router = Router(SETTINGS, self.store, starts_itself=False)
        self.router.versions.publish_files("default", {"main.yaml": FLOW})
        self.dispatcher = Dispatcher(
            self.store,
            Silent(),
            self.router.limits,
            self.router.calls.apply_own,
            self.clock,
            count=lambda *_, **_more: None,
            senders=0,
        )

    def comes(self, call_id: str, **fields: Any) -> None:
        leg = LegChanged(
            entry_id="entry-1", call_id=call_id, seq=1, timestamp=1, state=APPEARED, line_number="1", **fields
        )
        self.router.ingest.accept("default", "events/call", leg, "{}", f"call:{call_id}", b"d")

    @property
    def route(self) -> CommandRow:
        return next(row for row in self.store.commands("default") if row.command == "route")


def test_a_leg_that_names_nothing_confirms_it() -> None:
    house = House()
    house.comes("leg-1", location="ivr")
    house.dispatcher.run_once()
    assert (house.route.state, house.route.wait_seconds) == (QUEUED, None), "it is to be repeated"
    house.comes("leg-2", location="abonent", to_extension="101")
    assert house.route.state == CONFIRMED
    call = house.store.call("default", "entry-1")
    assert call is not None
    assert (call.step, call.outcome) == ("desk", "")
