"""A person's command takes the call over: what becomes of the flow's own doings, and how the flow gets it back."""

import pytest

from router.engine.journey import END_SECONDS
from tests.engine.scenario import HEADER, START, Scenario

MENU = """
  first: {menu: {prompt: audio.hello, first_digit: 8s, keys: {1: desk}, no_input: {max: 0, goto: oops}, no_match: {max: 0, goto: oops}}}
  desk: {route: {to: [extension 101, extension 102], on: {else: sorry}}}
  sorry: {play: {prompt: audio.again, next: bye, on: {failed: bye}}}
  bye: hangup
  missed: {switch: [{when: call.answered, goto: done}, {else: text}]}
  text: {sms: {to: "79000000002", from: "100", text: hello, next: done, on: {else: done}}}
  done: release
"""
ENDING = HEADER + "on_end: missed\n"


def in_menu() -> Scenario:
    return Scenario(MENU, header=ENDING).comes().done()


def ringing() -> Scenario:
    """The flow's own route rings at 101."""
    call = in_menu().keys("1").done()
    return call.rings("leg", taken_from_call_id="ivr").ends("ivr", 1100)


def test_out_of_a_menu() -> None:
    call = in_menu().by_hand("route", to_number="107")
    assert (call.last.command_id, call.last.call_id, call.last.label) == ("hand", "ivr", "by hand")
    assert call.last.params == {"command_id": "hand", "call_id": "ivr", "to_number": "107"}
    assert call.last.high_priority
    assert call.last.deadline is not None
    assert call.last.deadline >= START + 30
    assert call.exits() == [("first", "taken_over")]
    left = next(entry.data for entry in call.trace if entry.kind == "left")
    assert left["why"] == "anna gave route to 107 by hand: a VIP"
    call.done().rings("there", "107", command_id="hand", taken_from_call_id="ivr").ends("ivr", 1100)
    call.wait(60).connects("there", "107")
    assert (call.call.status, call.call.answered, call.call.answered_by) == ("resting", True, "107")
    assert call.came_of_hand() == ["given", "answered"]
    call.ends("there", 1110).summary(talk_time=1)
    assert (call.call.outcome, call.call.step) == ("answered", "done")


def test_the_caller_hangs_up_while_it_rings() -> None:
    call = in_menu().by_hand("route", to_number="107").done().rings("there", "107", command_id="hand")
    call.ends("ivr", 1100).ends("there", 1110).summary()
    assert (call.call.outcome, call.last.command) == ("missed", "sms")
    assert call.came_of_hand() == ["given", "over"]


@pytest.mark.parametrize(
    ("then", "step", "status"),
    [("resume", "first", "running"), ("sorry", "sorry", "running"), ("release", "first", "released")],
)
def test_nobody_answers(then: str, step: str, status: str) -> None:
    call = in_menu().by_hand("route", to_number="107", then=then).done()
    call.rings("there", "107", command_id="hand", taken_from_call_id="ivr").ends("ivr", 1100)
    call.ends("there", 1121).comes("back", taken_from_call_id="there").wait(0.1)
    assert (call.at_step, call.call.status) == (step, status)
    assert call.came_of_hand() == ["given", "busy"]
    if status == "running":
        assert call.last.command == "play/start"
        assert call.last.call_id == "back"
        assert call.call.visits[step] == (2 if then == "resume" else 1)


def test_while_the_flows_own_route_rings() -> None:
    """The intercepted phone's end, and the leg of the person's command, are no news of the flow's route."""
    call = ringing().by_hand("route", to_number="107")
    assert call.last.call_id == "leg"
    call.sent().ends("leg", 1182).rings("there", "107", command_id="hand", taken_from_call_id="leg").result().wait(50)
    assert call.labels == ["audio.hello", "extension 101", "by hand"]
    assert call.connects("there", "107").call.status == "resting"


def test_of_a_route_that_was_still_queued() -> None:
    call = in_menu().keys("1").by_hand("route", to_number="107")
    assert call.withdrawn[-1] == "anna gave route to 107 by hand: a VIP"
    assert call.labels[-2:] == ["extension 101", "by hand"]


