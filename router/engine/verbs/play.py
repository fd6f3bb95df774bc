"""`play`: one prompt or several, or a silence, then `next`."""

from typing import Final

from router.engine import transitions
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs import prompts
from router.engine.verbs.verb_rules import NEED_CALLER, VerbRules
from router.flow.durations import format_duration
from router.flow.model import Step
from router.flow.verbs.play import SILENCE, Play

AFTER_SECONDS: Final = 5
"""after_play_time, as the document's own default (§3.2.6): the time for our next command to come."""


def _enter(context: StepContext, step: Step[Play]) -> None:
    silence = step.settings.silence
    if silence is not None:
        found: prompts.Recordings = ((f"{SILENCE} {format_duration(silence)}", 0, silence),)
    else:
        found = prompts.chosen(context, step.settings.prompts)
    context.act(prompts=found)
    if found:
        prompts.play_first(context, AFTER_SECONDS)
    else:
        transitions.leave(context, "next", "there is nothing to say")


def _leg(context: StepContext, step: Step[Play], leg: Leg, before: Leg | None) -> None:
    if context.activity.phase == NEED_CALLER and prompts.caller_in_menu(context) is not None:
        prompts.play_first(context, AFTER_SECONDS)


def _answered(context: StepContext, step: Step[Play]) -> None:
    pending = context.call.pending
    if pending is not None:
        prompts.started(context, pending.sent_at, AFTER_SECONDS)


def _succeeded(context: StepContext, step: Step[Play]) -> None:
    prompts.started(context, context.now, AFTER_SECONDS)


def _failed(context: StepContext, step: Step[Play], code: int, reason: str) -> None:
    prompts.refused(context)
    transitions.leave(context, "failed", reason, code=code)


def _timer(context: StepContext, step: Step[Play], name: str, due: float) -> None:
    if name == prompts.PROMPT_TIMER:
        prompts.finished(
            context,
            AFTER_SECONDS,
            lambda: transitions.leave(
                context, "next", "the silence is over" if step.settings.silence is not None else "the prompt was heard"
            ),
        )


RULES: Final = VerbRules(enter=_enter, leg=_leg, answered=_answered, succeeded=_succeeded, failed=_failed, timer=_timer)
