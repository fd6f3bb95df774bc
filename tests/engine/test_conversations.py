"""Transfers, watching a conversation, hanging up, waiting, and messages."""

import pytest

from tests.engine.scenario import Scenario

TALK = """
  first: {route: {to: extension 101, on: {answered: talking, else: bye}}}
  talking: {watch: {held: {for: 60s, goto: rescue}, talking: {for: 300s, goto: long}, ended: done}}
  rescue: {transfer: {to: group sales, method: blind, on: {answered: talking, busy: bye, returned: talking, else: done}}}
  long: hangup
  bye: hangup
  done: release
"""


def talking(steps: str = TALK) -> Scenario:
    call = Scenario(steps).comes().done().rings("leg").ends("ivr", 1100).connects("leg")
    assert call.call.answered
    return call


def test_hold_that_lasts_is_rescued_on_behalf_of_the_employee() -> None:
    call = talking().holds("leg").wait(60.1)
    assert call.at_step == "rescue"
    assert call.last.command == "transfer"
    assert call.last.params == {
        "command_id": "cmd-2", "call_id": "leg", "method": "blind", "to_number": "303", "initiator": "101",
    }  # fmt: skip


def test_hold_that_ends_in_time_is_nothing() -> None:
    call = talking().holds("leg").wait(59).connects("leg").wait(100)
    assert call.at_step == "talking"


def test_long_conversation() -> None:
    call = talking().wait(300.1)
    assert call.at_step == "long"
    assert call.last.command == "call/hangup"


def transferred() -> Scenario:
    return talking().holds("leg").wait(60.1).done()


def test_blind_transfer_answers_when_the_caller_is_on_the_new_leg() -> None:
    call = transferred().rings("new", "103", from_extension="101", from_number="", line_number="").ends("leg", 1120)
    assert call.at_step == "rescue"
    call.rings("new", "103", taken_from_call_id="leg").connects("new", "103", taken_from_call_id="leg")
    assert call.at_step == "talking"
    assert call.call.leg == "new"


def test_failed_blind_transfer_takes_the_written_exit() -> None:
    call = transferred().rings("new", "103", taken_from_call_id="leg").ends("leg", 1120).ends("new", 1121)
    assert ("rescue", "busy") in call.exits()


def test_failed_blind_transfer_returns_to_the_employee() -> None:
    steps = TALK.replace("busy: bye, returned: talking, else: done", "returned: talking")
    call = talking(steps).holds("leg").wait(60.1).done()
    call.rings("new", "103", taken_from_call_id="leg").ends("leg", 1120).ends("new", 1111)
    assert call.at_step == "rescue"
    call.rings("back", "101", command_id="", taken_from_call_id="new")
    assert ("rescue", "returned") in call.exits()


def test_caller_who_does_not_return_takes_the_outcome() -> None:
    steps = TALK.replace("busy: bye, returned: talking, else: done", "returned: talking")
    call = talking(steps).holds("leg").wait(60.1).done()
    call.rings("new", "103", taken_from_call_id="leg").ends("leg", 1120).ends("new", 1111).wait(45.1)
    assert ("rescue", "no_answer") in call.exits()


def test_consultation_given_up_is_returned() -> None:
    steps = TALK.replace("method: blind", "method: hold")
    call = talking(steps).holds("leg").wait(60.1).done()
    call.rings("consult", "103", from_extension="101", taken_from_call_id="leg")
    call.connects("consult", "103", from_extension="101", taken_from_call_id="leg")
    assert call.at_step == "rescue"
    call.ends("consult", 1110, from_extension="101")
    assert call.at_step == "rescue"
    call.connects("leg")
    assert ("rescue", "returned") in call.exits()


def test_refused_transfer_fails() -> None:
    call = talking().holds("leg").wait(60.1).sent().result(4100)
    assert call.exits()[1:3] == [("talking", "held"), ("rescue", "failed")]


def test_transfer_names_its_initiator() -> None:
    steps = TALK.replace("method: blind,", "method: blind, by: '105',")
    assert talking(steps).holds("leg").wait(60.1).last.params["initiator"] == "105"


# hangup


HANGUP = "  first: hangup"


def test_hangup_confirmed_by_its_result() -> None:
    call = Scenario(HANGUP).comes().done()
    assert call.call.status == "leaving"
    assert call.ends("ivr", 1181).summary().call.outcome == "hung_up"


def test_hangup_confirmed_by_the_leg() -> None:
    call = Scenario(HANGUP).comes().sent().ends("ivr", 1181)
    assert call.confirmed == ["cmd-1"]
    assert call.call.status == "leaving"


def test_caller_who_was_faster_is_not_hung_up() -> None:
    call = Scenario(HANGUP).comes().sent().ends("ivr", 1110).result(4101).summary()
    assert call.call.outcome == "missed"


def test_hangup_waits_until_the_leg_is_out_of_the_queue() -> None:
    steps = "  first: {route: {to: group sales, ring: 5s, on: {else: bye}}}\n  bye: hangup"
    call = Scenario(steps).comes().done().queues("queue", taken_from_call_id="ivr").ends("ivr", 1100).wait(5.1)
    assert call.at_step == "bye"
    assert call.labels == ["group sales"]
    call.rings("leg", taken_from_call_id="queue")
    assert call.labels == ["group sales", "hangup"]
    assert call.last.call_id == "leg"


