"""Tests that give the other side's answers, values, holidays, and that run a sub-flow alone."""

import pytest

from router.flow.finding_output import render_text
from router.flow.loader import load
from router.simulator.coverage import coverage
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.simulator.verdict import Verdict

FILES = {
    "main.yaml": """\
flow: main
for: any
on_error: bye
start: shut
steps:
  shut: {switch: [{when: not hours.office.open, goto: closed}, {else: check}]}
  check: {run: {flow: pin, with: {code: "12"}, on: {ok: duty, bad: bye}}}
  duty: {lookup: {table: rota, key: now.date, outputs: {phone: {type: phone}}, next: dial, on: {not_found: bye}}}
  dial: {route: {to: "number ${duty.phone}", on: {else: bye}}}
  closed: {switch: [{when: 'values.mode == "night"', goto: night}, {else: bye}]}
  night: {route: {to: "extension ${values.desk}", on: {else: bye}}}
  bye: hangup
""",
    "flows/pin.yaml": """\
flow: pin
on_error: bad
vars: {code: {type: text}}
start: ask
steps:
  ask: {lookup: {http: {url: "${values.crm}/pin"}, outputs: {ok: {type: bool, from: data.ok}, due: {type: date, from: data.due}, sum: {type: number, from: "data.items[0].sum"}}, next: judge, on: {else: bad}}}
  judge: {switch: [{when: ask.ok and ask.sum > 10, goto: good}, {else: bad}]}
  good: {return: {as: ok, with: {level: ask.sum * 2, due: "${ask.due}"}}}
  bad: {return: {as: bad}}
""",
    "resources.yaml": """\
hours: {office: {open: {mon-fri: "09:00-18:00"}, holidays: RU}}
tables: {rota: {file: rota.csv, key: date}}
""",
    "rota.csv": "date,phone\n2026-11-23,79000000001\n",
    "flows/answer.json": '{"data": {"ok": "yes", "due": "30.11.2026", "items": [{"sum": "1 250,50"}]}}',
    "answer.csv": "data;x\n1;2\n",
}
ANSWER = "ask: {json: {data: {ok: true, items: [{sum: 12.5}]}}}"


def played(test: str, name: str = "flows/pin.test.yaml") -> list[Verdict]:
    files = {**FILES, name: test}
    loaded = load({file: text.encode() for file, text in files.items()})
    assert loaded.bundle is not None, render_text(loaded.findings)
    scripts, findings = read_scripts(
        loaded.tests, loaded.bundle, files, {file: text.encode() for file, text in files.items()}
    )
    assert not findings, render_text(findings)
    return [run(script, loaded.bundle) for script in scripts]


def reason(given: str, script: str, flow: str = "main") -> str:
    (verdict,) = played(f"flow: {flow}\ntests:\n  - name: one\n    given: {given}\n    script: {script}\n")
    return verdict.failure.reason if verdict.failure is not None else ""


def told(given: str, flow: str = "main") -> list[str]:
    test = f"flow: {flow}\ntests:\n  - name: one\n    given: {given}\n    script: [{{hangup: {{}}}}]\n"
    files = {**FILES, "main.test.yaml": test}
    loaded = load({file: text.encode() for file, text in files.items()})
    assert loaded.bundle is not None
    _, findings = read_scripts(
        loaded.tests, loaded.bundle, files, {file: text.encode() for file, text in files.items()}
    )
    return [f"{finding.code} {finding.message} {finding.suggestion}".strip() for finding in findings]


@pytest.mark.parametrize(
    ("answer", "command"),
    [
        ("{json: {data: {ok: true, items: [{sum: 12.5}]}}}", "number 79000000001"),
        ("{json: {data: {ok: 'true', items: [{sum: '12,5'}]}}}", "number 79000000001"),
        ('{json: \'{"data": {"ok": 1, "items": [{"sum": 11}]}}\'}', "number 79000000001"),
        ("{file: flows/answer.json}", "number 79000000001"),
        ("{file: answer.json}", "number 79000000001"),
        ("[{file: answer.json}]", "number 79000000001"),
        ("{json: {data: {ok: true, items: [{sum: 9}]}}}", "hangup"),
        ("{json: {data: null}}", "hangup"),
        ("{csv: 'data;x'}", "hangup"),
        ("{file: answer.csv}", "hangup"),
    ],
)
def test_what_the_other_side_answers_is_read_by_paths_and_types(answer: str, command: str) -> None:
    expected = "expect: hangup" if command == "hangup" else f"expect: {{route: {command}}}"
    assert reason(f"{{lookups: {{ask: {answer}}}}}", f"[{{{expected}}}]") == ""