def test_refused_while_the_flows_own_phone_rings_on() -> None:
    """It is not dialled a second time, and its end is heard."""
    call = ringing().by_hand("route", to_number="107").sent().result(5003)
    assert (call.at_step, call.labels[-1]) == ("desk", "by hand")
    assert "it goes on" in call.notes
    call.ends("leg", 1121).comes("back", taken_from_call_id="leg").wait(0.1)
    assert call.labels[-1] == "extension 102"


def test_refused_while_the_next_destination_was_about_to_be_dialled() -> None:
    """Those before it were tried, and may still ring."""
    steps = MENU.replace("on: {else: sorry}", "ring: 5s, on: {else: bye}")
    call = Scenario(steps, header=ENDING).comes().done().keys("1").done()
    call.rings("leg", taken_from_call_id="ivr").ends("ivr", 1100).wait(5)
    assert call.labels[-1] == "extension 102"
    call.by_hand("transfer", to_number="107", method="blind", initiator="101").sent().result(4100)
    assert call.labels[-2:] == ["by hand", "extension 102"]


def test_refused_before_anything_is_told_of_the_flows_own_route() -> None:
    call = in_menu().keys("1").sent().by_hand("route", to_number="107").sent().result(5003)
    assert call.labels[-1] == "by hand"
    call.rings("leg", command_id=call.commands[-2].command_id).connects("leg")
    assert call.call.status == "resting"


def test_the_flows_own_route_was_refused_meanwhile() -> None:
    call = in_menu().keys("1").sent()
    own = call.last.command_id
    call.by_hand("route", to_number="107").sent().result(4100, own).result(5003)
    assert call.labels[-1] == "extension 101"


def test_its_leg_was_over() -> None:
    """It is sent again on the leg that the caller is on, under another id, and the trace says so."""
    call = in_menu().by_hand("route", to_number="107").sent().result(4101)
    call.ends("ivr", 1100).comes("back", taken_from_call_id="ivr")
    assert (call.last.label, call.last.call_id, call.last.params["to_number"]) == ("by hand", "back", "107")
    assert call.last.command_id != "hand"
    assert call.came_of_hand() == ["given", "again"]
    assert call.done().rings("there", "107").connects("there", "107").call.status == "resting"


def test_a_hangup_ends_the_call_without_on_end() -> None:
    call = in_menu().by_hand("call/hangup").sent().ends("ivr", 1181).result().summary()
    assert (call.call.outcome, call.call.status) == ("hung_up", "ended")
    assert call.came_of_hand() == ["given", "hung_up"]
    assert all(command.command != "sms" for command in call.commands)


def test_a_hangup_of_who_is_answered_just_then() -> None:
    """The flow's own would spare him; a person's does not."""
    call = ringing().by_hand("call/hangup").connects("leg")
    assert call.last.command == "call/hangup"
    assert call.withdrawn == ["anna gave call/hangup by hand: a VIP"]
    assert call.done().call.status == "leaving"


def test_a_refused_hangup_gives_the_call_back() -> None:
    call = in_menu().by_hand("call/hangup").sent().result(5003)
    assert (call.at_step, call.call.status, call.last.command) == ("first", "running", "play/start")


def test_a_transfer_of_a_resting_call() -> None:
    call = ringing().connects("leg")
    assert call.call.status == "resting"
    call.by_hand("transfer", to_number="107", method="blind", initiator="101").done()
    call.rings("new", "107", command_id="hand", from_extension="101", from_number="").ends("leg", 1120)
    call.leg("new", "Appeared", location="abonent", to_extension="107", taken_from_call_id="leg")
    assert call.connects("new", "107").call.status == "resting"
    assert call.came_of_hand() == ["given", "answered"]


def test_a_transfer_that_nobody_answers_leaves_a_resting_call_at_rest() -> None:
    call = ringing().connects("leg").by_hand("transfer", to_number="107", method="hold", initiator="101").done()
    call.holds("leg").rings("new", "107", command_id="hand", from_extension="101", from_number="")
    call.ends("new", 1121).connects("leg")
    assert call.call.status == "resting"
    assert call.came_of_hand()[-1] in ("returned", "busy")


