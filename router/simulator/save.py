"""A session as a test, appended to a file of tests beside the flow or beginning one."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from router.flow.durations import format_duration
from router.flow.yaml.parser import parse_yaml
from router.pbx.happenings import Impossible
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.simulator.script import OUTCOMES, Answer, Given
from router.simulator.session import Session
from router.simulator.update import scalar
from router.simulator.write_lines import written

INDENTATION: Final = 2


def saved(session: Session, name: str, file: str, text: str | None) -> str:
    """The file of tests `file` with the session as its last test; `text` is what it holds now, None without a file.
    Raises Impossible when there is no such file to be made, or when the test would not pass."""
    test = _as_test(session, name)
    new = _begun(session.flow, test) if text is None else _appended(text, session.flow, test)
    root, found = parse_yaml(file, new)
    scripts, meant = read_scripts({file: root} if root is not None else {}, session.bundle, {file: new})
    if found or meant or not scripts:
        raise Impossible(f"{file} has mistakes: `ivr test` tells which")
    failure = run(scripts[-1], session.bundle).failure
    if failure is not None:
        raise Impossible(f"the test would not pass: {failure.reason}")
    return new


def _as_test(session: Session, name: str) -> list[str]:
    """The session as one test, without the indentation of the file."""
    if session.is_undecided:
        raise Impossible(f"the lookup {session.lookup} waits for its answer")
    rows = [
        f"- name: {scalar(name)}",
        f"  given: {_given(session.given, session.line, session.bundle.flows[session.flow].timezone)}",
        "  script:",
        *(f"    - {written(line)}" for line in session.lines),
    ]
    outcome = session.call.outcome
    return [*rows, f"    - expect_end: {outcome}"] if outcome in OUTCOMES else rows


def _given(given: Given, line: str, timezone: str) -> str:
    at = datetime.fromtimestamp(given.at, ZoneInfo(timezone)).isoformat(timespec="seconds")
    world = {
        "from": given.caller,
        "line": line,
        "at": at,
        "online": None if given.presence is None else dict(given.presence),
        "dct": {"number": given.dct_number, "type": given.dct_type} if given.dct_number else None,
        "location": _Word(given.location) if given.location else None,
        "group": given.group or None,
        "sip_call_id": given.sip_call_id or None,
        "vars": dict(given.variables) or None,
        "lists": {name: list(entries) for name, entries in given.lists.items()} or None,
        "limits": {name: _Word(format_duration(seconds)) for name, seconds in given.waits.items()} or None,
        "split": {name: _Word(branch) for name, branch in given.split.items()} or None,
        "lookups": {name: _answers(answers) for name, answers in given.lookups.items()} or None,
    }
    return _braces({name: value for name, value in world.items() if value is not None})


def _answers(answers: Sequence[Answer]) -> Any:
    """A list, in turn; one that repeats stands alone."""
    return _answer(answers[0]) if answers[0].repeats else [_answer(answer) for answer in answers]


def _answer(answer: Answer) -> Any:
    return dict(answer.outputs) if answer.state == "found" else _Word(answer.state)


class _Word(str):
    """A text that needs no quotes."""


def _braces(value: Any) -> str:
    """A tree in braces; texts are quoted, for YAML would make numbers and dates of most of them."""
    match value:
        case dict():
            return f"{{{', '.join(f'{name}: {_braces(inner)}' for name, inner in value.items())}}}"
        case list():
            return f"[{', '.join(map(_braces, value))}]"
        case _Word():
            return str(value)
    return json.dumps(value, ensure_ascii=False)


def _begun(flow: str, test: list[str]) -> str:
    """A file of tests with one test in it."""
    return "".join(f"{row}\n" for row in (f"flow: {flow}", "tests:", *_indented(test, INDENTATION)))


def _appended(text: str, flow: str, test: list[str]) -> str:
    """The file of tests with one more at its end."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Impossible("the file is not YAML: `ivr check` tells why") from error
    keys = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    tests = keys.get("tests")
    if tests is None or list(keys)[-1] != "tests" or not isinstance(tests, yaml.SequenceNode) or tests.flow_style:
        raise Impossible("the file does not end with its list of tests, so none can be added at its end")
    if (other := keys.get("flow")) is None or other.value != flow:
        raise Impossible(f"the file does not hold the tests of flow {flow}")
    end = "" if text.endswith("\n") else "\n"
    return text + end + "".join(f"{row}\n" for row in _indented(test, tests.start_mark.column))


def _indented(test: list[str], columns: int) -> list[str]:
    return [f"{' ' * columns}{row}" for row in test]
