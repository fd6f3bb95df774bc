"""Which calls a flow takes, budgets, faults, and calls that nobody ends."""

from dataclasses import replace
from typing import Any

import pytest

from router.engine.verbs import VERBS
from router.protocol.events import CONNECTED, IVR
from tests.engine.scenario import HEADER, Scenario

PLAY = "  first: {play: {prompt: audio.hello, next: first}}"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "running"),
        ({"location": "queue"}, "running"),
        ({"location": "abonent", "to_extension": "101"}, "running"),  # Appeared: it can be intercepted
        ({"line_number": "", "to_number": "74950000000"}, "running"),
        ({"line_number": "74959999999"}, "untaken"),
        ({"callback_initiator": "API"}, "untaken"),
        ({"task_id": "7"}, "untaken"),
        ({"line_number": "", "from_extension": "101", "to_extension": "102"}, "untaken"),
        ({"line_number": "", "from_extension": "101", "to_number": "79000000000"}, "untaken"),
        ({"command_id": "ours"}, "untaken"),
        ({"command_id": "somebody-elses"}, "running"),
    ],
)
def test_which_legs_are_taken(fields: dict[str, Any], status: str) -> None:
    call = Scenario(PLAY, own_commands=frozenset({"ours"})).comes(**fields)
    assert call.call.status == status


def test_location_of_for() -> None:
    header = HEADER.replace("for: {lines", "for: {location: ivr, lines")
    call = Scenario(PLAY, header=header).comes("a", location="abonent", to_extension="101")
    assert call.call.status == "untaken"
    assert call.comes("b").call.status == "running"


def test_line_in_a_list() -> None:
    header = "flow: main\nfor: {lines: lists.vip}\non_error: oops\n"
    assert Scenario(PLAY, header=header).comes(line_number="79000000007").call.status == "running"
    assert Scenario(PLAY, header=header).comes(line_number="79000000008").call.status == "untaken"


def test_taken_once() -> None:
    call = Scenario(PLAY).comes().comes("second", location="queue")
    assert call.notes.count("taken by") == 1


def test_direction_of_what_is_not_taken() -> None:
    call = Scenario(PLAY).comes(line_number="", from_extension="101", to_extension="102")
    assert call.call.direction == "internal"


def test_variables_begin_with_their_defaults() -> None:
    header = HEADER + "vars: {tries: {type: number, default: 2}}\n"
    steps = """
  first: {set: {vars: {tries: vars.tries + 1}, next: judge}}
  judge: {switch: [{when: vars.tries == 3 and visits.first == 1, goto: yes}, {else: oops}]}
  yes: hangup"""
    call = Scenario(steps, header=header).comes()
    assert call.at_step == "yes"


def test_trace_has_each_clause_with_its_value() -> None:
    steps = '  first: {switch: [{when: caller.number in lists.vip and digits == "", goto: oops}, {else: end}]}\n  end: hangup'
    call = Scenario(steps).comes()
    clauses = next(e.data["clauses"] for e in call.trace if e.kind == "left")
    assert clauses[0]["value"] is False
    assert clauses[0]["clauses"] == [
        {"clause": "caller.number in lists.vip", "value": False, "names": {"caller.number": "79000000001"}}
    ]


def test_budget_of_steps() -> None:
    header = HEADER.replace("on_error: oops", "on_error: rescue") + "budget: {steps: 4}\n"
    steps = """
  first: {play: {prompt: audio.hello, next: first}}
  rescue: {route: {to: person operator}}"""
    call = Scenario(steps, header=header).comes()
    for entered in range(2, 5):
        call.done().wait(5.1)
        assert (call.call.steps_taken, call.labels[-1]) == (entered, "audio.hello")
    call.done().wait(5.1)
    assert call.labels[-1] == "person operator"
    assert "budget of 4 steps" in call.notes


