"""What only the call decides of messages, callbacks and tasks: a valid request, or an exit and a note, never a 3xxx."""

from typing import Any

import pytest

from router.engine.effects import StartLookup
from router.engine.state import LookupFinished
from router.protocol.commands import validate
from tests.engine.scenario import Scenario

HEADER = """
flow: main
for: {lines: ["74950000000"]}
on_error: oops
vars: {a: {type: text, default: "A"}, b: {type: text, default: "B"}}
"""
STEPS = """
  done: {wait: {for: 1h, next: oops}}
  refused: {wait: {for: 1h, next: oops}}
"""
SMS = 'first: {sms: {to: "${vars.a}", from: "${vars.b}", text: hi, next: done, on: {failed: refused}}}'
CALLBACK = (
    'first: {callback: {from: "${vars.a}", number: "${vars.b}", to: "79000000001", next: done, on: {failed: refused}}}'
)
TO = 'first: {callback: {from: "101", to: "${vars.a}", line: "${vars.b}", next: done, on: {failed: refused}}}'
GROUP = 'first: {callback_group: {from: "${vars.a}", to: "${vars.b}", line: "74950000000", next: done, on: {failed: refused}}}'
AFTER = (
    'first: {callback: {from: "101", to: "79000000001", answer_after: "${vars.a}", next: done, on: {failed: refused}}}'
)


def call(step: str, a: str = "", b: str = "") -> Scenario:
    header = HEADER.replace('"A"', f'"{a}"').replace('"B"', f'"{b}"')
    return Scenario(f"  {step}{STEPS}", header=header).comes()


@pytest.mark.parametrize(
    ("step", "a", "b", "params"),
    [
        (SMS, "8 (900) 000-00-01", "100", {"to_number": "79000000001", "from_extension": "100"}),
        (SMS, "79000000001", "+7 900 000-00-02", {"from_extension": "79000000002"}),
        (SMS, "79000000001", "sip:boss@pbx.example", {"from_extension": "sip:boss@pbx.example"}),
        (CALLBACK, "101", "", {"from": {"extension": "101"}}),
        (CALLBACK, "101", "9000000005", {"from": {"extension": "101", "number": "79000000005"}}),
        (CALLBACK, "101", "boss@pbx.example", {"from": {"extension": "101", "number": "sip:boss@pbx.example"}}),
        (TO, "102", "", {"to_number": "102"}),
        (TO, "79000000001", "8 495 000-00-00", {"line_number": "74950000000"}),
        (TO, "79000000001", "head office", {"line_number": "head office"}),
        (GROUP, "303", "79000000001", {"from": "303", "to": "79000000001"}),
        (GROUP, "79000000001", "303", {"from": "79000000001", "to": "303"}),
        (AFTER, "0", "", {"sip_headers": {"Call-Info/answer-after": "0"}}),
        (AFTER, "1m5s", "", {"sip_headers": {"Call-Info/answer-after": "65"}}),
    ],
)
def test_what_is_sent(step: str, a: str, b: str, params: dict[str, Any]) -> None:
    scenario = call(step, a, b)
    assert scenario.last.params | params == scenario.last.params
    validate(scenario.last.command, scenario.last.params)


@pytest.mark.parametrize(
    ("step", "a", "b"),
    [
        (SMS, "", "100"),
        (SMS, "101", "100"),  # an employee's short number (§3.2.4)
        (SMS, "123456", "100"),
        (SMS, "call me", "100"),
        (SMS, "79000000001 79000000002", "100"),
        (SMS, "79000000001", ""),
        (SMS, "79000000001", "boss"),
        (CALLBACK, "", ""),
        (CALLBACK, "boss", ""),
        (CALLBACK, "79000000001", ""),
        (CALLBACK, "101", "102"),  # §3.2.1
        (CALLBACK, "101", "303"),
        (CALLBACK, "101", "later"),
        (TO, "", ""),
        (TO, "nobody", ""),
        (TO, "79000000001", "sip:office@pbx.example"),
        (GROUP, "303", "304"),
        (GROUP, "303", "101"),
        (GROUP, "79000000001", "79000000002"),
        (GROUP, "303", ""),
        (GROUP, "303", "unknown"),
    ],
)
def test_what_is_not(step: str, a: str, b: str) -> None:
    scenario = call(step, a, b)
    assert (scenario.at_step, scenario.commands) == ("refused", [])
    (left,) = (entry.data for entry in scenario.trace if entry.kind == "left")
    assert left["exit"] == "failed"
    assert len(left["why"]) > len("failed")


@pytest.mark.parametrize("text", ["", "x" * 613, "ж" * 269])
def test_text_that_no_message_has(text: str) -> None:
    scenario = call(
        SMS.replace("text: hi", 'text: "${vars.b}"').replace('from: "${vars.b}"', 'from: "100"'), "79000000001", text
    )
    assert (scenario.at_step, scenario.commands) == ("refused", [])


def test_header_that_says_no_time_is_left_out() -> None:
    scenario = call(AFTER, "soon")
    assert "sip_headers" not in scenario.last.params
    assert "answer_after is left out" in scenario.notes


# tasks for people by name

TASK = 'first: {task: {to_user: person operator, phone: "79000000001", start: 15m, next: done, on: {33xx: oops, failed: refused}}}'


def asking() -> tuple[Scenario, StartLookup]:
    scenario = call(TASK)
    taken = Scenario(f"  {TASK}{STEPS}", header=HEADER).comes()
    assert scenario.commands == []
    (request,) = (effect for effect in taken.effects if isinstance(effect, StartLookup))
    return taken, request


def test_task_for_a_person_asks_for_the_id() -> None:
    scenario, request = asking()
    assert (request.kind, request.arguments) == ("employee", {"extension": "100"})
    found = LookupFinished(entry_id="E", request_id=request.request_id, state="found", outputs={"id": "300000101"})
    scenario.apply(found)
    assert scenario.last.command == "task/add"
    assert scenario.last.params["to_user_id"] == 300000101
    assert "lookup" not in scenario.call.timers
    assert scenario.sent().at_step == "done"
    assert scenario.call.result.code == 1000


@pytest.mark.parametrize("state", ["not_found", "failed"])
def test_task_for_somebody_who_is_not_there(state: str) -> None:
    scenario, request = asking()
    scenario.apply(LookupFinished(entry_id="E", request_id=request.request_id, state=state, reason="nobody"))
    assert (scenario.at_step, scenario.commands) == ("refused", [])


def test_id_that_never_comes() -> None:
    scenario, request = asking()
    assert scenario.wait(14).at_step == "refused"
    found = LookupFinished(entry_id="E", request_id=request.request_id, state="found", outputs={"id": "300000101"})
    assert scenario.apply(found).commands == []


def test_unclear_task_fails_at_once() -> None:
    scenario, request = asking()
    scenario.apply(LookupFinished(entry_id="E", request_id=request.request_id, state="found", outputs={"id": "1"}))
    assert scenario.concluded("unknown").at_step == "refused"
