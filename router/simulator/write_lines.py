"""Lines of a script as an author writes them."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from router.flow.durations import format_duration
from router.simulator.compose import ResultLine
from router.simulator.script import (
    ByHand,
    Expect,
    ExpectEnd,
    ExpectReturn,
    HangUp,
    Happen,
    InLists,
    Keys,
    LateResult,
    Line,
    LookupEnds,
    Nothing,
    Wait,
)
from router.simulator.update import said, scalar


def written(line: Line) -> str:
    """The line without its dash: `keys: "1"`."""
    return WRITE[type(line)](line)


def _by_hand(line: ByHand) -> str:
    then = "" if line.then == "resume" else f", then: {line.then}"
    return f'by_hand: {{{line.command}: "{line.to}"{then}}}' if line.to or then else f"by_hand: {line.command}"


def _expect_return(line: ExpectReturn) -> str:
    if not line.values:
        return f"expect_return: {line.exit}"
    values = ", ".join(f"{name}: {scalar(value)}" for name, value in line.values)
    return f"expect_return: {{as: {line.exit}, with: {{{values}}}}}"


def _lookup_ends(line: LookupEnds) -> str:
    answer = line.answer
    values = ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in answer.outputs.items())
    return f"lookup: {{{line.lookup}: {f'{{{values}}}' if answer.state == 'found' else answer.state}}}"


def _in_lists(line: InLists) -> str:
    found: dict[str, list[str]] = {}
    for name, value in line.values:
        found.setdefault(name, []).append(f'"{value}"')
    lists = ", ".join(f"{name}: [{', '.join(values)}]" for name, values in found.items())
    return f"remembered: {{{lists}}}"


WRITE: Final[Mapping[type[Line], Callable[[Any], str]]] = {
    Expect: lambda line: f"expect: {said(line)}",
    Wait: lambda line: f"wait: {format_duration(line.seconds)}",
    Nothing: lambda line: f"nothing: {format_duration(line.seconds)}",
    InLists: _in_lists,
    Keys: lambda line: f'keys: "{line.digits}"',
    Happen: lambda line: f'pbx: {{{line.what}: "{line.colleague}"}}' if line.colleague else f"pbx: {line.what}",
    ResultLine: lambda line: f"pbx: {{result: {line.code}}}",
    LateResult: lambda line: f"pbx: {{result: {line.code}}}",
    LookupEnds: _lookup_ends,
    HangUp: lambda line: "hangup: {}",
    ByHand: _by_hand,
    ExpectEnd: lambda line: f"expect_end: {line.outcome}",
    ExpectReturn: _expect_return,
}
