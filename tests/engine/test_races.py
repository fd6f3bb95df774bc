"""The PBX's own timers beside ours: legs that end under a command, a caller who is back before anything is said of his
attempt, and the same news in every order."""

from itertools import permutations

import pytest

from tests.engine.scenario import HEADER, START, Scenario

RACE = """
  first: {route: {to: [extension 101, extension 102], ring: 5s, on: {busy: b, no_answer: n, failed: f, else: e}}}
  b: {wait: {for: 1s, next: b}}
  n: {wait: {for: 1s, next: n}}
  f: {wait: {for: 1s, next: f}}
  e: {wait: {for: 1s, next: e}}
"""
ONE = RACE.replace("[extension 101, extension 102]", "extension 101")
GROUP = RACE.replace("[extension 101, extension 102]", "group sales").replace("else: e", "unavailable: e")


def intercepting(steps: str = RACE) -> Scenario:
    """101 has rung for as long as we let it; the route to 102 is on its way, on the leg that rings."""
    call = Scenario(steps).comes().done().rings("leg", taken_from_call_id="ivr").ends("ivr", 1100).wait(5.1)
    assert call.labels == ["extension 101", "extension 102"]
    assert call.last.call_id == "leg"
    return call.sent()


@pytest.mark.parametrize("code", [4101, 4100, 4109])
@pytest.mark.parametrize("order", [*permutations(["ends", "comes", "result"])])
def test_route_whose_leg_has_just_ended_is_sent_again_on_the_present_one(code: int, order: tuple[str, ...]) -> None:
    call = intercepting()
    for what in order:
        if what == "ends":
            call.ends("leg", 1111)
        elif what == "comes":
            call.comes("back", taken_from_call_id="leg")
        else:
            call.result(code)
        call.wait(0.1)
    assert call.labels == ["extension 101", "extension 102", "extension 102"]
    assert call.last.call_id == "back"
    assert call.done().rings("second", "102").connects("second", "102").call.status == "resting"


@pytest.mark.parametrize("taken_from", ["ivr", "leg", "", "untold"])
@pytest.mark.parametrize("code", [5003, 4001, 2211, 3200])
def test_a_refusal_counts_though_the_caller_is_in_the_menu_first(code: int, taken_from: str) -> None:
    call = Scenario(ONE).comes().sent().ends("ivr", 1100).comes("back", taken_from_call_id=taken_from).result(code)
    assert call.at_step == "f"
    assert call.call.result.code == code
    assert call.confirmed == []


def test_a_refusal_counts_though_the_scheme_rings_somebody_first() -> None:
    call = Scenario(ONE).comes().sent().rings("scheme", "199", command_id="", taken_from_call_id="ivr").result(5003)
    assert call.at_step == "f"


def test_a_refused_repetition_of_a_route_that_a_leg_names_changes_nothing() -> None:
    call = Scenario(ONE).comes().sent().rings("leg").result(4101)
    assert call.at_step == "first"
    assert Scenario(ONE).comes().done().result(4101).wait(2).at_step == "first"


def test_a_route_is_not_sent_again_for_ever() -> None:
    call = Scenario(ONE).comes()
    for number in range(9):
        call.sent().comes(f"ivr-{number}", taken_from_call_id="ivr").result(4101)
    assert call.labels == ["extension 101"] * 4
    assert call.at_step == "f"


@pytest.mark.parametrize("order", [*permutations(["sent", "result", "ends", "comes"])])
def test_route_without_a_leg_has_failed_when_the_caller_is_back(order: tuple[str, ...]) -> None:
    """§3.1.1: no event tells of a leg at an employee who is out of his hours."""
    call = Scenario(ONE, header=HEADER.replace("30s", "14s")).comes()
    for what in order:
        if what == "ends":
            call.ends("ivr", 1100)
        elif what == "comes":
            call.comes("back", taken_from_call_id="ivr")
        else:
            {"sent": call.sent, "result": call.result}[what](command_id="cmd-1")
    call.wait(1)
    assert call.at_step in ("f", "first")
    if call.at_step == "first":  # it was sent anew, for the queue had let the first one go with its leg
        assert call.last.call_id == "back"
    assert call.clock < 2


