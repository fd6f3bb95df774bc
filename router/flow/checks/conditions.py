"""Conditions that are the same in every call, and lines of a switch that an earlier one leaves nothing for.

Only what is certain is told: a condition that is not understood, or that would take too long to try out, passes.
"""

import re
from collections.abc import Iterator
from typing import Final

from router.flow.checks.passages import Passages
from router.flow.findings import Report
from router.flow.model import Case, Switch
from router.flow.reading import FlowDraft
from router.flow.source import find, items, length_of
from router.flow.truth import Before, Effort, Formula, can_hold, formula, outcomes

_BOUNDED: Final = re.compile(r"\b(now|limits|visits|call|result|hours|len|hash_percent)\b")


def check_conditions(draft: FlowDraft, passages: Passages, report: Report) -> None:
    """W603 at every such condition."""
    effort = Effort()
    known: dict[tuple[str, ...], list[tuple[int, str]]] = {}  # steps of a large flow often ask the same
    for step in draft.steps.values():
        settings = step.step.settings if step.step is not None else None
        if not step.whole or not isinstance(settings, Switch):
            continue
        asked = tuple(case.when.source if case.when is not None else "" for case in settings.cases)
        if asked not in known:
            known[asked] = list(_told(settings, effort)) if _is_worth_a_look(settings) else []
        for line, message in known[asked]:
            node = find(items(step.settings)[line], "when") or step.verb
            report.add("W603", node.mark, message, length=length_of(node))


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
    """(the line of the switch, what to say of its condition)."""
    before = Before()
    for line, case in enumerate(settings.cases):
        told = _formula(case)
        if told is None:
            continue
        possible = outcomes(told, effort)
        if len(possible) == 1:
            yield line, f"this is always {'true' if True in possible else 'false'}"
        elif not can_hold(told, before, effort):
            yield line, "whenever this is true, a line above is true already"
        before.add(told)


def _formula(case: Case) -> Formula | None:
    return formula(case.when.source) if case.when is not None else None
