"""Steps that nothing leads to: harmless, but surely not what was meant."""

from router.flow.checks.paths import reachable
from router.flow.checks.subflow_summary import Summaries
from router.flow.findings import Report
from router.flow.invalid import INVALID
from router.flow.reading.flows import ParsedFlow
from router.flow.yaml.node import length_of


def check_reach(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """W601 for every step that no path comes to; silent about an Invalid flow, since a wrong edge may be one."""
    if parsed.flow is INVALID:
        return
    reached = reachable(parsed, (parsed.start, parsed.on_error, parsed.on_end, parsed.finally_))
    for name, step in parsed.steps.items():
        if name not in reached:
            report.add("W601", step.name.mark, f"nothing leads to `{name}`", length=length_of(step.name))
