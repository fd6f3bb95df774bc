"""Flows that other flows run: where their errors go, and whether anybody runs them."""

from collections.abc import Mapping, Sequence

from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow
from router.flow.yaml.node import length_of


def share_on_error(all_parsed: Mapping[str, ParsedFlow]) -> None:
    """Note which flows have an on_error to go to: their own, or that of every call that can get into them.

    An error in a flow that another one runs, and that has no on_error itself, is the matter of the flow that took the
    call. `all_parsed` have each flow behind those that it runs.
    """
    runners = runners_of(all_parsed)
    safe: dict[str, bool] = {}  # whether every call that is in the flow was taken by one with an on_error
    for name in reversed(list(all_parsed)):
        parsed = all_parsed[name]
        callers = [safe.get(caller, True) for caller in runners.get(name, ())]
        takes_calls = parsed.takes is not None or not callers
        safe[name] = all(callers) and (parsed.has_on_error or not takes_calls)
        parsed.rescued = parsed.has_on_error or safe[name]


def runners_of(all_parsed: Mapping[str, ParsedFlow]) -> dict[str, list[str]]:
    """Flow -> the flows that run it."""
    runners: dict[str, list[str]] = {}
    for name, parsed in all_parsed.items():
        for _, called in parsed.runs:
            runners.setdefault(called, []).append(name)
    return runners


def check_runs(all_parsed: Sequence[ParsedFlow], report: Report) -> None:
    """W608 for a flow that neither takes calls nor is run; silent while there are errors, one may be a wrong name."""
    if report.errors:
        return
    run = {called for parsed in all_parsed for _, called in parsed.runs}
    for parsed in all_parsed:
        name = parsed.name
        if parsed.takes is None and name.text not in run:
            message = f"nothing leads into the flow `{name.text}`"
            suggestion = "give it a `for`, or run it from another flow"
            report.add("W608", name.mark, message, length=length_of(name), suggestion=suggestion)