def handed_on_by_whom_the_flow_rang() -> Scenario:
    """101, whom the flow's route rang, hands the caller on to 107 before the answer is told."""
    call = ringing().by_hand("transfer", to_number="107", method="blind", initiator="101").connects("leg").done()
    call.rings("new", "107", command_id="hand", from_extension="101", from_number="").ends("leg", 1120)
    return call.leg("new", "Appeared", location="abonent", to_extension="107", taken_from_call_id="leg")


@pytest.mark.parametrize("is_told_first", [True, False])
def test_the_pbx_rings_whom_the_flow_had_dialled_again(is_told_first: bool) -> None:
    """§3.2.8: nobody answers the transfer, so the employee rings; the flow's route does not take the caller from him."""
    call = handed_on_by_whom_the_flow_rang()
    if is_told_first:
        call.ends("new", 1121)
        assert call.came_of_hand() == ["given"]
    call.rings("again", "101", command_id="", taken_from_call_id="new")
    if not is_told_first:
        call.ends("new", 1121)
    assert call.came_of_hand() == ["given", "returned"]
    assert (call.at_step, call.call.visits["desk"], call.labels[-1]) == ("desk", 2, "by hand")
    assert call.connects("again", "101").call.status == "resting"


def test_he_does_not_answer_a_second_time() -> None:
    call = handed_on_by_whom_the_flow_rang().ends("new", 1121)
    call.rings("again", "101", command_id="", taken_from_call_id="new").ends("again", 1111)
    call.comes("back", taken_from_call_id="again").wait(1)
    assert (call.last.label, call.last.call_id) == ("extension 102", "back")


def test_the_pbx_rings_the_second_whom_the_flow_had_dialled() -> None:
    call = ringing().ends("leg", 1121).comes("back", taken_from_call_id="leg").wait(0.1).done()
    call.rings("second", "102", taken_from_call_id="back").ends("back", 1100)
    call.by_hand("transfer", to_number="107", method="blind", initiator="102").connects("second", "102").done()
    call.rings("new", "107", command_id="hand", from_extension="102", from_number="").ends("second", 1120)
    call.leg("new", "Appeared", location="abonent", to_extension="107", taken_from_call_id="second").ends("new", 1121)
    call.rings("again", "102", command_id="", taken_from_call_id="new")
    assert (call.labels[-1], call.at_step) == ("by hand", "desk")
    assert call.connects("again", "102").call.status == "resting"


def test_the_pbx_rings_the_first_though_the_second_was_about_to_be_dialled() -> None:
    steps = MENU.replace("on: {else: sorry}", "ring: 5s, on: {else: bye}")
    call = Scenario(steps, header=ENDING).comes().done().keys("1").done()
    call.rings("leg", taken_from_call_id="ivr").ends("ivr", 1100).wait(5)
    call.by_hand("transfer", to_number="107", method="blind", initiator="101").connects("leg").done()
    call.rings("new", "107", command_id="hand", from_extension="101", from_number="").ends("leg", 1120)
    call.leg("new", "Appeared", location="abonent", to_extension="107", taken_from_call_id="leg").ends("new", 1121)
    call.rings("again", "101", command_id="", taken_from_call_id="new")
    assert (call.labels[-1], call.at_step) == ("by hand", "desk")
    assert call.connects("again", "101").call.status == "resting"


def test_the_caller_of_a_failed_transfer_falls_into_the_menu() -> None:
    """The step begins anew: nobody has him."""
    call = handed_on_by_whom_the_flow_rang().ends("new", 1121).comes("back", taken_from_call_id="new").wait(1)
    assert call.came_of_hand() == ["given", "busy"]
    assert (call.last.label, call.last.call_id) == ("extension 101", "back")


def test_a_failed_transfer_of_which_nothing_more_is_told() -> None:
    call = handed_on_by_whom_the_flow_rang().ends("new", 1121).wait(50)
    assert call.came_of_hand() == ["given", "busy"]


def test_two_people_at_once() -> None:
    call = in_menu().by_hand("route", to_number="107").by_hand("route", to_number="108", name="second")
    assert call.came_of_hand() == ["given", "given", "superseded"]
    assert call.last.command_id == "second"
    call.done().rings("there", "108", command_id="second").connects("there", "108")
    assert call.call.status == "resting"
    assert call.exits() == [("first", "taken_over")]


