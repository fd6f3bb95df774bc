"""`sms`: a message to a telephone (§3.2.4). It needs no live call, and its step waits for the pushed result."""

from typing import Final

from router.engine import transitions
from router.engine.step_context import StepContext
from router.engine.verbs import awaited_result
from router.engine.verbs.command_parameters import of_sms
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.sms import Sms


def _enter(context: StepContext, step: Step[Sms]) -> None:
    settings = step.settings
    params, problem = of_sms(context, settings)
    if problem:
        transitions.leave(context, "failed", problem)
    else:
        context.queue("sms", params, f"sms {params['to_number']}")


RULES: Final = VerbRules(
    enter=_enter,
    answered=awaited_result.accepted,
    succeeded=awaited_result.succeeded,
    failed=awaited_result.failed,
    timer=awaited_result.timer,
)
