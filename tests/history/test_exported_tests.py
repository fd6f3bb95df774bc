"""A recorded call as a test: it passes, it is readable, and nobody's number is in it."""

from collections.abc import Callable

import pytest

from router.flow.finding_output import render_text
from router.flow.loader import load
from router.history.anonymise import Anonymous, written_in
from router.history.recorded import PresenceHistory, RecordedCall
from router.history.test_export import as_test
from router.simulator.read import read_scripts
from router.simulator.report import render
from router.simulator.run_test import run
from tests.history.test_replay import CALLS, LOOKUP, NEVER
from tests.runtime.recording import ACCOUNT, FLOW, Recorder, bundle_of, files_of

CALLER = "79031234567"

SPLIT = FLOW.replace(
    "{else: menu}]}", "{else: share}]}\n  share: {split: {to: {menu: 1, sales: 1, operator: 1, ask: 1}}}"
)
ALWAYS_ONLINE = FLOW.replace(
    "{route: {to: person operator, on", "{route: {to: [extension 101, person operator], online_only: true, on"
)


def _problems(text: str, flow: str) -> str:
    """What is wrong with the test against its bundle, "" when it passes."""
    files = {**files_of(flow), "recorded.test.yaml": text.encode()}
    loaded = load(files)
    assert loaded.bundle is not None
    scripts, findings = read_scripts(loaded.tests, loaded.bundle, {"recorded.test.yaml": text})
    failed = [render(verdict, "") for verdict in (run(script, loaded.bundle) for script in scripts) if verdict.failure]
    return render_text(findings) + "".join(failed)


def _vip() -> RecordedCall:
    """Found in a list, put on hold, taken back."""
    call = Recorder(caller="79000000567").wait(3).happen("answered").wait(5).happen("held").wait(3).happen("resumed")
    return call.wait(9).hang_up().recorded()


def _withheld() -> RecordedCall:
    return Recorder(caller="").wait(3).press("9").wait(9).press("1").wait(3).hang_up().recorded()


def _split() -> RecordedCall:
    return Recorder(SPLIT).wait(3).hang_up().recorded()


def _moved_on() -> RecordedCall:
    return Recorder().wait(3).happen("left").wait(1).hang_up().recorded()


def _rejected() -> RecordedCall:
    call = Recorder().wait(3).press("2").wait(2).happen("rejected").wait(9)
    return call.recorded()


def _online_only() -> RecordedCall:
    return Recorder(ALWAYS_ONLINE).wait(3).press("2").wait(2).happen("busy").wait(2).hang_up().recorded()


UNTOLD = """
flow: main
for: {lines: ["74950000001"]}
on_error: bye
start: first
steps:
  first: {callback: {from: person operator, to: "${caller.number}", next: second}}
  second: {callback_group: {from: group sales, to: "${caller.number}", line: "74950000001", next: third}}
  third: {route: {to: person operator, on: {answered: tape}}}
  tape: {record: {next: talk, on: {failed: bye}}}
  talk: {sms: {to: "${caller.number}", from: "100", text: x, next: bye}}
  bye: release
"""


def _results_lost() -> RecordedCall:
    """Of every command whose step goes on without one."""
    late = dict.fromkeys(("callback", "callback_group", "recording/start", "sms"), NEVER)
    call = Recorder(UNTOLD, late=late).wait(12).happen("answered").wait(12)
    return call.hang_up().recorded()


@pytest.mark.parametrize(
    ("make", "flow"),
    [
        *CALLS,
        (_results_lost, UNTOLD),
        (_vip, FLOW),
        (_withheld, FLOW),
        (_split, SPLIT),
        (_moved_on, FLOW),
        (_rejected, FLOW),
        (_online_only, ALWAYS_ONLINE),
    ],
)
def test_the_test_goes_as_the_call_went(make: Callable[[], RecordedCall], flow: str) -> None:
    recorded = make()
    text = as_test(recorded, bundle_of(flow))
    assert _problems(text, flow) == ""
    assert recorded.call.caller_number not in text or not recorded.call.caller_number


def test_a_result_that_never_came_is_said() -> None:
    """Of a callback to one and to a group, of a recording and of a message; a route needs none."""
    assert as_test(_results_lost(), bundle_of(UNTOLD)).count("- pbx: drop\n") == 4


AWAITS_NO_RESULT = """
flow: main
for: {lines: ["74950000001"]}
on_error: bye
start: hello
steps:
  hello: {play: {prompt: audio.again, next: follow}}
  follow: {task: {to_user: "4711", next: ring, on: {failed: bye}}}
  ring: {route: {to: person operator, on: {answered: bye, else: bye}}}
  bye: release
"""


