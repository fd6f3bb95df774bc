"""`play`: one prompt or several, then `next`."""

from typing import Final

from router.engine import transitions
from router.engine.state import Leg
from router.engine.step_context import Turn
from router.engine.verbs import prompts
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.model import Play, Step

AFTER_SECONDS: Final = 5
"""after_play_time, as the document's own default (§3.2.6): the time for our next command to come."""


def _enter(turn: Turn, step: Step) -> None:
    assert isinstance(step.settings, Play)
    turn.act(prompts=prompts.chosen(turn, step.settings.prompts))
    prompts.play_first(turn, AFTER_SECONDS)


def _leg(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    if turn.activity.phase == NEED_CALLER and prompts.caller_in_menu(turn) is not None:
        prompts.play_first(turn, AFTER_SECONDS)


def _answered(turn: Turn, step: Step) -> None:
    pending = turn.call.pending
    if pending is not None:
        prompts.started(turn, pending.sent_at, AFTER_SECONDS)


def _succeeded(turn: Turn, step: Step) -> None:
    prompts.started(turn, turn.now, AFTER_SECONDS)


def _failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    prompts.refused(turn)
    transitions.leave(turn, "failed", reason, code=code)


def _timer(turn: Turn, step: Step, name: str, due: float) -> None:
    if name == prompts.PROMPT_TIMER:
        prompts.finished(turn, AFTER_SECONDS, lambda: transitions.leave(turn, "next", "the prompt was heard"))


RULES: Final = VerbRules(enter=_enter, leg=_leg, answered=_answered, succeeded=_succeeded, failed=_failed, timer=_timer)
