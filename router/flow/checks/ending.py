"""Steps of on_end and of finally run when the call is over: there is nobody to play to, to route or to hang up."""

from router.flow.checks.paths import walk
from router.flow.checks.subflow_summary import Summaries, summary_through, traits_of
from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.yaml.node import find, length_of


def check_ending(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """F502 where a path from one of them comes to a step that needs a caller; what lies behind it is not looked at."""
    told: set[str] = set()  # a step that both come to is told of once
    for begin in (parsed.on_end, parsed.finally_):
        for edge in walk(parsed, (begin,), lambda step: not _needs(step, summaries)):
            need = _needs(parsed.steps[edge.target], summaries)
            if need and begin and edge.target not in told:
                told.add(edge.target)
                message = f"{begin.exit} comes to `{edge.target}`, and {need} needs a caller"
                report.add("F502", edge.node.mark, message, length=length_of(edge.node))


def check_whose_end(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """W623 at the `finally` of a flow that takes no calls: that of the flow that runs it holds."""
    written = find(parsed.root, "finally")
    if written is not None and not written.invalid and find(parsed.root, "for") is None and parsed.flow:
        message = f"`{parsed.name.text}` takes no calls, so its `finally` never runs"
        advice = "write it into the flow that takes the call: it holds in all flows that this one runs"
        report.add("W623", written.mark, message, length=length_of(written), suggestion=advice)


def _needs(step: ParsedStep, summaries: Summaries) -> str:
    """What of the step needs a caller, for people; "" when nothing does."""
    if traits_of(step).needs_caller:
        return f"`{step.verb.text}`"
    summary = summary_through(step, summaries)
    return f"`{summary.needs_caller}` of the flow that it runs" if summary and summary.needs_caller else ""
