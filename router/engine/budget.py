"""The flow's budget of time: talking and what people do by hand are not counted."""

from typing import Final

from router.engine import transitions
from router.engine.journey import is_talking
from router.engine.state import RUNNING
from router.engine.step_context import StepContext

LEAST_SECONDS: Final = 30.0
"""What a flow has at least when it gets the call back: it was not the flow that used the time up."""


def used_up(context: StepContext) -> None:
    """The timer fired. While the caller talks, or a person has the call, the clock stands still."""
    call = context.call
    is_others = call.takeover is not None or (context.leg is not None and is_talking(context.leg))
    if call.status == RUNNING and not is_others:
        transitions.fault(context, f"the budget of {context.root.budget_seconds:g} s is used up")


def resume(context: StepContext) -> None:
    """A conversation has ended."""
    if context.call.status == RUNNING:
        context.set_timer("budget", context.call.started + context.root.budget_seconds + context.call.talked)


def left(context: StepContext) -> float:
    """How many seconds a flow has that gives the call up for a while; a resting one begins anew."""
    if context.call.status != RUNNING:
        return max(context.root.budget_seconds, LEAST_SECONDS)
    return max(context.call.timers.get("budget", context.now) - context.now, LEAST_SECONDS)
