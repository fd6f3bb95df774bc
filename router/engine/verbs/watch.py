"""`watch`: looks at the conversation and steps in."""

from typing import Final

from router.engine import transitions
from router.engine.journey import is_talking
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.watch import Watch
from router.protocol.events import CONNECTED, ON_HOLD

HELD: Final = "held"
TALKING: Final = "talking"


def _enter(context: StepContext, step: Step[Watch]) -> None:
    """A conversation that already runs counts from now."""
    if context.leg is not None and is_talking(context.leg):
        _state(context, step, context.leg, None)


def _leg(context: StepContext, step: Step[Watch], leg: Leg, before: Leg | None) -> None:
    if leg.last.call_id == context.call.leg or not context.call.leg:
        _state(context, step, leg, before)


def _state(context: StepContext, step: Step[Watch], leg: Leg, before: Leg | None) -> None:
    settings = step.settings
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


def _timer(context: StepContext, step: Step[Watch], name: str, due: float) -> None:
    settings = step.settings
    rule = settings.held if name == HELD else settings.talking
    if rule is not None:
        transitions.leave(context, name, f"{name} for {rule[0]:g} s", goto=rule[1])


RULES: Final = VerbRules(enter=_enter, leg=_leg, timer=_timer)