def test_budget_of_time_leaves_talking_out() -> None:
    header = HEADER + "budget: {duration: 2m}\n"
    steps = "  first: {route: {to: extension 101, on: {answered: talk, else: oops}}}\n  talk: {watch: {held: {for: 9m, goto: oops}}}"
    call = Scenario(steps, header=header).comes().done().rings("leg").ends("ivr", 1100).connects("leg").wait(300)
    assert call.at_step == "talk"
    idle = Scenario("  first: {wait: {for: 5m, next: oops}}", header=header).comes().wait(120.1)
    assert idle.call.status == "released"
    assert "budget of 120 s" in idle.notes


def test_engine_fault_becomes_on_error(monkeypatch: pytest.MonkeyPatch) -> None:
    header = HEADER.replace("on_error: oops", "on_error: rescue")
    call = Scenario(PLAY + "\n  rescue: {route: {to: person operator}}", header=header).comes().done()

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(VERBS, "play", replace(VERBS["play"], timer=broken))  # type: ignore[arg-type]
    call.may_fail = True
    call.wait(5.1)
    assert call.labels[-1] == "person operator"
    assert "engine fault: ZeroDivisionError" in call.notes


def test_call_without_news_is_closed() -> None:
    call = Scenario("  first: {watch: {ended: oops}}").comes().wait(1800)
    assert call.call.status != "ended"
    assert call.wait(14_400).call.status == "ended"


def test_withheld_number_is_in_no_list() -> None:
    steps = "  first: {switch: [{when: caller.withheld and not (caller.number in lists.vip), goto: yes}, {else: oops}]}\n  yes: hangup"
    assert Scenario(steps, number="").comes().at_step == "yes"


@pytest.mark.parametrize(
    "condition",
    [
        "hours.office.open", "now.weekday == 1", 'now.date == "2026-11-23"', "now.hour == 15", 'now.time == "15:30"',
        'call.line == "74950000000"', 'call.entry_id == "E"', 'call.call_id == "ivr"', 'call.state == "Appeared"',
        'call.location == "ivr"', "not call.answered", 'call.direction == "incoming"', "call.age < 1",
        'call.dct_number == "74951111111"', "call.dct_type == 1", 'call.sip_call_id == "sip-1"', 'call.menu == ""',
        'caller.extension == ""', "result.code == 0", 'result.kind == ""', "limits.play.wait == 0",
        "hours.office.opens_in == 0", 'hours.office.opens_date == "2026-11-23"', 'hours.office.opens_time == "12:30"',
        'online("101")', 'status("101") == "online"', 'status("102") == ""', 'online("102")',
    ],
)  # fmt: skip
def test_every_name_of_the_language(condition: str) -> None:
    steps = f"  first: {{switch: [{{when: '{condition}', goto: yes}}, {{else: no}}]}}\n  yes: hangup\n  no: hangup"
    call = Scenario(steps, presence={"101": "online"}).comes(dct_number="74951111111", dct_type=1, sip_call_id="sip-1")
    assert call.at_step == "yes"


def test_who_calls_and_who_is_called_stays_when_an_event_leaves_it_out() -> None:
    """PROTOCOL.md, B: `from.number` may be absent. The rest of a party is taken whole (§3.1.1, the last story)."""
    call = Scenario(PLAY).comes(from_extension="7", to_extension="8", to_number="74950000009")
    call.leg("ivr", CONNECTED, from_number="", from_extension="", to_number="", to_extension="")
    last = call.call.legs["ivr"].last
    assert (last.from_extension, last.from_number) == ("7", "79000000001")
    assert (last.to_extension, last.to_number) == ("8", "74950000009")
    call.leg("ivr", CONNECTED, from_number="79000000002", from_extension="", to_number="", to_extension="9")
    last = call.call.legs["ivr"].last
    assert (last.from_extension, last.from_number) == ("", "79000000002")
    assert (last.to_extension, last.to_number) == ("9", "")


def test_what_a_leg_was_born_with_is_not_repeated_and_stays() -> None:
    call = Scenario(PLAY).comes(command_id="x", taken_from_call_id="y", acd_group="303", sip_call_id="s")
    call.leg("ivr", CONNECTED, location="", line_number="")
    last = call.call.legs["ivr"].last
    assert (last.command_id, last.taken_from_call_id, last.acd_group, last.sip_call_id) == ("x", "y", "303", "s")
    assert (last.location, last.line_number) == (IVR, "74950000000")
