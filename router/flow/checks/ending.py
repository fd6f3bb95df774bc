"""Steps of on_end run when the call is over: there is nobody to play to, to route or to hang up."""

from router.flow.checks.paths import walk
from router.flow.checks.subflow_summary import Passages, passage_through, traits_of
from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.yaml.node import length_of


def check_ending(draft: ParsedFlow, passages: Passages, report: Report) -> None:
    """F502 where a path from on_end comes to a step that needs a caller; what lies behind it is not looked at."""
    for edge in walk(draft, (draft.on_end,), lambda step: not _needs(step, passages)):
        need = _needs(draft.steps[edge.target], passages)
        if need:
            message = f"on_end comes to `{edge.target}`, and {need} needs a caller"
            report.add("F502", edge.node.mark, message, length=length_of(edge.node))


def _needs(step: ParsedStep, passages: Passages) -> str:
    """What of the step needs a caller, for people; "" when nothing does."""
    if traits_of(step).needs_caller:
        return f"`{step.verb.text}`"
    passage = passage_through(step, passages)
    return f"`{passage.needs_caller}` of the flow that it runs" if passage and passage.needs_caller else ""
