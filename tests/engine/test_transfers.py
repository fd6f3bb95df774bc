"""What becomes of a transfer (§3.2.8; FLOWS.md, "Outcomes"): exits, `result.code` and `result.kind`, and waits."""

import pytest

from router.engine.state import Result
from router.protocol.events import IVR
from tests.engine.scenario import Scenario

TALK = """
  first: {route: {to: extension 101, on: {answered: talking, else: bye}}}
  talking: {watch: {held: {for: 60s, goto: rescue}, ended: done}}
  rescue: {transfer: {to: TARGETS, method: blind, on: EXITS}}
  bye: hangup
  done: release
"""
EACH = "{answered: talking, returned: talking, busy: done, no_answer: done, unavailable: done, failed: done}"
RETURNED = "{returned: talking}"


def rescued(targets: str = "group sales", exits: str = EACH) -> Scenario:
    """A held conversation with 101 that the flow hands on; the command is queued."""
    steps = TALK.replace("TARGETS", targets).replace("EXITS", exits)
    call = Scenario(steps).comes().done().rings("leg").ends("ivr", 1100).connects("leg").holds("leg").wait(60.1)
    assert (call.at_step, call.last.command) == ("rescue", "transfer")
    return call


def left(call: Scenario) -> list[str]:
    """The exits by which the transfer was left."""
    return [name for step, name in call.exits() if step == "rescue"]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (1121, "busy"),
        (1111, "no_answer"),
        (1163, "no_answer"),
        (1123, "unavailable"),
        (4211, "unavailable"),
        (1199, "unavailable"),
    ],
)
def test_outcome_and_its_code(reason: int, outcome: str) -> None:
    call = rescued().done().rings("new", "103", taken_from_call_id="leg").ends("leg", 1120).ends("new", reason)
    assert left(call) == [outcome]
    assert call.call.result == Result(code=reason, kind=outcome)


@pytest.mark.parametrize(("seconds", "exits"), [(9.9, []), (10.1, ["failed"])])
def test_neither_result_nor_leg_ten_seconds_after_sending(seconds: float, exits: list[str]) -> None:
    call = rescued().sent().wait(seconds)
    assert left(call) == exits
    if exits:
        assert call.call.result == Result(code=0, kind="failed")


@pytest.mark.parametrize(("seconds", "exits"), [(44.9, []), (45.1, ["failed"])])
def test_no_leg_forty_five_seconds_after_its_result(seconds: float, exits: list[str]) -> None:
    assert left(rescued().done().wait(seconds)) == exits


def test_refusal_by_the_result_has_its_code() -> None:
    call = rescued().sent().result(3310)
    assert left(call) == ["failed"]
    assert call.call.result == Result(code=3310, kind="failed")


def test_command_that_expired_or_was_refused_at_once_is_failed() -> None:
    assert left(rescued().concluded("expired")) == ["failed"]
    call = rescued().concluded("failed", code=4100)
    assert left(call) == ["failed"]
    assert call.call.result.code == 4100


def test_no_destination_is_unavailable() -> None:
    steps = TALK.replace("TARGETS", '"number ${vars.empty}"').replace("EXITS", EACH)
    header = "flow: main\nfor: any\nwindow: 30s\non_error: oops\nvars: {empty: {type: phone, default: ''}}\n"
    call = (
        Scenario(steps, header=header)
        .comes()
        .done()
        .rings("leg")
        .ends("ivr", 1100)
        .connects("leg")
        .holds("leg")
        .wait(60.1)
    )
    assert left(call) == ["unavailable"]
    assert call.call.result == Result(code=0, kind="unavailable")


def test_destinations_are_tried_in_turn_and_the_last_decides() -> None:
    """With a consultation: the caller stays on hold while the employee asks one after the other."""
    asks = {"from_extension": "101", "from_number": "", "taken_from_call_id": "leg"}
    call = rescued("[extension 103, extension 104]").done().rings("new", "103", **asks)
    call.ends("new", 1121, **asks)
    assert (call.last.params["to_number"], call.last.call_id) == ("104", "leg")
    call.done().rings("other", "104", **asks).ends("other", 1111, **asks)
    assert left(call) == ["no_answer"]
    assert call.call.result == Result(code=1111, kind="no_answer")


