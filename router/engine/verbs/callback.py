"""`callback` (§3.2.1) and `callback_group` (§3.2.2): calls that the PBX makes by itself.

They need no live call, and their steps wait for the pushed result.
"""

from collections.abc import Mapping
from typing import Any, Final

from router.engine import transitions
from router.engine.step_context import StepContext
from router.engine.verbs import awaited_result
from router.engine.verbs.command_parameters import of_command
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.callback import Callback


def send(context: StepContext, step: Step[Callback], command: str, known: Mapping[str, str]) -> None:
    """Send the step's command, or leave by `failed` if the call makes no valid one of it."""
    settings = step.settings
    params, problem = of_command(context, settings, known)
    if problem:
        transitions.leave(context, "failed", problem)
    else:
        context.queue(command, params, f"{step.verb} {_whom(params)}".strip())


def _whom(params: Mapping[str, Any]) -> str:
    return str(params.get("to_number") or params.get("to") or params.get("phone") or "")


def _enter(context: StepContext, step: Step[Callback]) -> None:
    send(context, step, step.verb, {})


RULES: Final = VerbRules(
    enter=_enter,
    answered=awaited_result.accepted,
    succeeded=awaited_result.succeeded,
    failed=awaited_result.failed,
    timer=awaited_result.timer,
)
