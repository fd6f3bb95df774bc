"""The verbs that let time or the conversation pass: `watch` and `wait`."""

from typing import Final

from router.engine import transitions
from router.engine.journey import is_talking
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs.rules import VerbRules
from router.flow.model import Step, Wait, Watch
from router.protocol.events import CONNECTED, ON_HOLD

HELD: Final = "held"
TALKING: Final = "talking"
WAIT: Final = "wait"
DAY_SECONDS: Final = 86_400.0


def _watch(context: StepContext, step: Step) -> None:
    """A conversation that already runs counts from now."""
    if context.leg is not None and is_talking(context.leg):
        _state(context, step, context.leg, None)


def _watch_leg(context: StepContext, step: Step, leg: Leg, before: Leg | None) -> None:
    if leg.last.call_id == context.call.leg or not context.call.leg:
        _state(context, step, leg, before)


def _state(context: StepContext, step: Step, leg: Leg, before: Leg | None) -> None:
    settings = step.settings
    assert isinstance(settings, Watch)
    state = leg.last.state if is_talking(leg) else ""
    if state != ON_HOLD:
        context.cancel_timers(HELD)
    if state != CONNECTED:
        context.cancel_timers(TALKING)
    if state == CONNECTED and settings.connected is not None:
        transitions.leave(context, "connected", "the caller is connected", goto=settings.connected)
    elif state == ON_HOLD and settings.held is not None and HELD not in context.call.timers:
        context.set_timer(HELD, context.now + settings.held[0])
    elif state == CONNECTED and settings.talking is not None and TALKING not in context.call.timers:
        context.set_timer(TALKING, context.now + settings.talking[0])


def _watch_timer(context: StepContext, step: Step, name: str, due: float) -> None:
    settings = step.settings
    assert isinstance(settings, Watch)
    rule = settings.held if name == HELD else settings.talking
    if rule is not None:
        transitions.leave(context, name, f"{name} for {rule[0]:g} s", goto=rule[1])


def _wait(context: StepContext, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Wait)
    if settings.seconds is not None:
        context.set_timer(WAIT, context.now + settings.seconds)
        return
    hours = context.bundle.hours[settings.until or ""] if context.bundle is not None else None
    opens = hours.opens_at(context.now) if hours is not None else None
    if opens is not None and opens <= context.now:
        transitions.leave(context, "next", f"{settings.until} is open")
    else:  # hours that do not open within their horizon are asked again tomorrow
        context.set_timer(WAIT, opens if opens is not None else context.now + DAY_SECONDS)


def _wait_timer(context: StepContext, step: Step, name: str, due: float) -> None:
    settings = step.settings
    assert isinstance(settings, Wait)
    if settings.seconds is not None:
        transitions.leave(context, "next", f"waited {settings.seconds:g} s")
    else:
        _wait(context, step)


WATCH: Final = VerbRules(enter=_watch, leg=_watch_leg, timer=_watch_timer)
WAIT_RULES: Final = VerbRules(enter=_wait, timer=_wait_timer)