def test_leg_that_was_not_told_of_may_still_say_why() -> None:
    call = Scenario(ONE).comes().done().ends("ivr", 1100).comes("back", taken_from_call_id="leg").wait(0.2)
    assert call.at_step == "first"
    late = {"taken_from_call_id": "ivr", "command_id": ""}
    assert call.rings("leg", **late).ends("leg", 1121, **late).at_step == "b"
    call = Scenario(ONE).comes().done().ends("ivr", 1100).comes("back", taken_from_call_id="leg").wait(0.7)
    assert call.at_step == "f"


def test_member_whose_end_is_late_may_still_say_why() -> None:
    call = Scenario(ONE).comes().done().rings("leg").ends("ivr", 1100).comes("back", taken_from_call_id="leg").wait(0.9)
    assert call.at_step == "first"
    assert call.ends("leg", 1121).at_step == "b"
    call = Scenario(ONE).comes().done().rings("leg").ends("ivr", 1100).comes("back", taken_from_call_id="leg").wait(1.1)
    assert call.at_step == "f"


def test_late_leg_of_a_failed_attempt_does_not_take_the_caller_away() -> None:
    call = Scenario(RACE).comes().done().ends("ivr", 1100).comes("back", taken_from_call_id="leg").wait(0.7)
    assert call.labels[-1] == "extension 102"
    call.rings("leg", "101", command_id="", taken_from_call_id="ivr")
    assert call.call.status == "running"
    assert call.call.leg == "back"
    call.sent().ends("leg", 1121).rings("second", "102", command_id="", taken_from_call_id="back").connects(
        "second", "102"
    )
    assert call.call.status == "resting"


def test_command_that_had_left_the_queue_when_its_leg_ended_is_not_sent_twice() -> None:
    """The PBX's events come before its HTTP answer."""
    call = Scenario(ONE).comes().ends("ivr", 1100).rings("leg")
    assert call.labels == ["extension 101"]
    assert call.sent().result().connects("leg").call.status == "resting"
    nameless = {"command_id": "", "taken_from_call_id": "ivr"}
    call = Scenario(ONE).comes().ends("ivr", 1100).sent().rings("leg", **nameless).connects("leg", **nameless)
    assert call.labels == ["extension 101"]
    assert call.call.status == "resting"
    call = Scenario(ONE).comes().ends("ivr", 1100).result().wait(1).rings("leg", **nameless)
    assert call.labels == ["extension 101"]


def test_queued_command_follows_the_caller_to_his_next_leg() -> None:
    call = Scenario(ONE).comes().comes("next")
    assert [command.call_id for command in call.commands] == ["ivr", "next"]
    assert call.withdrawn == ["the caller is in the menu on another leg"]


# groups


@pytest.mark.parametrize(("reason", "step"), [(1163, "n"), (1164, "e")])
@pytest.mark.parametrize("order", [*permutations(["queue", "one", "two"])])
def test_the_queues_reason_is_the_groups(order: tuple[str, ...], reason: int, step: str) -> None:
    call = Scenario(GROUP).comes().done().queues("queue", taken_from_call_id="ivr").ends("ivr", 1100)
    for one in ("one", "two"):
        call.rings(one, "101", command_id="", taken_from_call_id="queue")
    for call_id in order:
        call.ends(call_id, {"queue": reason, "one": 1111, "two": 1100}[call_id])
    assert call.at_step == step
    assert call.call.result.code == reason


def test_phone_whose_end_is_not_told_does_not_hold_the_group_up() -> None:
    call = Scenario(GROUP).comes().done().queues("queue").rings("one", taken_from_call_id="queue").ends("queue", 1164)
    assert call.at_step == "first"
    assert call.wait(1.1).at_step == "e"


def test_queue_leg_that_names_only_the_dialled_group_is_the_attempts() -> None:
    call = Scenario(GROUP).comes().done().queues("queue", command_id="", acd_group="303").ends("ivr", 1100)
    assert call.call.activity is not None
    assert call.call.activity.legs == ("queue",)
    assert call.ends("queue", 1163).at_step == "n"


