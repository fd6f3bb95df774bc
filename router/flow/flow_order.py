"""In which order flows are read: a flow behind those that it runs, since its names have the types that they return."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from router.flow.findings import Report
from router.flow.yaml.node import Node, length_of

Runs = Mapping[str, Sequence[tuple[Node, str]]]
"""Flow -> (where it names another one, which)."""


def running_order(runs: Runs, report: Report) -> tuple[list[str], set[str]]:
    """(the names of all flows, those that lie on circles).

    A flow that runs itself, over however many others, is reported once for each circle.
    """
    circular: set[str] = set()
    before = {name: {called for _, called in named if called in runs} for name, named in runs.items()}
    while True:
        try:
            return list(TopologicalSorter(before).static_order()), circular
        except CycleError as error:
            # graphlib names the first flow of the circle twice, and each one before the one that runs it.
            circle = list(reversed(error.args[1]))
            circular.update(circle)
            _report(circle, runs, report)
            before[circle[0]].discard(circle[1])


def _report(circle: Sequence[str], runs: Runs, report: Report) -> None:
    node = next(node for node, called in runs[circle[0]] if called == circle[1])
    names = " → ".join(f"`{name}`" for name in circle)
    report.add("F510", node.mark, f"{names}: a flow cannot run itself", length=length_of(node))
