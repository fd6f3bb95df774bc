"""Steps of on_end run when the call is over: there is nobody to play to, to route or to hang up."""

from router.flow.checks.paths import walk
from router.flow.checks.subflow_summary import Summaries, summary_through, traits_of
from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.yaml.node import length_of


def check_ending(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """F502 where a path from on_end comes to a step that needs a caller; what lies behind it is not looked at."""
    for edge in walk(parsed, (parsed.on_end,), lambda step: not _needs(step, summaries)):
        need = _needs(parsed.steps[edge.target], summaries)
        if need:
            message = f"on_end comes to `{edge.target}`, and {need} needs a caller"
            report.add("F502", edge.node.mark, message, length=length_of(edge.node))


def _needs(step: ParsedStep, summaries: Summaries) -> str:
    """What of the step needs a caller, for people; "" when nothing does."""
    if traits_of(step).needs_caller:
        return f"`{step.verb.text}`"
    summary = summary_through(step, summaries)
    return f"`{summary.needs_caller}` of the flow that it runs" if summary and summary.needs_caller else ""
