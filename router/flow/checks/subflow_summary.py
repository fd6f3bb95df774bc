"""What a flow does to the calls that other flows send through it, so that no check has to look into it again.

Flows are summed up in reading order, each behind those that it runs: a step that runs one is judged by its passage.
"""

from collections.abc import Mapping
from typing import Final

from router.flow.checks.paths import reachable, walk
from router.flow.invalid import INVALID
from router.flow.model import NEEDS_CALLER, Run, Verb, Wait
from router.flow.reading import ParsedFlow, ParsedStep, Passage

Passages = Mapping[str, Passage]
"""By the name of the flow."""

TAKES_AWAY: Final = frozenset({"route", "hangup", "release"})
NEEDS_FREE_CALLER: Final = frozenset({"play", "menu", "collect"})
INSTANT: Final = frozenset(
    {"switch", "set", "sms", "split", "lookup", "remember", "callback", "callback_group", "task", "notify"}
)
"""Verbs whose step can be over at the instant at which it began; a lookup may have its answer already."""


def passage_of(draft: ParsedFlow, passages: Passages) -> Passage:
    """The summary of one flow; `passages` are those of the flows that it runs."""
    steps = [draft.steps[name] for name in reachable(draft, (draft.start,))]
    untouched = _walked(draft, passages, "untouched")
    at_once = _walked(draft, passages, "at_once")
    return Passage(
        needs_caller=next((need for step in steps if (need := _needs_caller(step, passages))), ""),
        needs_free_caller=next((step.name.text for step in untouched if needs_free_caller(step, passages)), ""),
        returns_untouched=any(step.verb.text == "return" for step in untouched),
        returns_at_once=any(step.verb.text == "return" for step in at_once),
    )


def _walked(draft: ParsedFlow, passages: Passages, how: str) -> list[ParsedStep]:
    goes_on = goes_on_untouched if how == "untouched" else goes_on_at_once
    return [draft.steps[edge.target] for edge in walk(draft, (draft.start,), lambda step: goes_on(step, passages))]


def passage_through(step: ParsedStep, passages: Passages) -> Passage | None:
    """Of the flow that the step runs."""
    settings = step.settings
    return passages.get(settings.flow) if isinstance(settings, Run) else None


def _needs_caller(step: ParsedStep, passages: Passages) -> str:
    if step.verb.text in NEEDS_CALLER:
        return step.name.text
    passage = passage_through(step, passages)
    return passage.needs_caller if passage is not None else ""


def needs_free_caller(step: ParsedStep, passages: Passages) -> str:
    """What of the step cannot work while the other side rings, for people; "" when nothing needs that."""
    if step.verb.text in NEEDS_FREE_CALLER:
        return f"`{step.verb.text}`"
    passage = passage_through(step, passages)
    return f"`{passage.needs_free_caller}` of the flow that it runs" if passage and passage.needs_free_caller else ""


def goes_on_untouched(step: ParsedStep, passages: Passages) -> bool:
    """Whether what follows the step may still find the other side ringing."""
    passage = passage_through(step, passages)
    if passage is not None:
        return passage.returns_untouched and not passage.needs_free_caller
    return step.verb.text not in TAKES_AWAY | NEEDS_FREE_CALLER


def goes_on_at_once(step: ParsedStep, passages: Passages) -> bool:
    """Whether the step can be over at the instant at which it began."""
    return step.settings is not INVALID and is_instant(step.settings, step.verb.text, passages)


def is_instant(settings: Verb, verb: str, passages: Passages) -> bool:
    """The same of a step's settings."""
    if isinstance(settings, Wait):
        return not settings.seconds  # hours that are open already make no one wait
    if isinstance(settings, Run):
        return settings.flow in passages and passages[settings.flow].returns_at_once
    return verb in INSTANT