def test_the_second_person_comes_after_the_first_one_rings() -> None:
    call = in_menu().by_hand("route", to_number="107").done().rings("there", "107", command_id="hand").ends("ivr", 1100)
    call.by_hand("route", to_number="108", name="second")
    assert call.last.call_id == "there"
    call.done().ends("there", 1182).rings("then", "108", command_id="second").ends("then", 1121).comes("back").wait(2)
    assert (call.at_step, call.call.visits["first"]) == ("first", 2)


def test_what_the_pbx_would_refuse_takes_nothing_over() -> None:
    call = ringing().connects("leg").by_hand("route", to_number="107")
    assert (call.call.status, call.call.takeover, call.last.label) == ("resting", None, "by hand")
    call = in_menu().by_hand("transfer", to_number="107", method="blind", initiator="101")
    assert call.call.takeover is None
    assert call.wait(20).at_step == "oops"


def test_other_commands_go_beside_the_flow() -> None:
    call = in_menu().by_hand("play/start", internal_id="1")
    assert (call.call.takeover, call.last.command) == (None, "play/start")
    assert call.keys("1").at_step == "desk"


def test_the_flows_time_does_not_run_meanwhile() -> None:
    short = ENDING.replace("window: 30s", "window: 30s\nbudget: {duration: 40s}")
    call = Scenario(MENU, header=short).comes().done().by_hand("route", to_number="107").done()
    call.rings("there", "107", command_id="hand").ends("ivr", 1100).wait(120)
    assert call.call.takeover is not None
    call.ends("there", 1111).comes("back").wait(2)
    assert call.at_step == "first"


def test_the_giver_is_told_when_the_limit_had_no_slot() -> None:
    call = in_menu().by_hand("route", to_number="107").concluded("expired")
    assert (call.at_step, call.came_of_hand()) == ("first", ["given", "failed"])


def test_keys_are_dropped_meanwhile() -> None:
    call = in_menu().by_hand("route", to_number="107").keys("1")
    assert call.call.takeover is not None
    assert "digits dropped" in call.notes


def test_on_a_call_without_a_flow_or_that_is_over() -> None:
    call = (
        Scenario(MENU, header=ENDING).comes(line_number="74950000009").by_hand("route", call_id="ivr", to_number="107")
    )
    assert (call.call.status, call.call.takeover, call.last.command_id) == ("untaken", None, "hand")
    call = in_menu().ends("ivr", 1110).summary().wait(END_SECONDS)
    call.result()
    assert call.by_hand("sms", to_number="79000000002").last.command == "sms"


def test_its_leg_is_ours_though_the_id_is_the_givers() -> None:
    """Also where the command took nothing over, and whenever its leg comes: the scheme has not moved the caller."""
    call = in_menu().by_hand("route", to_number="107", then="release").sent().concluded("unknown")
    assert call.call.status == "released"
    call = in_menu()
    call.by_hand("route", to_number="107").sent().concluded("unknown").rings("there", "107", command_id="hand")
    assert ("first", "left") not in call.exits()


FINALLY = ENDING + "finally: last\n"
LAST = (
    MENU
    + '  last: {sms: {to: "79000000003", from: "100", text: bye, next: ended, on: {else: ended}}}\n  ended: release\n'
)


@pytest.mark.parametrize("how", ["hangup", "answered", "released"])
def test_finally_runs_however_a_person_ends_it(how: str) -> None:
    call = Scenario(LAST, header=FINALLY).comes().done()
    if how == "hangup":
        call.by_hand("call/hangup").sent().result().ends("ivr", 1181).summary()
    else:
        call.by_hand("route", to_number="107", then="release").done().rings("there", "107", command_id="hand")
        call.ends("ivr", 1100)
        if how == "answered":
            call.connects("there", "107").ends("there", 1110).summary(talk_time=1)
        else:
            call.ends("there", 1121).comes("back").wait(2).ends("back", 1110).summary()
    assert call.last.params["to_number"] == "79000000003"
    assert call.done().call.status == "ended"
    assert call.call.outcome == {"hangup": "hung_up", "answered": "answered", "released": "released"}[how]