def _results_not_awaited() -> RecordedCall:
    """None of their results ever comes: a prompt's length, a task's acceptance and a leg tell enough."""
    late = dict.fromkeys(("play/start", "task/add", "route"), NEVER)
    return Recorder(AWAITS_NO_RESULT, late=late).wait(2).happen("answered").wait(4).hang_up().recorded()


def test_a_result_that_no_step_waits_for_is_not_missed() -> None:
    """With `drop` the simulated PBX would not do what the command asks for."""
    recorded = _results_not_awaited()
    text = as_test(recorded, bundle_of(AWAITS_NO_RESULT))
    assert [text.count(f"expect: {command}") for command in ("{play", "task", "{route")] == [1, 1, 1]
    assert "drop" not in text
    assert _problems(text, AWAITS_NO_RESULT) == ""


def test_how_a_call_reads() -> None:
    call = Recorder().wait(3).press("1").wait(2).happen("busy").wait(4).hang_up()
    assert as_test(call.recorded(), bundle_of()) == (
        "flow: main\n"
        "tests:\n"
        '  - name: "a recorded call: screen, menu, sales, operator, ended, text, …"\n'
        "    given:\n"
        '      from: "79000000001"\n'
        '      line: "74950000001"\n'
        '      at: "2026-11-23T12:00:00+03:00"\n'
        "    script:\n"
        '      - expect: {play: "audio.menu"}\n'
        "      - wait: 2.9s\n"
        '      - keys: "1"\n'
        '      - expect: {route: "group sales"}\n'
        "      - wait: 2.4s\n"
        "      - pbx: busy\n"
        '      - expect: {route: "person operator"}\n'
        "      - wait: 4.3s\n"
        "      - hangup: {}\n"
        '      - expect: {sms: "79000000001"}\n'
        "      - expect_end: missed\n"
    )


def test_what_was_typed_in_secret_is_not_told() -> None:
    text = as_test(CALLS[4][0](), bundle_of())
    assert '- keys: "00"\n      - wait: 0.5s\n      - keys: "00"' in text


def test_lists_hold_the_stand_in_if_they_held_the_caller() -> None:
    assert '      lists: {"vip": ["79000000001"]}\n' in as_test(_vip(), bundle_of())
    wide = FLOW.replace("lists.vip", "lists.stand_ins")
    resources = {"more.yaml": b"lists: {stand_ins: {numbers: ['7900*']}}\n"}
    loaded = load({**files_of(wide), **resources})
    assert loaded.bundle is not None
    assert '      lists: {"stand_ins": []}\n' in as_test(CALLS[2][0](), loaded.bundle)


def test_lookups_keep_what_the_flow_knows_and_nothing_else() -> None:
    call = Recorder(LOOKUP).wait(1).looked_up("failed").looked_up("found", name="Ivan Petrov").wait(3).hang_up()
    text = as_test(call.recorded(), bundle_of(LOOKUP))
    assert '      lookups: {"who": ["failed"], "again": [{"name": "text 1"}]}\n' in text
    assert _problems(text, LOOKUP) == ""
    known = as_test(CALLS[5][0](), bundle_of(LOOKUP))
    assert '"again": [{"name": "gold"}]' in known


def test_who_was_online() -> None:
    recorded = _online_only()
    assert '      online: {"101": "online", "100": "online"}\n' in as_test(recorded, bundle_of(ALWAYS_ONLINE))
    history = PresenceHistory()
    assert "online:" not in as_test(CALLS[0][0](), bundle_of(), history)


def test_numbers_and_texts_are_replaced_the_same_everywhere() -> None:
    bundle = bundle_of(FLOW.replace("group sales", "number 74951112233"))
    anonymous = Anonymous(bundle, CALLER)
    assert anonymous.number(CALLER) == "79000000001"
    assert anonymous.within(f"call {CALLER} or 79167654321") == "call 79000000001 or 79000000002"
    assert anonymous.number("74951112233") == "74951112233"
    assert (anonymous.number("101"), anonymous.number("")) == ("101", "")
    assert [anonymous.value(value) for value in (True, 3, "Ivan", "79167654321", "Ivan", "")] == [
        True, 3, "text 1", "79000000002", "text 1", "",
    ]  # fmt: skip


def test_the_caller_is_replaced_even_where_a_flow_names_him() -> None:
    bundle = bundle_of(FLOW.replace("group sales", f"number {CALLER}"))
    assert CALLER in written_in(bundle)
    assert Anonymous(bundle, CALLER).within(f"route number {CALLER}") == "route number 79000000001"


def test_the_account_is_nowhere() -> None:
    assert ACCOUNT not in as_test(CALLS[0][0](), bundle_of())
