"""What is known only when a call is over, asked while it goes on."""

import re
from collections.abc import Iterator
from typing import Final

from router.flow.checks.paths import walk
from router.flow.checks.subflow_summary import Summaries
from router.flow.findings import Report
from router.flow.reading.flow_scope import Edge
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.yaml.node import Node, items, pairs
from router.flow.yaml.positions import place_of

_END: Final = re.compile(r"\bcall\.end_reason\b")
ENDED: Final = "ended"  # the exit of a watch that is taken when the call is over


def check_ended(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """W622 at `call.end_reason` in a step that runs before the end only. A sub-flow may run at either time."""
    lines = report.lines.get(parsed.name.mark.file, ())
    if parsed.takes is None or not parsed.flow or not any("end_reason" in line for line in lines):
        return
    over = {edge.target for edge in walk(parsed, tuple(_ends(parsed)), lambda step: True)}
    for name, step in parsed.steps.items():
        for node in _texts(step.written) if name not in over else ():
            if (found := _END.search(node.text)) is not None:
                message = "`call.end_reason` is 0 until the call is over"
                advice = "ask it in a step of on_end, or behind `ended` of a watch"
                mark = place_of(node, found.start(), lines)
                report.add("W622", mark, message, length=len(found[0]), suggestion=advice)


def _ends(parsed: ParsedFlow) -> Iterator[Edge | None]:
    """Where a call that is over goes on."""
    yield parsed.on_end
    yield parsed.finally_
    for step in parsed.steps.values():
        yield from _after_the_end(step)


def _after_the_end(step: ParsedStep) -> Iterator[Edge]:
    if step.verb.text == "watch":
        yield from (edge for edge in step.edges if edge.exit == ENDED)


def _texts(node: Node) -> Iterator[Node]:
    """Every text that is written in it."""
    if node.kind == "scalar":
        yield node
    for _, value in pairs(node):
        yield from _texts(value)
    for one in items(node):
        yield from _texts(one)
