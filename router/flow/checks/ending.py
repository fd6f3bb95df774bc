"""Steps of on_end run when the call is over: there is nobody to play to, to route or to hang up."""

from typing import Final

from router.flow.checks.paths import walk
from router.flow.findings import Report
from router.flow.reading import FlowDraft, StepDraft
from router.flow.source import length_of

NEEDS_CALLER: Final = frozenset({"menu", "collect", "play", "route", "transfer", "hangup", "watch", "record"})


def check_ending(draft: FlowDraft, report: Report) -> None:
    """F502 where a path from on_end comes to a step that needs a caller; what lies behind it is not looked at."""
    for edge in walk(draft, (draft.on_end,), _works_without_caller):
        step = draft.steps[edge.target]
        if not _works_without_caller(step):
            message = f"on_end comes to `{edge.target}`, and `{step.verb.text}` needs a caller"
            report.add("F502", edge.node.mark, message, length=length_of(edge.node))


def _works_without_caller(step: StepDraft) -> bool:
    return step.verb.text not in NEEDS_CALLER
