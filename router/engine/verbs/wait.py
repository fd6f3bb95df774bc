"""`wait`: lets time pass."""

from typing import Final

from router.engine import transitions
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.wait import Wait

TIMER: Final = "wait"
DAY_SECONDS: Final = 86_400.0


def _enter(context: StepContext, step: Step[Wait]) -> None:
    settings = step.settings
    if settings.seconds is not None:
        context.set_timer(TIMER, context.now + settings.seconds)
        return
    hours = context.bundle.hours[settings.until or ""] if context.bundle is not None else None
    opens = hours.opens_at(context.now) if hours is not None else None
    if opens is not None and opens <= context.now:
        transitions.leave(context, "next", f"{settings.until} is open")
    else:  # hours that do not open within their horizon are asked again tomorrow
        context.set_timer(TIMER, opens if opens is not None else context.now + DAY_SECONDS)


def _timer(context: StepContext, step: Step[Wait], name: str, due: float) -> None:
    settings = step.settings
    if settings.seconds is not None:
        transitions.leave(context, "next", f"waited {settings.seconds:g} s")
    else:
        _enter(context, step)


RULES: Final = VerbRules(enter=_enter, timer=_timer)
