"""Read `*.test.yaml` into tests, with every mistake as a finding at its place.

The shape is checked first, against `schemas/test.schema.json`; what is found here afterwards is what only the bundle
can tell (flows, lists, variables) and what the order of a script's lines makes of them. A file with a finding gives
no scripts: half a suite that passes would lie.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from router.engine.manual_step import VERBS as TAKE_OVER
from router.flow.durations import parse_duration
from router.flow.findings import Finding, Report, did_you_mean
from router.flow.model import Bundle, Mark
from router.flow.schema.schema_check import check_shape
from router.flow.verbs import COMMAND_NAMES, COMMANDS
from router.flow.yaml.node import Node, find, items, length_of, pairs, split_lines
from router.simulator.compare import reader
from router.simulator.compose import FaultLine, LimitLine, ResultLine, compose
from router.simulator.read_given import read_given
from router.simulator.read_steps import read_lookups
from router.simulator.script import (
    CONSULTS,
    WAITS,
    ByHand,
    Expect,
    ExpectEnd,
    ExpectReturn,
    Fault,
    HangUp,
    Happen,
    InLists,
    Keys,
    Line,
    LookupEnds,
    Nothing,
    Script,
    Wait,
)
from router.simulator.words import HAPPENS


def read_scripts(
    tests: Mapping[str, Node], bundle: Bundle, texts: Mapping[str, str], files: Mapping[str, bytes] | None = None
) -> tuple[list[Script], tuple[Finding, ...]]:
    """The scripts of a bundle's test files, and every finding in them; `texts` are the files, which findings quote, and
    `files` those of the bundle that tests may name, where these are more."""
    at_hand = files if files is not None else {file: text.encode() for file, text in texts.items()}
    report = Report(files=at_hand, lines={file: split_lines(texts[file]) for file in tests if file in texts})
    scripts = [script for file in sorted(tests) for script in _read_file(tests[file], bundle, report)]
    return scripts, report.sorted()


def _read_file(root: Node, bundle: Bundle, report: Report) -> list[Script]:
    before = report.errors
    check_shape(root, "test", report)
    flow, tests = find(root, "flow"), find(root, "tests")
    if report.errors > before or flow is None or tests is None:
        return []
    if flow.text not in bundle.flows:
        message = f"the bundle has no flow `{flow.text}`"
        report.add("F312", flow.mark, message, length=length_of(flow), suggestion=did_you_mean(flow.text, bundle.flows))
        return []
    scripts = [_read_test(node, flow.text, bundle, report) for node in items(tests)]
    return scripts if report.errors == before else []


def _read_test(node: Node, flow_name: str, bundle: Bundle, report: Report) -> Script:
    name = find(node, "name")
    script = find(node, "script")
    written = (
        [line for item in items(script) for line in read_line(item, flow_name, bundle, report)]
        if script is not None
        else []
    )
    composed = compose(written)
    for misplaced in composed.misplaced:
        report.add("F507", misplaced.line.mark, misplaced.reason)
    return Script(
        file=node.mark.file,
        flow=flow_name,
        name=name.text if name is not None else "",
        mark=name.mark if name is not None else node.mark,
        given=read_given(find(node, "given"), bundle, flow_name, report),
        lines=composed.lines,
        plans=composed.plans,
        opening=composed.opening,
    )


def read_line(item: Node, flow: str, bundle: Bundle, report: Report) -> Iterator[Line]:
    """The one line that an item is; nothing when it was reported."""
    for key, value in pairs(item):
        if key.text == "lookup":
            yield from _lookup(value, key, bundle, flow, report)
            continue
        line = READERS[key.text](value, key.mark, report) if key.text in READERS else None
        if line is not None:
            yield line


def _lookup(node: Node, key: Node, bundle: Bundle, flow: str, report: Report) -> Iterator[Line]:
    """`lookup: {STEP: ANSWER}`"""
    before = report.errors
    for name, (answer,) in read_lookups(node, bundle, bundle.flows[flow], report).items():
        if answer.state == WAITS:
            report.add("F507", answer.mark, f"the lookup {name} waits until this line: write what it gets", length=5)
        yield LookupEnds(mark=key.mark, lookup=name, answer=replace(answer, repeats=False))
        return
    if report.errors == before:
        report.add("F507", key.mark, "a lookup in a table has its answer at once", length=length_of(key))


def _expect(node: Node, mark: Mark, report: Report) -> Line | None:
    """`expect: hangup`, or a map of a command and what is compared of it."""
    entries: list[tuple[Node, Node | None]] = [(node, None)] if node.kind == "scalar" else [*pairs(node)]
    commands = [(key, value) for key, value in entries if key.text in COMMANDS]
    if len(commands) != 1:
        wanted = ", ".join(COMMANDS)
        report.add("F205" if not commands else "F211", node.mark, f"`expect` names one command: {wanted}")
        return None
    command, value = commands[0]
    others = [(key, field) for key, field in entries if key is not command and field is not None]
    fields = [*_fields_of(command.text, value), *(found for key, field in others for found in _flat(key, field))]
    _check_fields(command.text, fields, report)
    compared = tuple((name, _said(field)) for name, field, _ in fields)
    return Expect(mark=mark, command=command.text, fields=compared)


Fields = list[tuple[str, Node, Node]]
"""(field, value, where to point)."""


def _fields_of(command: str, value: Node | None) -> Fields:
    """What stands under the command's own name."""
    if value is None or value.empty:
        return []
    if value.kind == "mapping":
        return [found for key, field in pairs(value) for found in _flat(key, field)]
    return [(COMMANDS[command].main or command, value, value)]


