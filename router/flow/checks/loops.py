"""Circles of steps in which neither a key is pressed nor time passes: a call in one of them would never come out.

A switch may well lead out of such a circle; it is refused all the same, since nothing but the budget would prove it.
Exits that are not written do not close a circle, because on_error is taken once in a call.
"""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from router.flow.checks.skipped import may_be_skipped
from router.flow.checks.subflow_summary import Summaries, goes_on_at_once
from router.flow.findings import Report
from router.flow.reading.flow_scope import Edge
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.verbs.route import Route
from router.flow.verbs.transfer import Transfer
from router.flow.yaml.node import length_of

MOST_CIRCLES: Final = 20  # reported of one flow


def check_loops(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """F504 once for each such circle, at its first step."""
    following = {
        name: [edge.target for edge in edges]
        for name, step in parsed.steps.items()
        if (edges := _left_at_once(step, summaries))
    }
    place = {name: number for number, name in enumerate(parsed.steps)}
    for _ in range(MOST_CIRCLES):
        circle = _circle(following)
        if not circle:
            return
        first = min(circle, key=place.__getitem__)
        at = circle.index(first)
        names = " → ".join(f"`{name}`" for name in [*circle[at:], *circle[: at + 1]])
        node = parsed.steps[first].name
        report.add("F504", node.mark, f"{names} never waits for a key or for time", length=length_of(node))
        for name in circle:
            del following[name]


def _left_at_once(step: ParsedStep, summaries: Summaries) -> Sequence[Edge]:
    """The exits by which the step can be over at the instant at which it began."""
    if goes_on_at_once(step, summaries):
        return step.edges
    settings = step.settings
    if not isinstance(settings, Route | Transfer) or not _may_have_nobody(settings):
        return ()
    written = {edge.exit for edge in step.edges}
    taken = "unavailable" if "unavailable" in written else "else"
    return [edge for edge in step.edges if edge.exit == taken]


def _may_have_nobody(settings: Route | Transfer) -> bool:
    asks = isinstance(settings, Route) and settings.online_only
    return all(may_be_skipped(to, online_only=asks) for to in settings.to)


def _circle(following: dict[str, list[str]]) -> list[str]:
    """The names of one circle in the order walked, or none."""
    inside = {name: [target for target in targets if target in following] for name, targets in following.items()}
    try:
        TopologicalSorter(inside).prepare()
    except CycleError as error:
        # graphlib takes edges as "depends on", so it walks a circle backwards and names its first step twice.
        return list(reversed(error.args[1][1:]))
    return []
