"""`record`: only a conversation with an employee can be recorded (§3.2.5)."""

from typing import Final

from router.engine import transitions
from router.engine.journey import employee_of, is_talking
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs import awaited_result
from router.engine.verbs.verb_rules import NEED_CALLER, VerbRules
from router.flow.model import Step
from router.flow.verbs.record import Record


def _enter(context: StepContext, step: Step[Record]) -> None:
    leg = context.leg
    if leg is None or not is_talking(leg):
        transitions.leave(context, "failed", "there is no conversation to record")
        return
    context.queue("recording/start", {"call_party_number": employee_of(leg)}, "record", leg=leg)


def _leg(context: StepContext, step: Step[Record], leg: Leg, before: Leg | None) -> None:
    """The leg ended before the command was sent."""
    if context.activity.phase == NEED_CALLER:
        transitions.leave(context, "failed", "the conversation ended before the PBX was asked to record it")


RULES: Final = VerbRules(
    enter=_enter,
    leg=_leg,
    answered=awaited_result.accepted,
    succeeded=awaited_result.succeeded,
    failed=awaited_result.failed,
    timer=awaited_result.timer,
)