def _flat(key: Node, field: Node) -> Fields:
    """A field, or all that stand in it, each under its path."""
    if field.kind != "mapping":
        return [(key.text, field, key)]
    inner = [found for name, value in pairs(field) for found in _flat(name, value)]
    return [(f"{key.text}.{path}", value, place) for path, value, place in inner]


def _said(node: Node) -> str:
    """A value as it is compared; lists by what they hold."""
    return node.text if node.kind == "scalar" else f"[{', '.join(map(_said, items(node)))}]"


def _check_fields(command: str, fields: Fields, report: Report) -> None:
    known = [*COMMANDS[command].fields]
    for name, _, place in fields:
        if reader(command, name) is None:
            what = f"`{name}` cannot be compared of a {command}"
            report.add("F201", place.mark, what, length=length_of(place), suggestion=did_you_mean(name, known))


def _wait(node: Node, mark: Mark, report: Report) -> Line | None:
    seconds = _duration(node, report)
    return None if seconds is None else Wait(mark=mark, seconds=seconds)


def _nothing(node: Node, mark: Mark, report: Report) -> Line | None:
    seconds = _duration(node, report)
    return None if seconds is None else Nothing(mark=mark, seconds=seconds)


def _duration(node: Node, report: Report) -> float | None:
    seconds = parse_duration(node.text)
    if seconds is None:
        report.add("F207", node.mark, f"`{node.text}` is not a duration such as 15s", length=length_of(node))
    return seconds


def _remembered(node: Node, mark: Mark, report: Report) -> Line | None:
    values = [(name.text, one.text) for name, node in pairs(node) for one in (items(node) or [node])]
    return InLists(mark=mark, values=tuple(values))


def _keys(node: Node, mark: Mark, report: Report) -> Line | None:
    return Keys(mark=mark, digits=node.text)


def _hangup(node: Node, mark: Mark, report: Report) -> Line | None:
    return HangUp(mark=mark)


def _by_hand(node: Node, mark: Mark, report: Report) -> Line | None:
    """`by_hand: hangup`, or `{route: "101", then: STEP}`."""
    then = find(node, "then") if node.kind == "mapping" else None
    command = next((key for key, _ in pairs(node) if key.text != "then"), node)
    if command.text not in BY_HAND:
        report.add("F205", node.mark, f"`by_hand` names one command: {', '.join(BY_HAND)}")
        return None
    to = find(node, command.text) if command.text != "hangup" else None
    follows = then.text if then is not None else "resume"
    return ByHand(mark=mark, command=command.text, to=to.text if to is not None else "", then=follows)


BY_HAND: Final = tuple(COMMAND_NAMES[path] for path in TAKE_OVER)
"""Commands that take a call over."""


def _expect_return(node: Node, mark: Mark, report: Report) -> Line | None:
    """`expect_return: ok`, or `{as: ok, with: {…}}`."""
    name = node if node.kind == "scalar" else find(node, "as")
    values = find(node, "with") if node.kind == "mapping" else None
    said = tuple((key.text, _said(value)) for key, value in pairs(values)) if values is not None else ()
    return ExpectReturn(mark=mark, exit=name.text if name is not None else "", values=said)


def _expect_end(node: Node, mark: Mark, report: Report) -> Line | None:
    return ExpectEnd(mark=mark, outcome=node.text)


def _pbx(node: Node, mark: Mark, report: Report) -> Line | None:
    """A bare word, or a map of one word with its value."""
    for key, value in pairs(node):
        return PBX_WITH_VALUE[key.text](value, mark, report)
    if node.text == "limit":
        return LimitLine(mark=mark)
    if node.text in HAPPENS:
        return Happen(mark=mark, what=HAPPENS[node.text])
    return FaultLine(mark=mark, fault=Fault(kind=node.text))


def _result(node: Node, mark: Mark, report: Report) -> Line | None:
    return ResultLine(mark=mark, code=int(node.text))


def _consults(node: Node, mark: Mark, report: Report) -> Line | None:
    return Happen(mark=mark, what=CONSULTS, colleague=node.text)


def _delay(node: Node, mark: Mark, report: Report) -> Line | None:
    seconds = _duration(node, report)
    return None if seconds is None else FaultLine(mark=mark, fault=Fault(kind="delay", seconds=seconds))


Reader = Callable[[Node, Mark, Report], Line | None]

READERS: Final[Mapping[str, Reader]] = {
    "expect": _expect,
    "wait": _wait,
    "nothing": _nothing,
    "remembered": _remembered,
    "keys": _keys,
    "pbx": _pbx,
    "hangup": _hangup,
    "by_hand": _by_hand,
    "expect_end": _expect_end,
    "expect_return": _expect_return,
}

PBX_WITH_VALUE: Final[Mapping[str, Reader]] = {"result": _result, "consults": _consults, "delay": _delay}
