"""`ring` gives up waiting but leaves the other side ringing, so that the next route or hangup can take the call away.

Until one of them does, the caller is with the ringing side: no prompt can be played and no key collected (§3.2.6).
"""

from router.flow.checks.paths import walk
from router.flow.checks.skipped import may_be_skipped
from router.flow.checks.subflow_summary import Summaries, goes_on_untouched, needs_free_caller
from router.flow.findings import Report
from router.flow.reading.flow_scope import Edge
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.suggestions.advice import offer
from router.flow.suggestions.fixes import report_at
from router.flow.verbs.route import Route
from router.flow.yaml.node import find, length_of


def check_ringing(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """F503 at the no_answer exit of a route with `ring` whose path comes to such a step too early."""
    for step in parsed.steps.values():
        settings = step.settings
        if isinstance(settings, Route) and _leaves_ringing(settings):
            _check(parsed, step, summaries, report)


def _leaves_ringing(settings: Route) -> bool:
    """Whether the last destination that is tried may still ring when it is given up."""
    for to, seconds in zip(reversed(settings.to), reversed(settings.ring), strict=False):
        if seconds:
            return True
        if not may_be_skipped(to, online_only=settings.online_only):
            return False
    return False


def check_taken_ringing(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """F503 where a flow takes calls that ring at an employee (`location: abonent`) and begins with such a step."""
    location = find(parsed.takes_node, "location")
    if location is None or location.text != "abonent":
        return
    for passed in walk(parsed, (parsed.start,), lambda reached: goes_on_untouched(reached, summaries)):
        need = needs_free_caller(parsed.steps[passed.target], summaries)
        if need:
            message = f"a call taken at an employee rings there, and {need} of `{passed.target}` cannot work then"
            report_at(report, "F503", location, message, offer(["ivr"]))
            return


def _check(parsed: ParsedFlow, step: ParsedStep, summaries: Summaries, report: Report) -> None:
    edge = _no_answer(parsed, step)
    for passed in walk(parsed, (edge,), lambda reached: goes_on_untouched(reached, summaries)):
        need = needs_free_caller(parsed.steps[passed.target], summaries)
        if edge is not None and need:
            node = edge.node if edge is not parsed.on_error else step.verb
            report.add(
                "F503",
                node.mark,
                f"no_answer of `{step.name.text}` comes to `{passed.target}` while the other side still rings, "
                f"and {need} cannot work then",
                length=length_of(node),
                suggestion="go to a route or a hangup, or leave `ring` out",
            )
            return


def _no_answer(parsed: ParsedFlow, step: ParsedStep) -> Edge | None:
    """Where no_answer goes: its own exit, else `else`, else on_error."""
    written = {edge.exit: edge for edge in step.edges}
    return written.get("no_answer") or written.get("else") or parsed.on_error
