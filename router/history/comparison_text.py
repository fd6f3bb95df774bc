"""Replayed calls for people and for programs: how many end elsewhere, which, and why."""

from typing import Any, Final

from router.flow.model import Bundle
from router.history.comparison import Comparison, Summary, Way, summed, told

MOST_REASONS: Final = 10


def problem_of(found: list[Comparison], most_percent: float) -> str:
    """What forbids to publish; "" when as few calls end elsewhere as are allowed to."""
    percent = summed(found).percent_elsewhere
    return f"{percent:.1f} % end elsewhere, {most_percent:g} % are allowed" if percent > most_percent else ""


def explained(found: list[Comparison], bundle: Bundle, show: int) -> str:
    """How many calls end elsewhere, and the ways of some of them."""
    summary = summed(found)
    rows = [
        f"{_many(summary.calls, 'call')} under version {bundle.version}",
        *_not_comparable(summary),
        f"  {summary.elsewhere} end elsewhere ({summary.percent_elsewhere:.1f} %)",
        f"  {summary.another_way} go another way to the same end",
    ]
    if summary.assumed:
        rows.append(f"  {summary.assumed} hold a guess: an answer that nobody recorded was assumed")
    rows += [f"  {outcome}: {number}" for outcome, number in summary.outcomes.items()]
    elsewhere = [one for one in found if one.elsewhere]
    rows += [row for one in elsewhere[:show] for row in _one_explained(one)]
    if len(elsewhere) > show:
        rows.append(f"\n{len(elsewhere) - show} more end elsewhere: see --show and --json")
    return "\n".join(rows)


def _not_comparable(summary: Summary) -> list[str]:
    """How many calls nothing can be said of, and why."""
    number = sum(summary.not_comparable.values())
    if not number:
        return []
    reasons = [f"    {_many(count, 'call')}: {reason}" for reason, count in summary.not_comparable.items()]
    left_out = len(reasons) - MOST_REASONS
    shown = [*reasons[:MOST_REASONS], f"    {left_out} more reasons: see --json"] if left_out > 0 else reasons
    return [f"  {number} not comparable, and counted as neither changed nor unchanged", *shown]


def _one_explained(one: Comparison) -> list[str]:
    guess = f", {_many(one.assumed, 'answer')} assumed" if one.assumed else ""
    return [f"\ncall {one.entry_id} (version {one.version}{guess})", *(f"  {line}" for line in one.diff())]


def as_object(summary: Summary, found: list[Comparison], bundle: Bundle) -> dict[str, Any]:
    return {
        "version": bundle.version,
        "calls": summary.calls,
        "compared": summary.compared,
        "not_comparable": sum(summary.not_comparable.values()),
        "reasons": summary.not_comparable,
        "elsewhere": summary.elsewhere,
        "percent_elsewhere": round(summary.percent_elsewhere, 2),
        "another_way": summary.another_way,
        "assumed": summary.assumed,
        "outcomes": summary.outcomes,
        "differing": [_differing(one) for one in found if one.differs],
        "not_compared": [
            {"entry_id": one.entry_id, "version": one.version, "reason": one.not_comparable}
            for one in found
            if one.not_comparable
        ],
    }


def _differing(one: Comparison) -> dict[str, Any]:
    was, would_be = one.first_difference or ("", "")
    return {
        "entry_id": one.entry_id,
        "version": one.version,
        "elsewhere": one.elsewhere,
        "assumed": one.assumed,
        "first_difference": {"recorded": was, "replayed": would_be},
        "recorded": _way(one.recorded),
        "replayed": _way(one.replayed),
        "diff": one.diff(),
    }


def comparison_object(one: Comparison) -> dict[str, Any]:
    """One call as it was and as it would be, whatever came of it."""
    return {**_differing(one), "differs": one.differs, "not_comparable": one.not_comparable}


def _way(way: Way) -> dict[str, Any]:
    commands = [told(command, label) for command, label in way.commands]
    return {"outcome": way.outcome, "step": way.step, "steps": list(way.steps), "commands": commands}


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
