"""A command by hand: which leg it is for, where the call does not say it by itself."""

from router.engine.state import ENDED, RUNNING, UNTAKEN, Call, Leg
from router.protocol.events import APPEARED, CONNECTED, DISCONNECTED, LegChanged
from router.runtime.outbox.manual_command import present_leg

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
