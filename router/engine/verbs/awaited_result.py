"""Waiting for the result of a command: HTTP 200 says only that the PBX has accepted the request (§3.2).

The pushed result decides, whether it comes before the HTTP answer or after it. A result that stays away for
RESULT_SECONDS after the request was accepted counts as done: the PBX had nothing to say against it. A request of which
nobody knows whether it arrived counts as failed, unless a result tells more within the same time.

Uses of the activity: `phase` is `unclear` once the request's own answer is known to be lost.
"""

from typing import Any, Final

from router.engine import transitions
from router.engine.state import UNKNOWN
from router.engine.step_context import StepContext
from router.flow.model import Step
from router.flow.verbs.common import RESULT_SECONDS

RESULT_TIMER: Final = "result"
UNCLEAR: Final = "unclear"


def accepted(context: StepContext, step: Step[Any]) -> None:
    """The PBX took the request: from now on there should be a result."""
    context.set_timer(RESULT_TIMER, context.now + RESULT_SECONDS)


def succeeded(context: StepContext, step: Step[Any]) -> None:
    transitions.leave(context, "next", f"the PBX has done it: result {context.call.result.code}")


def failed(context: StepContext, step: Step[Any], code: int, reason: str) -> None:
    """It was refused; or nobody knows, and then its result may still tell."""
    if context.call.result.kind == UNKNOWN and context.activity.phase != UNCLEAR:
        context.note(f"{reason}: waiting for its result")
        context.act(phase=UNCLEAR)
        context.set_timer(RESULT_TIMER, context.now + RESULT_SECONDS)
    else:
        transitions.leave(context, "failed", reason, code=code)


def timer(context: StepContext, step: Step[Any], name: str, due: float) -> None:
    if name != RESULT_TIMER:
        return
    if context.activity.phase == UNCLEAR:
        transitions.leave(
            context, "failed", f"nobody knows whether it was done, and no result came within {RESULT_SECONDS:g} s"
        )
    else:
        transitions.leave(context, "next", f"the PBX accepted it, and no result came within {RESULT_SECONDS:g} s")