def test_what_does_not_fit_is_noted() -> None:
    given = "{lookups: {ask: {json: {data: {ok: perhaps, due: never}}}}}"
    (verdict,) = played(f"flow: pin\ntests:\n  - name: one\n    given: {given}\n    script: [{{expect_return: bad}}]\n")
    notes = [entry.data["text"] for entry in verdict.trace if entry.kind == "note"]
    assert any(note.startswith("ask.ok:") for note in notes)
    assert any(note.startswith("ask.due:") for note in notes)


@pytest.mark.parametrize(
    ("table", "command"),
    [
        ('{csv: "date;phone\\n23.11.2026;8 (900) 000-00-09"}', "{route: number 79000000009}"),
        ('{csv: "date,phone\\n"}', "hangup"),
        ("{file: rota.csv}", "{route: number 79000000001}"),
    ],
)
def test_a_lookup_in_a_table_may_have_rows_of_its_own(table: str, command: str) -> None:
    assert reason(f"{{lookups: {{{ANSWER}, duty: {table}}}}}", f"[{{expect: {command}}}]") == ""


def test_holidays_are_given() -> None:
    night = "{mode: night, desk: '105'}"
    assert reason(f"{{holidays: ['2026-11-23'], values: {night}}}", "[{expect: {route: extension 105}}]") == ""
    assert reason(f"{{holidays: [], at: '2027-01-04T12:00', lookups: {{{ANSWER}}}}}", "[{expect: hangup}]") == ""
    assert reason(f"{{at: '2027-01-04T12:00', values: {night}}}", "[{expect: {route: extension 105}}]") == ""


def test_a_sub_flow_is_run_alone() -> None:
    given, script = (
        "{lookups: {ask: {file: answer.json}}}",
        "[{expect_return: {as: ok, with: {level: 2501, due: 2026-11-30}}}]",
    )
    assert reason(given, script, "pin") == ""
    assert reason("{with: {code: '12'}, lookups: {ask: failed}}", "[{expect_return: {as: bad}}]", "pin") == ""


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("[{expect_return: bad}]", "expected the flow to return bad, but it returned ok"),
        ("[{expect_return: {as: ok, with: {level: 3}}}]", "with level 3, but got level 2501"),
        ("[{expect_return: {as: ok, with: {lvl: 3}}}]", "with lvl 3, but got lvl empty"),
    ],
)
def test_another_return_fails(script: str, why: str) -> None:
    assert why in reason("{lookups: {ask: {file: answer.json}}}", script, "pin")


def test_a_flow_that_takes_calls_returns_nothing() -> None:
    assert "takes calls itself" in reason(f"{{lookups: {{{ANSWER}}}}}", "[{expect_return: ok}]")


def test_sub_flows_alone_are_covered() -> None:
    test = "flow: pin\ntests:\n  - {name: one, given: {lookups: {ask: {file: answer.json}}}, script: [{expect_return: ok}]}\n"
    loaded = load({file: text.encode() for file, text in FILES.items()})
    assert loaded.bundle is not None
    found = {flow.flow: flow for flow in coverage(loaded.bundle, played(test), FILES)}
    assert (found["pin"].steps_reached, found["pin"].exits_taken) == (3, 2)
    assert found["main"].steps_reached == 0


@pytest.mark.parametrize(
    ("given", "finding"),
    [
        ("{lookups: {ask: {file: answr.json}}}", "F308 the bundle has no file `answr.json`"),
        ("{lookups: {ask: {json: '{\"a'}}}", "F207 the answer is not JSON"),
        ("{lookups: {ask: {jsn: {}}}}", "F2"),
        ("{lookups: {duty: {json: {a: 1}}}}", "F207 a table's rows are written as csv: or file:"),
        ("{lookups: {duty: {csv: 'day,phone'}}}", "F309 it has no column `date`"),
        ("{values: {desc: '105'}}", "F306 there is no value that a flow asks for, `desc` did you mean `desk`?"),
        ("{holidays: [monday]}", "F207 `monday` is not a date such as 2026-12-31"),
        ("{with: {code: '1'}}", "F507 `main` takes calls itself, and is run with nothing write vars: {…}"),
    ],
)
def test_mistakes_are_found(given: str, finding: str) -> None:
    (found,) = told(given)
    assert found.startswith(finding)