@pytest.mark.parametrize("fields", [{"acd_group": "304"}, {"acd_group": "304", "taken_from_call_id": "ivr"}])
def test_another_groups_queue_is_the_schemes(fields: dict[str, str]) -> None:
    call = Scenario(GROUP).comes().done().ends("ivr", 1100).queues("queue", command_id="", **fields)
    assert call.at_step == "f"


def test_queue_is_no_leg_of_a_route_to_somebody() -> None:
    call = Scenario(ONE).comes().done().ends("ivr", 1100).queues("queue", command_id="", taken_from_call_id="ivr")
    assert call.at_step == "f"


def test_caller_in_a_queue_whose_operator_did_not_answer_can_be_routed_on() -> None:
    steps = GROUP.replace("group sales", "[group sales, extension 102]")
    call = Scenario(steps).comes().done().queues("queue").ends("ivr", 1100)
    call.rings("one", "101", taken_from_call_id="queue").ends("one", 1111).wait(5.1)
    assert call.labels == ["group sales", "extension 102"]
    assert call.last.call_id == "queue"


# prompts

MENU = """
  first:
    menu: {prompt: audio.hello, first_digit: 6s, keys: {1: done}, no_input: {prompt: audio.again, max: 1, goto: done}, no_match: {max: 0, goto: done}}
  done: hangup
"""


@pytest.mark.parametrize("accepted", [True, False])
def test_refused_reprompt_leaves_what_is_left_of_the_patience(accepted: bool) -> None:
    call = Scenario(MENU).comes().done().wait(11.1)
    assert call.labels == ["audio.hello", "audio.again"]
    held_until = START + 5 + 6 + 2
    if accepted:
        call.sent().wait(0.1)
    call.result(4100)
    assert call.call.hold_until == held_until
    assert call.call.timers["first_digit"] == held_until - 0.5
    assert call.wait(1.5).last.label == "hangup"


def test_menu_without_a_prompt_has_what_is_left_of_the_window() -> None:
    steps = MENU.replace("prompt: audio.hello, ", "", 1)
    call = Scenario(steps, header=HEADER.replace("30s", "4s")).comes().wait(3.6)
    assert call.labels == ["audio.again"]


def test_refused_play_does_not_prolong_the_patience() -> None:
    steps = "  first: {play: {prompt: audio.hello, next: done, on: {failed: done}}}\n  done: {route: {to: extension 101, on: {else: oops}}}"
    call = Scenario(steps).comes().sent().result(4503)
    assert call.last.deadline == START + 30


# transfers

TALK = """
  first: {route: {to: extension 101, on: {answered: talking, else: bye}}}
  talking: {watch: {held: {for: 60s, goto: hand_on}, ended: bye}}
  hand_on: {transfer: {to: extension 103, method: hold, on: {answered: talking, returned: back, else: bye}}}
  back: {watch: {ended: bye}}
  bye: hangup
"""


def transferring() -> Scenario:
    call = Scenario(TALK).comes().done().rings("leg").ends("ivr", 1100).connects("leg").holds("leg").wait(60.1)
    assert call.at_step == "hand_on"
    return call


CONSULT = {"from_extension": "101", "taken_from_call_id": "leg"}


@pytest.mark.parametrize("order", ["connects sent result", "sent connects result", "sent result connects"])
def test_employee_back_before_the_transfer_was_taken_is_not_returned(order: str) -> None:
    call = transferring()
    for what in order.split():
        {"connects": lambda: call.connects("leg"), "sent": call.sent, "result": call.result}[what]()
    assert call.at_step == "hand_on"
    call.wait(3).rings("new", "103", **CONSULT).holds("leg").connects("new", "103", **CONSULT)
    assert call.at_step == "hand_on"
    call.ends("leg", 1120).connects("new", "103", taken_from_call_id="leg")
    assert call.exits()[-1] == ("hand_on", "answered")


@pytest.mark.parametrize("order", [*permutations(["ends", "holds", "connects"])])
def test_consultation_given_up_is_returned_in_any_order(order: tuple[str, ...]) -> None:
    call = transferring().done().rings("new", "103", **CONSULT)
    seqs = {"holds": call.seqs["leg"] + 1, "connects": call.seqs["leg"] + 2}
    for what in order:
        if what == "ends":
            call.ends("new", 1110, **CONSULT)
        elif what == "holds":
            call.holds("leg", seq=seqs["holds"])
        else:
            call.connects("leg", seq=seqs["connects"])
    assert call.wait(0.1).exits()[-1] == ("hand_on", "returned")


