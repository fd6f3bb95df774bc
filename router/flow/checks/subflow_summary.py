"""What a flow does to the calls that other flows send through it, so that no check has to look into it again.

Flows are summed up in reading order, each behind those that it runs: a step that runs one is judged by its summary.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from router.flow.checks.paths import reachable, walk
from router.flow.invalid import INVALID
from router.flow.reading.flows import ParsedFlow, ParsedStep
from router.flow.verbs import VERBS
from router.flow.verbs.common import INFALLIBLE
from router.flow.verbs.run import Run
from router.flow.verbs.spec import Traits


@dataclass(frozen=True, slots=True, kw_only=True)
class SubflowSummary:
    """What becomes of a call that another flow sends through this one."""

    needs_caller: str = ""  # a step that needs a caller, "" when there is none
    needs_free_caller: str = ""  # a prompt or a menu that may come before a route or a hangup
    returns_untouched: bool = False  # it may return with no route or hangup in between
    returns_at_once: bool = False  # it may return with neither a key press nor time in between


Summaries = Mapping[str, SubflowSummary]
"""By the name of the flow."""


def summary_of(parsed: ParsedFlow, summaries: Summaries) -> SubflowSummary:
    """The summary of one flow; `summaries` are those of the flows that it runs."""
    steps = [parsed.steps[name] for name in reachable(parsed, (parsed.start,))]
    untouched = _walked(parsed, summaries, "untouched")
    at_once = _walked(parsed, summaries, "at_once")
    return SubflowSummary(
        needs_caller=next((need for step in steps if (need := _needs_caller(step, summaries))), ""),
        needs_free_caller=next((step.name.text for step in untouched if needs_free_caller(step, summaries)), ""),
        returns_untouched=any(step.verb.text == "return" for step in untouched),
        returns_at_once=any(step.verb.text == "return" for step in at_once),
    )


def _walked(parsed: ParsedFlow, summaries: Summaries, how: str) -> list[ParsedStep]:
    goes_on = goes_on_untouched if how == "untouched" else goes_on_at_once
    return [parsed.steps[edge.target] for edge in walk(parsed, (parsed.start,), lambda step: goes_on(step, summaries))]


def summary_through(step: ParsedStep, summaries: Summaries) -> SubflowSummary | None:
    """Of the flow that the step runs."""
    settings = step.settings
    return summaries.get(settings.flow) if isinstance(settings, Run) else None


def _needs_caller(step: ParsedStep, summaries: Summaries) -> str:
    if traits_of(step).needs_caller:
        return step.name.text
    summary = summary_through(step, summaries)
    return summary.needs_caller if summary is not None else ""


def needs_free_caller(step: ParsedStep, summaries: Summaries) -> str:
    """What of the step cannot work while the other side rings, for people; "" when nothing needs that."""
    if traits_of(step).needs_free_caller:
        return f"`{step.verb.text}`"
    summary = summary_through(step, summaries)
    return f"`{summary.needs_free_caller}` of the flow that it runs" if summary and summary.needs_free_caller else ""


def goes_on_untouched(step: ParsedStep, summaries: Summaries) -> bool:
    """Whether what follows the step may still find the other side ringing."""
    summary = summary_through(step, summaries)
    if summary is not None:
        return summary.returns_untouched and not summary.needs_free_caller
    traits = traits_of(step)
    return not (traits.takes_caller_away or traits.needs_free_caller)


def goes_on_at_once(step: ParsedStep, summaries: Summaries) -> bool:
    """Whether the step can be over at the instant at which it began."""
    settings = step.settings
    if isinstance(settings, Run):
        return settings.flow in summaries and summaries[settings.flow].returns_at_once
    return settings is not INVALID and VERBS[step.verb.text].timing.at_once(settings)


def traits_of(step: ParsedStep) -> Traits:
    """Of its verb; a word that is no verb has none."""
    spec = VERBS.get(step.verb.text)
    return INFALLIBLE if spec is None else spec.traits
