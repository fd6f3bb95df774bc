"""What would go wrong in a call although every name and every type is right.

Each check is a function of one parsed flow (or of all of them) and the report; the tables below are all there are. A
check says one mistake once, at the place where it can be put right, and nothing of what is Invalid.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from router.flow.checks.claimed_lines import check_lines
from router.flow.checks.constant_conditions import check_conditions
from router.flow.checks.display import check_display
from router.flow.checks.ended import check_ended
from router.flow.checks.ending import check_ending, check_whose_end
from router.flow.checks.keys import check_keys
from router.flow.checks.loops import check_loops
from router.flow.checks.prompt_keys import check_saying
from router.flow.checks.reach import check_reach
from router.flow.checks.ring_timeouts import check_ringing, check_taken_ringing
from router.flow.checks.runs import check_runs, share_on_error
from router.flow.checks.subflow_summary import SubflowSummary, Summaries, summary_of
from router.flow.checks.unwritten_exits import check_exits
from router.flow.findings import Finding, Report
from router.flow.load_cache import Kept
from router.flow.reading.flows import ParsedFlow

FLOW_CHECKS: Final[tuple[Callable[[ParsedFlow, Summaries, Report], None], ...]] = (
    check_exits,
    check_ending,
    check_whose_end,
    check_ended,
    check_ringing,
    check_taken_ringing,
    check_loops,
    check_keys,
    check_saying,
    check_display,
    check_conditions,
    check_reach,
)
BUNDLE_CHECKS: Final[tuple[Callable[[Sequence[ParsedFlow], Report], None], ...]] = (check_lines, check_runs)


def check_flows(all_parsed: Mapping[str, ParsedFlow], report: Report, kept: Mapping[str, Kept]) -> None:
    """Run every check over every flow of a bundle; each flow stands behind those that it runs. `kept` has what was
    found in a flow before ("flows.NAME"), as long as neither it nor a flow that it runs was read anew."""
    share_on_error(all_parsed)
    summaries: dict[str, SubflowSummary] = {}
    for name, parsed in all_parsed.items():
        check = partial(_checked, parsed, summaries, report)
        found, summaries[name] = kept.get(f"flows.{name}", Kept()).keep("checks", check, parsed.rescued)
        report.findings.extend(found)
    for check_all in BUNDLE_CHECKS:
        check_all(tuple(all_parsed.values()), report)


def _checked(parsed: ParsedFlow, summaries: Summaries, report: Report) -> tuple[list[Finding], SubflowSummary]:
    """What the checks say of one flow, and its summary."""
    own = Report(lines=report.lines, files=report.files)
    for check in FLOW_CHECKS:
        check(parsed, summaries, own)
    return own.findings, summary_of(parsed, summaries)
