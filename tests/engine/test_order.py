"""The PBX's counters: gaps, duplicates, late events, and the waits between counters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.engine.codec import encode_call
from router.engine.state import TimerFired
from router.protocol.events import APPEARED
from tests.engine.scenario import Scenario

MENU = """
  first: {menu: {first_digit: 20s, next_digit: 1s, keys: {1: one, 2: two, 12: both}, no_input: {goto: oops}}}
  one: {route: {to: extension 101, on: {else: oops}}}
  two: {route: {to: extension 102, on: {else: oops}}}
  both: {route: {to: extension 103, on: {else: oops}}}
"""


def lateness(call: Scenario) -> list[str]:
    return [entry.data["lateness"] for entry in call.trace if entry.kind == "event"]


def test_packets_out_of_order_are_put_in_order() -> None:
    call = Scenario(MENU).comes().keys("2", seq=2)
    assert call.at_step == "first"
    call.wait(0.1).keys("1", seq=1)
    assert call.labels == ["extension 103"]
    assert lateness(call) == ["in order", "in order", "waited"]


def test_gap_is_given_up_after_the_window_and_the_late_one_changes_nothing() -> None:
    call = Scenario(MENU).comes().keys("2", seq=2).wait(0.29)
    assert call.labels == []
    call.wait(0.02)
    assert call.labels == ["extension 102"]
    assert "given up" in call.notes
    call.keys("1", seq=1)
    assert lateness(call)[-1] == "late"
    assert call.labels == ["extension 102"]


def test_digits_wait_for_their_leg() -> None:
    call = Scenario(MENU).keys("2")
    assert call.call.status == "untaken"
    assert call.wait(0.2).comes().labels == ["extension 102"]


def test_digits_whose_leg_never_comes_are_recorded() -> None:
    call = Scenario(MENU).keys("2").wait(0.31)
    assert call.call.status == "untaken"
    assert call.comes().at_step == "first"


def test_counters_of_a_leg_and_of_its_digits_are_two() -> None:
    call = Scenario(MENU).comes(seq=1).keys("2", seq=1)
    assert call.labels == ["extension 102"]


def test_second_event_of_a_leg_waits_for_the_first() -> None:
    call = Scenario(MENU).ends("ivr", 1110, seq=2)
    assert call.call.legs == {}
    call.comes(seq=1)
    assert call.call.legs["ivr"].last.seq == 2


def test_duplicates_are_late() -> None:
    call = Scenario(MENU).comes(seq=1).leg("ivr", APPEARED, seq=1).keys("2").keys("2", seq=1)
    assert call.labels == ["extension 102"]
    assert lateness(call) == ["in order", "late", "in order", "late"]


def test_summary_waits_for_the_ends_of_the_legs() -> None:
    call = Scenario(MENU).comes().summary()
    assert call.call.status == "running"
    call.wait(0.1).ends("ivr", 1110)
    assert call.call.status == "ended"
    assert Scenario(MENU).comes().summary().wait(0.31).call.status == "ended"


def test_events_after_the_end_are_orphans() -> None:
    call = Scenario(MENU).comes().ends("ivr", 1110).summary()
    before = call.state
    call.comes("new").keys("1")
    assert lateness(call)[-2:] == ["orphan", "orphan"]
    assert call.state == before


Happening = tuple[str, int]
HAPPENINGS: list[Happening] = [("call", 1), ("call", 2), ("dtmf", 1), ("dtmf", 2), ("dtmf", 3)]


def _play(order: list[Happening]) -> Scenario:
    steps = "  first: {collect: {into: code, length: 3, first_digit: 20s, next: go, no_input: {goto: oops}}}\n"
    steps += "  go: {route: {to: 'number 7900000${vars.code}', on: {else: oops}}}"
    header = 'flow: main\nfor: any\non_error: oops\nvars: {code: {type: text, default: ""}}\n'
    call = Scenario(steps, header=header)
    for kind, seq in order:
        if kind == "call":
            call.leg("ivr", APPEARED, seq=seq)
        else:
            call.keys(str(seq), seq=seq)
        call.wait(0.01)
    return call


@given(order=st.permutations(HAPPENINGS), again=st.lists(st.sampled_from(HAPPENINGS), max_size=4), data=st.data())
def test_any_order_and_any_duplicates_give_the_same_commands(
    order: list[Happening], again: list[Happening], data: st.DataObject
) -> None:
    shuffled = list(order)
    for happening in again:
        shuffled.insert(data.draw(st.integers(0, len(shuffled))), happening)
    assert _play(shuffled).labels == ["number 7900000123"]


def test_step_does_not_change_the_state_that_it_is_given() -> None:
    call = Scenario(MENU).comes()
    before = call.call
    image = encode_call(before)
    call.keys("1")
    assert encode_call(before) == image


def test_of_several_that_become_free_at_once_the_one_that_arrived_first_is_first() -> None:
    """Keys 2, the leg's end, keys 1, the leg's beginning, as they arrive: the end came before the first keys."""
    call = Scenario(MENU).keys("9", seq=2).wait(0.01).leg("ivr", "Disconnected", seq=2, disconnect_reason=1110)
    call.wait(0.01).keys("1", seq=1).wait(0.01).leg("ivr", "Appeared", seq=1)
    applied = [(entry.data["event"], entry.data["seq"]) for entry in call.trace if entry.kind == "event"]
    assert applied == [("call", 1), ("call", 2), ("dtmf", 1), ("dtmf", 2)]


@pytest.mark.parametrize("state", ["Connected", "OnHold"])
def test_any_state_may_be_the_first(state: str) -> None:
    call = Scenario(MENU).leg("x", state, location="abonent", to_extension="101")
    assert call.call.status == "untaken"
    assert call.leg("ivr", state).call.status == "running"  # in the menu a state says nothing about an answer
    assert not call.call.answered


def test_summary_is_traced_with_its_times_and_how_long_it_waited() -> None:
    call = Scenario(MENU).comes().summary(disconnect_reason=1110, create_time=1, end_time=3)
    call.wait(0.2).ends("ivr", 1110)
    (told,) = [entry.data for entry in call.trace if entry.data.get("event") == "summary"]
    assert told == {
        "event": "summary", "reason": 1110, "create_time": 1, "end_time": 3, "lateness": "waited", "waited": 0.2,
    }  # fmt: skip


def test_of_two_gaps_that_are_given_up_together_the_one_that_was_held_first_goes_first() -> None:
    """The process was away when they were due; the names of the legs say nothing of their order."""
    call = Scenario(MENU).comes().leg("z", APPEARED, seq=2, location="abonent", to_extension="101")
    call.clock += 0.1
    call.leg("a", APPEARED, seq=2, location="abonent", to_extension="102")
    call.clock += 5
    call.apply(TimerFired(entry_id="E"))
    given_up = [entry.data["text"] for entry in call.trace if "given up" in entry.data.get("text", "")]
    assert [text.split()[4] for text in given_up] == ["z", "a"]


def test_what_a_gap_held_up_goes_on_when_it_is_given_up() -> None:
    call = Scenario(MENU).comes("ivr", seq=2).keys("2")
    assert call.labels == []
    call.wait(0.31)
    assert call.labels == ["extension 102"]