def test_transfer_without_a_leg_is_returned_when_the_employee_talks_on() -> None:
    call = transferring().done().holds("leg").connects("leg").wait(4.9)
    assert call.at_step == "hand_on"
    assert call.wait(0.2).exits()[-1] == ("hand_on", "returned")


def test_caller_whom_the_scheme_has_again_is_not_transferred_any_more() -> None:
    call = transferring().done().ends("leg", 1120).comes("ivr-2", taken_from_call_id="leg")
    assert call.exits()[-1] == ("hand_on", "failed")


# hangup


def test_phone_that_stops_ringing_by_itself_is_no_hangup_of_ours() -> None:
    steps = "  first: {route: {to: extension 101, ring: 5s, on: {else: bye}}}\n  bye: hangup"
    for order in permutations(["ends", "comes", "result"]):
        call = Scenario(steps).comes().done().rings("leg", taken_from_call_id="ivr").ends("ivr", 1100).wait(5.1).sent()
        for what in order:
            if what == "ends":
                call.ends("leg", 1111)
            elif what == "comes":
                call.comes("back", taken_from_call_id="leg")
            else:
                call.result(4101)
        assert [(command.label, command.call_id) for command in call.commands[1:]] == [
            ("hangup", "leg"),
            ("hangup", "back"),
        ]
        assert call.done().call.status == "leaving"


def test_hangup_of_which_nothing_is_told_fails() -> None:
    call = Scenario("  first: hangup").comes().sent().wait(10.1)
    assert call.call.status == "released"


# news that is older than what is known already


def test_caller_does_not_go_back_to_an_earlier_menu() -> None:
    call = Scenario(RACE).comes().done().comes("next", taken_from_call_id="leg").ends("next", 1100)
    assert call.call.leg == ""


def test_phone_of_before_the_menu_moves_nobody() -> None:
    call = Scenario(RACE).comes().done().ends("ivr", 1100).comes("back").sent()
    call.rings("leg", "199", command_id="", taken_from_call_id="ivr")
    assert call.call.leg == "back"
    assert call.call.status == "running"


def test_phone_of_a_group_is_ours_before_its_queue_is_told() -> None:
    call = Scenario(GROUP).comes().ends("ivr", 1100)
    call.rings("one", "105", command_id="", taken_from_call_id="queue", acd_group="303")
    assert call.labels == ["group sales"]


def test_refusal_before_the_answer_is_not_waited_for() -> None:
    """The result of a command that had left the queue comes before the HTTP answer."""
    call = Scenario(ONE).comes().ends("ivr", 1100).result(4101).sent().comes("back", taken_from_call_id="ivr")
    assert [command.call_id for command in call.commands] == ["ivr", "back"]
    call = Scenario(RACE).comes().done().rings("leg", taken_from_call_id="ivr").ends("ivr", 1100).wait(5.1)
    call.result(4101).ends("leg", 1111).sent("cmd-2").comes("back", taken_from_call_id="leg")
    assert [command.call_id for command in call.commands] == ["ivr", "leg", "back"]


# steps behind the end of the call


def test_step_that_needs_a_caller_does_not_wait_for_one_when_the_call_is_over() -> None:
    call = Scenario(TALK).comes().done().rings("leg").ends("ivr", 1100).connects("leg").ends("leg", 1120).summary()
    assert call.call.status == "ended"
    assert "bye needs a caller" in call.notes


def test_refusal_waits_for_news_of_its_leg_though_a_phone_of_its_queue_rings() -> None:
    steps = GROUP.replace("group sales", "[group sales, extension 102]")
    call = Scenario(steps).comes().done().queues("queue", taken_from_call_id="ivr").ends("ivr", 1100).wait(5.1).sent()
    call.rings("one", "105", command_id="", taken_from_call_id="queue").result(4101).wait(0.5)
    assert call.at_step == "first"
    call.ends("queue", 1163).ends("one", 1100).comes("back", taken_from_call_id="queue")
    assert [(command.label, command.call_id) for command in call.commands][-1] == ("extension 102", "back")
