"""What is wrong in a test file is found at its place, all of it at once, one finding for one mistake."""

import json

import jsonschema
import pytest
import yaml

from router.protocol.schemas import load_schema
from router.simulator.script import Expect, Fault, Given, HangUp, Happen, Keys, Wait
from tests.simulator.bundles import read, suite


def found(tests: str) -> list[str]:
    """Every finding as `line:column code message`."""
    _, scripts, findings = read(tests)
    assert not (scripts and findings)
    return [f"{f.mark.line}:{f.mark.column} {f.code} {f.message}" for f in findings]


def test_a_script_is_read_with_its_places() -> None:
    _, (script,), findings = read(
        suite(
            'keys: "12#"\nwait: 1m30s\nexpect: {route: group sales, priority: high}\npbx: busy\n'
            "pbx: {delay: 2s}\nhangup: {}",
            given='{from: "79000000002", line: "74950000001", at: "2026-11-23T12:00:00+03:00", limits: {play: 1s}}',
        )
    )
    assert not findings
    keys, wait, expect, happen, hang_up = script.lines
    assert isinstance(keys, Keys)
    assert (keys.digits, keys.mark.line, keys.mark.column) == ("12#", 6, 9)
    assert isinstance(wait, Wait)
    assert wait.seconds == 90.0
    assert isinstance(expect, Expect)
    assert expect.fields == (("to", "group sales"), ("priority", "high"))
    assert isinstance(happen, Happen)
    assert happen.what == "busy"
    assert isinstance(hang_up, HangUp)
    assert hang_up.faults == (Fault(kind="delay", seconds=2.0),)
    assert script.given == Given(caller="79000000002", line="74950000001", at=1795424400.0, waits={"play": 1.0})


def test_a_call_that_says_nothing_comes_on_a_monday_at_noon() -> None:
    _, (script,), _ = read(suite("hangup: {}"))
    assert script.given == Given(at=1795424400.0)


SHAPE = {
    "keys: 1x": "6:15 F207",
    "wait: 15": "6:15 F207",
    "wiat: 15s": "6:9 F201",
    "pbx: bussy": "6:14 F206",
    "pbx: {result: ok}": "6:23 F204",
    "pbx: {result: 4100, delay: 2s}": "6:9 F211",
    "expect: rote": "6:17 F207",
    "expect_end: lost": "6:21 F206",
    "{keys: 1, wait: 2s}": "6:9 F211",
}


@pytest.mark.parametrize(("line", "place_and_code"), SHAPE.items())
def test_the_shape(line: str, place_and_code: str) -> None:
    """How `flow.schema.schema_check` says it is its own business; here it counts that each mistake is found once, at its place."""
    (finding,) = found(suite(line))
    assert finding.startswith(f"{place_and_code} ")


COMMANDS = (
    "play, route, transfer, hangup, hold, cancel_transfer, connect, sms, record, callback, callback_group, task, notify"
)
MEANING = {
    "expect: {play: audio.menu, method: blind}": "6:36 F201 `method` cannot be compared of a play",
    "expect: {to: group sales}": f"6:17 F205 `expect` names one command: {COMMANDS}",
    "expect: {play: audio.menu, route: group sales}": f"6:17 F211 `expect` names one command: {COMMANDS}",
    "expect: {task: '1', line: '1'}": "6:29 F201 `line` cannot be compared of a task",
    "expect: {play: audio.menu, data: {x: 1}}": "6:43 F201 `data.x` cannot be compared of a play",
    "pbx: {result: 4100}": "6:9 F507 no command waits for this result",
}


@pytest.mark.parametrize(("line", "finding"), MEANING.items())
def test_the_meaning(line: str, finding: str) -> None:
    assert found(suite(line)) == [finding]


GIVEN = {
    "{lists: {vips: []}}": "4:21 F304 there is no list `vips`",
    "{vars: {tires: 1}}": "4:20 F306 there is no variable `tires`",
    "{vars: {tries: many}}": '4:27 F204 "many" is not a number',
    "{vars: {open: perhaps}}": '4:26 F204 "perhaps" is neither yes nor no',
    "{at: noon}": "4:17 F207 `noon` is not a time such as 2026-11-23T12:00:00+03:00",
    "{split: {ab: a}}": "4:21 F301 there is no split step `ab`",
    "{lookups: {who: failed}}": "4:23 F301 there is no lookup step other than of a table `who`",
    "{lookups: {who: maybe}}": "4:28 F206 expected failed or not_found or waits, found `maybe`",
    "{lookups: {who: [maybe]}}": "4:29 F206 expected failed or not_found or waits, found `maybe`",
    "{limits: {sms: 1s}}": "4:22 F201 unknown key `sms` in `limits`",
}


@pytest.mark.parametrize(("given", "finding"), GIVEN.items())
def test_the_given(given: str, finding: str) -> None:
    assert found(suite("hangup: {}", given=given)) == [finding]


def test_an_unknown_flow_is_one_finding_with_a_suggestion() -> None:
    _, scripts, (finding,) = read(suite("hangup: {}").replace("flow: main", "flow: mian"))
    assert not scripts
    assert finding.message == "the bundle has no flow `mian`"
    assert finding.suggestion == "did you mean `main`?"


def test_all_mistakes_are_found_at_once() -> None:
    assert len(found(suite("expect: {to: x}\npbx: {result: 4100}", "expect: {to: x}", given="{at: noon}"))) == 5


def test_the_schema_serves_editors_too() -> None:
    """Editors construct YAML: the schema must accept what they then see."""
    schema = load_schema("test")
    jsonschema.Draft202012Validator.check_schema(schema)
    text = suite("keys: 1\nexpect: {play: 17}\npbx: {result: 4100}\nhangup:", given="{vars: {tries: 2, open: true}}")
    constructed = json.loads(json.dumps(yaml.safe_load(text)))
    jsonschema.validate(constructed, schema)