def test_refused_hangup_goes_to_on_error() -> None:
    assert Scenario(HANGUP).comes().sent().result(4100).call.status == "released"


# wait, sms


def test_wait_for_a_time() -> None:
    call = Scenario("  first: {wait: {for: 10s, next: bye}}\n  bye: hangup").comes().wait(9.9)
    assert call.at_step == "first"
    assert call.wait(0.2).at_step == "bye"


def test_wait_until_hours_open() -> None:
    steps = "  first: {wait: {until: hours.office, next: bye}}\n  bye: hangup"
    assert Scenario(steps).comes().at_step == "bye"  # 12:30 on a Monday


SMS = """
  first: {sms: {to: "${caller.number}", from: "100", text: "Call ${call.line} again", next: sent, on: {failed: lost}}}
  sent: hangup
  lost: hangup
"""


def test_sms_goes_on_by_its_result() -> None:
    call = Scenario(SMS).comes()
    assert call.last.command == "sms"
    assert call.last.deadline is None
    assert call.last.params == {
        "command_id": "cmd-1", "text": "Call 74950000000 again", "from_extension": "100", "to_number": "79000000001",
    }  # fmt: skip
    assert call.done().at_step == "sent"


@pytest.mark.parametrize("how", ["result", "concluded"])
def test_sms_fails(how: str) -> None:
    call = Scenario(SMS).comes()
    call = call.result(4300) if how == "result" else call.concluded("failed", 3100)
    assert call.at_step == "lost"


def test_sms_to_a_withheld_number_fails() -> None:
    call = Scenario(SMS, number="").comes()
    assert call.at_step == "lost"


def test_on_end_runs_when_the_caller_hangs_up() -> None:
    header = "flow: main\nfor: any\non_error: oops\non_end: missed\n"
    steps = """
  first: {play: {prompt: audio.hello, next: first}}
  missed:
    switch: [{when: call.answered or caller.withheld, goto: done}, {else: text_them}]
  text_them: {sms: {to: "${caller.number}", from: "100", text: "Sorry", next: done}}
  done: release"""
    call = Scenario(steps, header=header).comes().done().ends("ivr", 1110).summary()
    assert call.last.command == "sms"
    assert call.call.status == "closing"
    call.done()
    assert call.call.status == "ended"
    assert call.call.outcome == "missed"


def test_on_end_runs_after_a_minute_without_a_summary() -> None:
    header = "flow: main\nfor: any\non_error: oops\non_end: missed\n"
    steps = "  first: {play: {prompt: audio.hello, next: first}}\n  missed: release"
    call = Scenario(steps, header=header).comes().done().ends("ivr", 1110).wait(59.9)
    assert call.call.status == "running"
    assert call.wait(0.2).call.status == "ended"


@pytest.mark.parametrize("last", ["hangup", "release"])
def test_on_end_never_runs_after_our_own_end(last: str) -> None:
    header = "flow: main\nfor: any\non_error: oops\non_end: missed\n"
    steps = f'  first: {last}\n  missed: {{sms: {{to: "79000000001", from: "100", text: "x", next: oops}}}}'
    call = Scenario(steps, header=header).comes()
    if last == "hangup":
        call.done()
    call.ends("ivr", 1181).summary()
    assert "sms" not in [command.command for command in call.commands]
    assert call.call.status == "ended"


def test_failing_on_end_ends_the_flow() -> None:
    header = "flow: main\nfor: any\non_error: oops\non_end: missed\n"
    steps = '  first: {play: {prompt: audio.hello, next: first}}\n  missed: {sms: {to: "79000000001", from: "100", text: "x", next: oops}}'
    call = Scenario(steps, header=header).comes().done().ends("ivr", 1110).summary().concluded("failed", 4300)
    assert call.call.status == "ended"


def test_time_on_hold_is_no_talking() -> None:
    call = talking().wait(200).holds("leg").wait(50).connects("leg").wait(299.9)
    assert call.at_step == "talking"
    assert call.wait(0.2).at_step == "long"


def test_call_that_is_let_go_of_has_no_budget_any_more() -> None:
    call = Scenario("  first: {wait: {for: 5s, next: oops}}").comes()
    assert "budget" in call.call.timers
    assert call.wait(5).call.status == "released"
    assert "budget" not in call.call.timers


@pytest.mark.parametrize(("connects", "outcome"), [(True, "answered"), (False, "released")])
def test_call_that_is_let_go_of_was_answered_if_somebody_talked(*, connects: bool, outcome: str) -> None:
    steps = "  first: {route: {to: extension 101, on: {answered: done, else: done}}}\n  done: release"
    call = Scenario(steps).comes().done().rings("leg")
    if connects:
        call.connects("leg")
    else:
        call.ends("leg", 1121)
    assert (call.call.status, call.call.outcome) == ("released", outcome)
