"""A command by hand: which leg it is for, what is refused and where it is wrong, and that it is given once."""

from typing import Any

import msgspec
import pytest

from router.bootstrap.router import Router
from router.engine.state import ENDED, RUNNING, UNTAKEN, Call, Leg
from router.errors import BetweenLegs, CommandInvalid, RequestDiffers
from router.protocol.events import APPEARED, CONNECTED, DISCONNECTED, LegChanged
from router.runtime.outbox.manual_command import KEPT_SECONDS, Given, ManualCommand, present_leg, take
from tests.runtime.living import living_router, publish, ring

AT = 1_795_000_000.0


def leg(name: str, state: str, first_seen: float) -> Leg:
    last = LegChanged(entry_id="E", call_id=name, seq=1, timestamp=1, state=state)
    return Leg(last=last, first_seen=AT + first_seen)


def call(status: str, *legs: Leg, on: str = "") -> Call:
    return Call(
        account="main", entry_id="E", token="t", started=AT, status=status, leg=on,
        legs={one.last.call_id: one for one in legs},
    )  # fmt: skip


def test_a_call_that_a_flow_has_is_on_the_callers_leg() -> None:
    menu, rings = leg("menu", CONNECTED, 0), leg("rings", APPEARED, 1)
    assert present_leg(call(RUNNING, menu, rings, on="menu")) == "menu"
    assert present_leg(call(RUNNING, leg("menu", DISCONNECTED, 0), rings, on="menu")) == "", "between two legs"
    assert present_leg(call(ENDED, on="gone")) == ""


def test_a_call_that_no_flow_has_is_on_the_newest_that_is_up() -> None:
    first, second, over = leg("first", CONNECTED, 0), leg("second", APPEARED, 1), leg("over", DISCONNECTED, 2)
    assert present_leg(call(UNTAKEN, second, over, first)) == "second"
    assert present_leg(call(UNTAKEN, over)) == ""


MENU = """
flow: main
for: any
window: 60s
on_error: bye
start: ask
steps:
  ask: {menu: {keys: {1: bye}, no_input: {goto: bye}}}
  bye: hangup
"""


@pytest.fixture
def router() -> Router:
    made = living_router()
    publish(made, MENU)
    return made


def give(router: Router, command: str = "route", entry_id: str = "hand", **fields: Any) -> Given:
    params = fields.pop("params", {"to_number": "101"} if command == "route" else {})
    asked = ManualCommand(command=command, params=params, **fields)
    with router.store.transaction() as tx:
        return take(tx, router.calls, "default", entry_id, asked)


def test_it_is_queued_for_the_leg_that_the_caller_is_on(router: Router) -> None:
    call = ring(router, "hand")
    row = give(router, actor="anna", reason="he waits").row
    assert row is not None
    assert (row.command_id, row.command, row.call_id, row.high_priority) == (
        f"{call.token}-h1",
        "route",
        call.leg,
        True,
    )
    assert row.params == {"command_id": row.command_id, "call_id": call.leg, "to_number": "101"}
    record = router.store.journal("default", "hand")[-1]
    said = msgspec.json.decode(record.body)
    assert (said["actor"], said["reason"], said["call_id"]) == ("anna", "he waits", call.leg)
    assert any(entry.kind == "manual" for entry in record.trace)


@pytest.mark.parametrize(
    ("fields", "path", "told"),
    [
        ({"command": "dance"}, None, "there is no command 'dance'; there are "),
        ({"command_id": "ivr-1"}, "$.command_id", "a command_id of one's own does not begin with ivr-"),
        ({"command": "sms", "params": {"text": "t", "from_extension": "1", "to_number": "79000000011"}, "then": "bye"},
         "$.then", "`then` goes with route, transfer, call/hangup: sms takes nothing over"),
        ({"then": "nowhere"}, "$.then", "`then` is resume, release, or a step: 'nowhere' is none; "
         "the steps of its flow are ask, bye"),
        ({"params": {"to_number": "101", "call_id": ["leg"]}}, "$.call_id", ""),
        ({"params": {"to_number": "101", "colour": "red"}}, "$", ""),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_it_is_wrong(
    router: Router, fields: dict[str, Any], path: str | None, told: str
) -> None:
    ring(router, "hand")
    with pytest.raises(CommandInvalid) as refused:
        give(router, **fields)
    assert told in refused.value.message
    assert refused.value.fields.get("path") == path
    assert router.store.commands("default", limit=9) == []


def test_an_id_of_the_calls_own_is_refused(router: Router) -> None:
    call = ring(router, "hand")
    with pytest.raises(CommandInvalid, match="does not begin with"):
        give(router, command_id=f"{call.token}-h7")
    give(router, command_id="mine")
    with pytest.raises(RequestDiffers, match="this command_id was sent within a day"):
        give(router, command_id="mine", params={"to_number": "102"})


def test_given_twice_it_is_carried_out_once(router: Router) -> None:
    ring(router, "hand")
    first = give(router, key="k-1", command_id="mine", params={"to_number": "101"})
    again = give(router, key="k-1", command_id="mine", params={"to_number": "101"})
    assert (again.answer, again.row) == (first.answer, None)
    assert give(router, command_id="mine").row is None, "by its id alone, too"
    assert [row.command_id for row in router.store.commands("default", limit=9)] == ["mine"]
    for other in ({"then": "release"}, {"reason": "else"}, {"command_id": ""}):
        with pytest.raises(RequestDiffers, match="this Idempotency-Key was sent within a day"):
            give(router, key="k-1", **{"command_id": "mine", **other})
    assert KEPT_SECONDS == 86_400.0


def test_a_call_that_is_gone_over_or_between_two_legs(router: Router) -> None:
    with pytest.raises(CommandInvalid, match="there is no such call any more"):
        give(router)
    call = ring(router, "hand")
    ended = LegChanged(
        entry_id="hand",
        call_id=call.leg,
        seq=2,
        timestamp=1,
        state=DISCONNECTED,
        location="ivr",
        disconnect_reason=1110,
    )
    router.ingest.accept("default", "events/call", ended, "{}", "call:2", b"2")
    with pytest.raises(BetweenLegs, match="try again in 1 s"):
        give(router)