def test_answer_of_the_first_destination_is_the_end() -> None:
    call = rescued("[extension 103, extension 104]").done().rings("new", "103", taken_from_call_id="leg")
    call.ends("leg", 1120).connects("new", "103", taken_from_call_id="leg")
    assert left(call) == ["answered"]
    assert len([one for one in call.commands if one.command == "transfer"]) == 1


def test_employee_who_talks_to_the_one_he_asks_is_no_answer() -> None:
    call = rescued().done()
    call.rings("new", "103", from_extension="101", from_number="", taken_from_call_id="leg")
    call.connects("new", "103", from_extension="101", from_number="", taken_from_call_id="leg")
    assert left(call) == []


# the employee has the caller again


def test_conversation_that_goes_on_with_no_new_leg_is_returned_after_five_seconds() -> None:
    call = rescued().done().connects("leg").wait(4.9)
    assert left(call) == []
    assert left(call.wait(0.2)) == ["returned"]
    assert call.call.result == Result(code=0, kind="returned")


def test_conversation_that_is_held_again_is_not_returned() -> None:
    assert left(rescued().done().connects("leg").wait(4).holds("leg").wait(10)) == []


def test_leg_of_the_transfer_in_these_five_seconds_goes_on() -> None:
    call = rescued().done().connects("leg").wait(4).rings("new", "103", taken_from_call_id="leg").wait(10)
    assert left(call) == []


def test_connected_from_before_the_pbx_took_the_transfer_is_not_returned() -> None:
    call = rescued().connects("leg").wait(1).holds("leg").done().wait(20)
    assert left(call) == []


def test_another_employee_who_rings_is_not_the_one_who_transferred() -> None:
    call = rescued().done().rings("new", "103", taken_from_call_id="leg").ends("leg", 1120).ends("new", 1111)
    assert left(call) == ["no_answer"]
    call = rescued(exits=RETURNED).done().rings("new", "103", taken_from_call_id="leg").ends("leg", 1120)
    call.ends("new", 1111).rings("other", "102", command_id="", taken_from_call_id="new")
    assert "returned" not in left(call)


def test_who_waits_for_the_return_of_a_caller_that_is_in_the_menu_takes_the_outcome() -> None:
    call = rescued(exits="{returned: talking}").done().rings("new", "103", taken_from_call_id="leg")
    call.ends("leg", 1120).ends("new", 1111)
    assert left(call) == []
    call.comes("menu", taken_from_call_id="new")
    assert left(call) == ["no_answer"]
    assert call.call.result == Result(code=1111, kind="no_answer")


# the caller is in the PBX's menu


def test_caller_in_the_menu_cannot_be_handed_on() -> None:
    call = rescued().done().ends("leg", 1110, from_extension="").comes("menu", location=IVR)
    call.wait(2)
    assert left(call) == ["failed"]


def test_transfer_in_the_menu_waits_for_a_conversation_as_long_as_the_pbx_keeps_the_caller() -> None:
    steps = "  first: {transfer: {to: group sales, by: '101', method: blind, on: {failed: bye}}}\n  bye: hangup"
    call = Scenario(steps).comes().wait(29.4)
    assert call.commands == []
    assert call.exits() == []
    assert call.wait(0.2).exits()[:1] == [("first", "failed")]


def test_late_answer_of_a_withdrawn_transfer_shows_that_it_had_gone_out() -> None:
    call = rescued().ends("leg", 1120)
    assert call.withdrawn
    call.sent()
    assert left(call.wait(9.9)) == []
    assert left(call.wait(0.2)) == ["failed"]


def test_late_result_of_a_withdrawn_transfer_shows_that_it_was_carried_out() -> None:
    call = rescued().ends("leg", 1120).result()
    assert left(call.wait(44.9)) == []
    assert left(call.wait(0.2)) == ["failed"]


def test_refusal_while_a_leg_of_somebody_elses_transfer_rings_counts() -> None:
    call = rescued().sent().rings("new", "303", command_id="", from_extension="101", taken_from_call_id="leg")
    call.result(4100)
    assert left(call) == ["failed"]
    assert call.call.result == Result(code=4100, kind="failed")


def test_refusal_of_the_repetition_changes_nothing() -> None:
    call = rescued().sent().rings("new", "103", taken_from_call_id="leg").result(4100)
    assert left(call) == []
