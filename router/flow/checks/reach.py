"""Steps that nothing leads to: harmless, but surely not what was meant."""

from router.flow.checks.paths import reachable
from router.flow.checks.subflow_summary import Passages
from router.flow.findings import Report
from router.flow.invalid import INVALID
from router.flow.reading.flows import ParsedFlow
from router.flow.yaml.node import length_of


def check_reach(draft: ParsedFlow, passages: Passages, report: Report) -> None:
    """W601 for every step that no path comes to; silent about an Invalid flow, since a wrong edge may be one."""
    if draft.flow is INVALID:
        return
    reached = reachable(draft, (draft.start, draft.on_error, draft.on_end))
    for name, step in draft.steps.items():
        if name not in reached:
            report.add("W601", step.name.mark, f"nothing leads to `{name}`", length=length_of(step.name))
