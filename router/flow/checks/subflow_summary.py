"""What a flow does to the calls that other flows send through it, so that no check has to look into it again.

Flows are summed up in reading order, each behind those that it runs: a step that runs one is judged by its passage.
"""

from collections.abc import Mapping

from router.flow.checks.paths import reachable, walk
from router.flow.invalid import INVALID
from router.flow.reading.flows import ParsedFlow, ParsedStep, Passage
from router.flow.verbs import VERBS
from router.flow.verbs.common import INFALLIBLE
from router.flow.verbs.run import Run
from router.flow.verbs.spec import Traits

Passages = Mapping[str, Passage]
"""By the name of the flow."""


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
    if traits_of(step).needs_caller:
        return step.name.text
    passage = passage_through(step, passages)
    return passage.needs_caller if passage is not None else ""


def needs_free_caller(step: ParsedStep, passages: Passages) -> str:
    """What of the step cannot work while the other side rings, for people; "" when nothing needs that."""
    if traits_of(step).needs_free_caller:
        return f"`{step.verb.text}`"
    passage = passage_through(step, passages)
    return f"`{passage.needs_free_caller}` of the flow that it runs" if passage and passage.needs_free_caller else ""


def goes_on_untouched(step: ParsedStep, passages: Passages) -> bool:
    """Whether what follows the step may still find the other side ringing."""
    passage = passage_through(step, passages)
    if passage is not None:
        return passage.returns_untouched and not passage.needs_free_caller
    traits = traits_of(step)
    return not (traits.takes_caller_away or traits.needs_free_caller)


def goes_on_at_once(step: ParsedStep, passages: Passages) -> bool:
    """Whether the step can be over at the instant at which it began."""
    settings = step.settings
    if isinstance(settings, Run):
        return settings.flow in passages and passages[settings.flow].returns_at_once
    return settings is not INVALID and VERBS[step.verb.text].timing.at_once(settings)


def traits_of(step: ParsedStep) -> Traits:
    """Of its verb; a word that is no verb has none."""
    spec = VERBS.get(step.verb.text)
    return INFALLIBLE if spec is None else spec.traits
