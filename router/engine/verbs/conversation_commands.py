"""What `hold`, `cancel_transfer` and `connect` do: a command about the conversation that the caller is in."""

from collections.abc import Callable
from typing import Any

from router.engine import transitions
from router.engine.call_scope import CallScope
from router.engine.journey import employee_of, is_talking
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs import awaited_result
from router.engine.verbs.verb_rules import NEED_CALLER, VerbRules
from router.flow.model import Step
from router.flow.verbs.conversations import OnConversation

MoreOf = Callable[[StepContext, Leg], dict[str, Any]]
"""Further parameters of the command."""


def nothing_more(context: StepContext, leg: Leg) -> dict[str, Any]:
    return {}


def rules(command: str, label: str, more: MoreOf = nothing_more) -> VerbRules[OnConversation]:
    """The verb that sends this command."""

    def enter(context: StepContext, step: Step[OnConversation]) -> None:
        leg = context.leg
        if leg is None or not is_talking(leg):
            transitions.leave(context, "failed", "the caller talks to nobody")
            return
        by = step.settings.by
        initiator = (by.render(CallScope(context)) if by is not None else "") or employee_of(leg)
        context.queue(command, {"initiator": initiator, **more(context, leg)}, label, leg=leg)

    return VerbRules(
        enter=enter,
        leg=_leg,
        answered=awaited_result.accepted,
        succeeded=awaited_result.succeeded,
        failed=awaited_result.failed,
        timer=awaited_result.timer,
    )


def _leg(context: StepContext, step: Step[OnConversation], leg: Leg, before: Leg | None) -> None:
    """The leg ended before the command was sent."""
    if context.activity.phase == NEED_CALLER:
        transitions.leave(context, "failed", "the conversation ended before the PBX was asked")
