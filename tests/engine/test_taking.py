"""Which calls no flow takes, and what the trace says of it."""

from typing import Any

import pytest

from router.engine.state import RUNNING, UNTAKEN
from router.protocol.events import ABONENT, APPEARED, CONNECTED, DISCONNECTED, QUEUE
from tests.engine.scenario import HEADER, START, Scenario

STEPS = "  first: {play: {prompt: audio.hello, next: first}}"
IN_IVR = HEADER.replace("for: {lines:", "for: {location: ivr, lines:")
LIST = "lists: {shops: {numbers: ['74951110000']}}\n"
OUR_OWN = frozenset({"cmd-7"})


@pytest.mark.parametrize(
    ("leg", "why"),
    [
        (
            {"line_number": "74950000001"},
            "no flow takes line 74950000001: the nearest is flow main, which takes 74950000000",
        ),
        ({"line_number": "sip:a@b"}, "no flow takes line a@b: main takes 74950000000"),
        ({"line_number": ""}, "the event names no line (to.line_number, to.number)"),
        ({"location": QUEUE}, "no flow takes line 74950000000 in queue: flow main takes it in ivr"),
        ({"location": ""}, "no flow takes line 74950000000 on a leg that names no location: flow main takes it in ivr"),
        ({"state": DISCONNECTED}, "its leg had ended when it was first told"),
        ({"command_id": "cmd-7"}, "our own command cmd-7 made this leg"),
        ({"callback_initiator": "WEB"}, "an outgoing call: the PBX made it (callback_initiator WEB)"),
        ({"task_id": "17"}, "an outgoing call: a campaign made it (task_id 17)"),
        (
            {"line_number": "", "from_extension": "101", "to_extension": "102"},
            "an internal call, from 101 to 102: flows take incoming calls",
        ),
        (
            {"line_number": "", "from_extension": "101", "to_number": "79000000002"},
            "an outgoing call, from 101 to 79000000002: flows take incoming calls",
        ),
        (
            {"state": CONNECTED, "location": ABONENT, "to_extension": "101"},
            "it was Connected at 101 when it was first told; a flow takes a call in the voice menu, in a queue, or "
            "before the answer",
        ),
    ],
)
def test_why_no_flow_takes_a_call(leg: dict[str, Any], why: str) -> None:
    fields = {"state": APPEARED, **leg}
    call = Scenario(STEPS, header=IN_IVR, resources=LIST, own_commands=OUR_OWN).leg("a", fields.pop("state"), **fields)
    assert call.call.status == UNTAKEN
    assert call.notes == f"no flow took it: {why}" == f"no flow took it: {call.call.untaken}"


def test_the_reason_is_told_once_and_anew_when_it_changes() -> None:
    call = Scenario(STEPS, header=IN_IVR).leg("a", APPEARED, location=QUEUE).leg("a", CONNECTED, location=QUEUE)
    call.leg("a", DISCONNECTED, location="")
    assert call.notes.count("no flow took it") == 1
    call.leg("b", APPEARED, callback_initiator="API")
    assert call.notes.splitlines()[-1].endswith("(callback_initiator API)")


def test_a_call_that_is_taken_later_has_no_reason_any_more() -> None:
    call = Scenario(STEPS, header=IN_IVR).leg("a", APPEARED, location=QUEUE).comes()
    assert (call.call.status, call.call.untaken) == (RUNNING, "")


def test_flows_that_go_by_a_list_are_named_by_it() -> None:
    header = HEADER.replace('for: {lines: ["74950000000"]}', "for: {lines: lists.shops}")
    call = Scenario(STEPS, header=header, resources=LIST).comes()
    assert call.call.untaken == "no flow takes line 74950000000: main takes lists.shops"


@pytest.mark.parametrize(("oldest", "status"), [(0.0, RUNNING), (START, RUNNING), (START + 1, UNTAKEN)])
def test_an_old_event_starts_no_call(oldest: float, status: str) -> None:
    call = Scenario(STEPS, oldest=oldest).comes()
    assert call.call.status == status
    assert ("the event is of 2026-11-23T12:30:00Z, 0.0 hours ago" in call.notes) == (status == UNTAKEN)


def test_without_a_bundle_the_surroundings_say_why() -> None:
    call = Scenario(STEPS, idle="the account is paused")
    call.bundle = None  # type: ignore[assignment]
    assert call.comes().call.untaken == "the account is paused"
