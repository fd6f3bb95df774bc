"""How findings look, for people and for programs."""

from router.flow.expressions import PROBLEM_CODES
from router.flow.finding_output import render_text, to_json
from router.flow.finding_rules import RULES
from router.flow.findings import Report, closest, did_you_mean, has_errors
from router.flow.model import Mark
from router.flow.suggestions.advice import Advice


def _report() -> Report:
    report = Report(lines={"b.yaml": ["имя: [один, два]"], "a.yaml": ["\tx: y\x1b[31m", ""]})
    report.add(
        "F301", Mark(file="b.yaml", line=1, column=7), "unknown step `один`", length=4, suggestion="did you mean `два`?"
    )
    report.add("W601", Mark(file="a.yaml", line=1, column=2), "nothing leads to `x`", length=1)
    report.add("W601", Mark(file="a.yaml", line=1, column=2), "nothing leads to `x`", length=1)
    return report


def test_text() -> None:
    assert render_text(_report().sorted()) == (
        "a.yaml:1:2: W601 nothing leads to `x`\n"
        "    \tx: y?[31m\n"
        "    \t^\n"
        "b.yaml:1:7: F301 unknown step `один`\n"
        "    имя: [один, два]\n"
        "          ^^^^\n"
        "    did you mean `два`?\n"
    )


def test_json() -> None:
    assert to_json(_report().sorted())[1] == {
        "code": "F301",
        "severity": "error",
        "file": "b.yaml",
        "line": 1,
        "column": 7,
        "length": 4,
        "message": "unknown step `один`",
        "excerpt": "имя: [один, два]",
        "suggestion": "did you mean `два`?",
        "fix": [],
    }


def test_a_caret_stays_within_its_line_and_is_never_missing() -> None:
    report = Report(lines={"f": ["ab"]})
    report.add("F101", Mark(file="f", line=1, column=2), "x", length=40)
    report.add("F101", Mark(file="f", line=1, column=9), "y", length=0)
    assert [line for line in render_text(report.sorted()).splitlines() if "^" in line] == ["     ^", "            ^"]


def test_a_place_outside_of_the_file_has_no_excerpt() -> None:
    report = Report()
    report.add("F210", Mark(file=".", line=1, column=1), "no flow")
    assert render_text(report.sorted()) == ".:1:1: F210 no flow\n"


def test_only_errors_are_errors() -> None:
    warning, error = _report().sorted()
    assert not has_errors([warning])
    assert has_errors([warning, error])


def test_suggestions() -> None:
    assert did_you_mean("opertor", ["sales", "operator"]) == Advice("did you mean `operator`?", "operator")
    assert not did_you_mean("xyz", ["sales", "operator"])
    assert closest("kyes", ["keys", "key"]) == "keys"


def test_every_code_is_explained() -> None:
    assert set(PROBLEM_CODES) <= set(RULES)
    assert all(rule.title and rule.explanation.endswith(".") for rule in RULES.values())
