"""For how long may a call stay in a flow, talking apart? What no path bounds, the flow's budget does."""

from collections.abc import Mapping
from typing import Any

from router.flow.analysis.ways import graph_from, longest
from router.flow.model import Flow, Step
from router.flow.verbs import VERBS
from router.flow.verbs.run import Run


def duration_of(flow: Flow, others: Mapping[str, float]) -> float:
    """Seconds on the longest path; infinite when a path can go on for ever. `others` are those of the flows run."""
    graph = graph_from(flow, flow.start)
    steps = {name: flow.steps[name] for name in graph}
    found = longest(graph, lambda name: _seconds(steps[name], others), lambda name: 0.0)
    return found[flow.start]


def _seconds(step: Step[Any], others: Mapping[str, float]) -> float:
    settings = step.settings
    return others[settings.flow] if isinstance(settings, Run) else VERBS[step.verb].timing.most(settings)
