"""`wait`: lets time pass."""

from typing import Final

from router.engine import transitions
from router.engine.call_scope import CallScope
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
    name = settings.until_by.render(CallScope(context)) if settings.until_by is not None else settings.until or ""
    hours = context.bundle.hours.get(name) if context.bundle is not None else None
    if hours is None:
        context.note(f"hours[{name}]: there are none of that name: closed")
    opens = hours.opens_at(context.now) if hours is not None else None
    if opens is not None and opens <= context.now:
        transitions.leave(context, "next", f"{name} is open")
    else:  # hours that do not open within their horizon are asked again tomorrow
        context.set_timer(TIMER, opens if opens is not None else context.now + DAY_SECONDS)


def _timer(context: StepContext, step: Step[Wait], name: str, due: float) -> None:
    settings = step.settings
    if settings.seconds is not None:
        transitions.leave(context, "next", f"waited {settings.seconds:g} s")
    else:
        _enter(context, step)


RULES: Final = VerbRules(enter=_enter, timer=_timer)
