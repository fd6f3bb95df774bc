"""What `ivr test` says about a test, for people and for programs."""

from dataclasses import replace
from xml.etree import ElementTree

from router.simulator.junit import junit
from router.simulator.report import as_json, render
from tests.simulator.bundles import verdict


def test_a_test_that_passed_is_one_line() -> None:
    passed = verdict("expect: {play: audio.menu}")
    assert render(passed, "") == "passed  main.test.yaml: script 1\n"
    assert as_json(passed) == {
        "file": "main.test.yaml",
        "flow": "main",
        "name": "script 1",
        "passed": True,
        "line": 3,
    }


def test_a_test_that_failed_tells_place_reason_and_trace() -> None:
    failed = verdict('expect: {play: audio.menu}\nkeys: "2"\nexpect: {route: group sales}')
    text = render(failed, "      - expect: {route: group sales}")
    assert text.splitlines()[:4] == [
        "FAILED  main.test.yaml: script 1, at +0 s",
        "  main.test.yaml:8:9: expected route group sales, but got route person operator, 0 s after the call came",
        "    - expect: {route: group sales}",
        "  trace",
    ]
    assert "          +0 s  step operator (route)" in text.splitlines()
    answer = as_json(failed)
    assert (answer["line"], answer["column"], answer["elapsed"]) == (8, 9, 0.0)
    assert answer["at"] == "2026-11-23T09:00:00.000Z"
    assert answer["reason"].startswith("expected route")
    assert answer["trace"]


def test_the_trace_shows_each_clause_of_a_condition() -> None:
    failed = verdict("expect: {route: group sales}")
    text = render(failed, "")
    assert "caller.number in lists.vip is false" in text
    assert 'caller.number = "79000000000"' in text


def test_junit() -> None:
    """One suite for each file, with what `ivr test` says of a failure."""
    verdicts = [verdict("expect: {play: audio.menu}"), verdict("expect: hangup")]
    root = ElementTree.fromstring(junit(verdicts))
    (suite,) = root
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("main.test.yaml", "2", "1")
    passed, failed = suite
    assert (passed.get("name"), passed.get("classname"), len(passed)) == ("script 1", "main", 0)
    assert failed[0].get("message") == "expected hangup, but got play audio.menu, 0 s after the call came"
    assert "main.test.yaml:6:9: expected hangup" in (failed[0].text or "")


def test_junit_can_write_any_name() -> None:
    """A build server that cannot read the report shows nothing at all."""
    odd = verdict("expect: hangup")
    named = replace(odd, script=replace(odd.script, name="]]> & <b> \x1b[31m \ufffe Имя"))
    (suite,) = ElementTree.fromstring(junit([named]))
    assert suite[0].get("name") == "]]> & <b> ?[31m ? Имя"
