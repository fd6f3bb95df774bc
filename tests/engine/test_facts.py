"""What events tell of a call, as names of the language."""

from typing import Any

import pytest

from router.engine.call_scope import CallScope
from router.engine.step_context import StepContext
from router.protocol.events import APPEARED, CONNECTED, ON_HOLD, QUEUE, RecordingChanged
from tests.engine.scenario import START, Scenario

RINGS = """
  first: {route: {to: group sales, on: {answered: talk, else: oops}}}
  talk: {watch: {ended: after}}
  after: {switch: [{when: call.answered_by == "101" and call.talk_seconds > 30, goto: oops}, {else: bye}]}
  bye: release
"""
ON_END = """
  first: {play: {prompt: audio.hello, next: first}}
  note: {set: {vars: {why: call.end_reason}, next: oops}}
"""
ENDS = "for: {lines: ['74950000000']}\nflow: main\nwindow: 30s\non_error: oops\non_end: note\nvars: {why: {type: number}}\n"


def fact(call: Scenario, name: str) -> Any:
    return CallScope(StepContext(call.call, call.bundle, START + call.clock, call.environment)).value(f"call.{name}")


def facts(call: Scenario) -> tuple[Any, ...]:
    return tuple(fact(call, name) for name in ("group", "answered_by", "talk_seconds", "end_reason", "recording_id"))


def answered() -> Scenario:
    """A caller is in the queue of group 303, and 101 of it talks to him for 40 s."""
    call = Scenario(RINGS).comes().done().queues("queue", acd_group="303")
    call.rings("leg", acd_group="303")
    call.wait(5).connects("leg", acd_group="303")
    return call.wait(40)


def test_nothing_is_known_at_first() -> None:
    call = Scenario(RINGS).comes()
    assert facts(call) == ("", "", 0, 0, "")
    assert (fact(call, "task_id"), fact(call, "callback_initiator"), fact(call, "sip_call_id")) == ("", "", "")


def test_group_answer_and_conversation() -> None:
    call = answered()
    assert facts(call) == ("303", "101", 40, 0, "")
    call.apply(RecordingChanged(recording_id="r1", seq=1, state="Started", entry_id="E"))
    assert fact(call, "recording_id") == "r1"


def test_who_is_asked_for_later_is_not_who_answered() -> None:
    call = answered().ends("leg", 1120).comes("again")
    call.leg("second", CONNECTED, location="abonent", to_extension="102")
    assert fact(call, "answered_by") == "101"


def test_the_summary_knows_how_long_they_talked() -> None:
    call = answered().ends("leg", 1120).ends("queue", 1100).ends("ivr", 1100)
    call.summary(disconnect_reason=1120, talk_time=1_795_437_006, end_time=1_795_437_045, create_time=1_795_437_000)
    assert facts(call)[1:4] == ("101", 39, 1120)
    assert ("after", "") not in call.exits()
    assert call.at_step == "oops"


def test_a_lost_conversation_is_told_by_the_summary() -> None:
    call = Scenario(ON_END, header=ENDS).comes().ends("ivr", 1110)
    call.summary(disconnect_reason=1110, talk_time=10, end_time=25, to_extension="104", sip_call_id="sip-7")
    assert (fact(call, "answered_by"), fact(call, "talk_seconds"), fact(call, "sip_call_id")) == ("104", 15, "sip-7")


@pytest.mark.parametrize("with_summary", [True, False])
def test_the_end_has_a_reason_in_on_end(with_summary: bool) -> None:
    call = Scenario(ON_END, header=ENDS).comes().ends("ivr", 1110)
    if with_summary:
        call.summary(disconnect_reason=1170)
    else:
        call.wait(70)
    assert call.call.variables["why"] == (1170 if with_summary else 1110)


def test_a_summary_that_comes_too_late_still_tells_the_times() -> None:
    call = Scenario(ON_END, header=ENDS).comes().ends("ivr", 1110).wait(70)
    assert call.call.summary is None
    call.summary(create_time=1, end_time=2)
    assert call.call.summary is not None
    assert (call.call.summary.created, call.call.summary.ended) == (1, 2)


def test_facts_of_a_call_that_no_flow_takes() -> None:
    call = Scenario(RINGS).leg(
        "a", APPEARED, task_id="17", callback_initiator="ObDial", sip_call_id="s", to_extension="1"
    )
    assert (call.call.task_id, call.call.callback_initiator, call.call.sip_call_id) == ("17", "ObDial", "s")


def test_a_call_may_come_from_a_queue() -> None:
    call = Scenario(RINGS).comes(location=QUEUE, acd_group="304", sip_call_id="s")
    assert (fact(call, "group"), fact(call, "sip_call_id")) == ("304", "s")


def test_a_summary_that_knows_of_no_conversation_does_not_undo_the_one_that_was_seen() -> None:
    call = answered().ends("leg", 1120).ends("queue", 1100).ends("ivr", 1100)
    call.summary(disconnect_reason=1120, talk_time=0, end_time=1_795_437_045, create_time=1_795_437_000)
    assert facts(call)[1:4] == ("101", 40, 1120)


def test_talking_time_is_that_of_finished_conversations_on_hold_or_not() -> None:
    call = answered()
    assert call.call.talked == 0
    call.leg("leg", ON_HOLD, location="abonent", to_extension="101").wait(2).ends("leg", 1120)
    assert call.call.talked == 42
    call.comes("again").leg("second", CONNECTED, location="abonent", to_extension="102").wait(5).ends("second", 1120)
    assert call.call.talked == 47
