"""Conditions that are the same in every call, and lines of a switch that an earlier one leaves nothing for.

Only what is certain is told: a condition that is not understood, or that would take too long to look at, passes.
"""

import re
from collections.abc import Iterator
from typing import Final

from router.flow.checks.subflow_summary import Summaries
from router.flow.condition_analysis import Before, Effort, analysed, outcomes
from router.flow.findings import Report
from router.flow.reading.flows import ParsedFlow
from router.flow.suggestions.advice import Advice, Suggestion
from router.flow.suggestions.fixes import report_at
from router.flow.verbs.switch import Switch
from router.flow.yaml.node import find, items

_BOUNDED: Final = re.compile(r"\b(now|limits|visits|call|result|hours|len|hash_percent)\b")


_SUNDAY: Final = re.compile(r"\bnow\.weekday\s*(==|!=)\s*0\b")
_SPANS: Final = {
    "now.weekday": "1 (Monday) to 7 (Sunday)",
    "now.hour": "0 to 23",
    "now.minute": "0 to 59",
    "hash_percent": "0 to 99",
}


def in_range(source: str) -> Suggestion:
    """What the numbers of a condition that never changes can be; a week that begins with Sunday as 0 is mended."""
    if _SUNDAY.search(source):
        said = _SUNDAY.sub(r"now.weekday \1 7", source)
        return Advice(f"write `{said}`: weekdays are {_SPANS['now.weekday']}", said)
    return "; ".join(f"`{name}` is {span}" for name, span in _SPANS.items() if re.search(rf"\b{name}\b", source))


def check_conditions(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """W603 at every such condition."""
    effort = Effort()
    known: dict[tuple[str, ...], list[tuple[int, str]]] = {}  # steps of a large flow often ask the same
    for step in parsed.steps.values():
        settings = step.settings
        if not isinstance(settings, Switch):
            continue
        asked = tuple(case.when.source if case.when is not None else "" for case in settings.cases)
        if asked not in known:
            known[asked] = list(_told(settings, effort)) if _is_worth_a_look(settings) else []
        for line, message in known[asked]:
            node = find(items(step.written)[line], "when") or step.verb
            report_at(report, "W603", node, message, in_range(node.text) if "always" in message else "")


def _is_worth_a_look(settings: Switch) -> bool:
    """Nothing is certain about conditions that name nothing twice, and no number with a range."""
    conditions = [case.when for case in settings.cases if case.when is not None]
    named = [name for condition in conditions for name in condition.names]
    return len(set(named)) < len(named) or any(
        not condition.names
        or _BOUNDED.search(condition.source)
        or any(condition.source.count(name) > 1 for name in condition.names)
        for condition in conditions
    )


def _told(settings: Switch, effort: Effort) -> Iterator[tuple[int, str]]:
    """(the line of the switch, what to say of its condition). What is the same in every call hides no other line."""
    before = Before()
    for line, case in enumerate(settings.cases):
        formula = analysed(case.when) if case.when is not None else None
        if formula is None:
            continue
        possible = outcomes(formula, effort)
        if len(possible) == 1:
            yield line, f"this is always {'true' if True in possible else 'false'}"
            continue
        if not before.leave(formula, effort):
            yield line, "whenever this is true, a line above is true already"
        before.add(formula)
