"""Waiting for the result of a command: HTTP 200 says only that the PBX has accepted the request (§3.2).

The pushed result decides, whether it comes before the HTTP answer or after it. A result that stays away for
RESULT_SECONDS after the request was accepted counts as done: the PBX had nothing to say against it. A request of which
nobody knows whether it arrived counts as failed, unless a result tells more within the same time.

Uses of the activity: `phase` is `unclear` once the request's own answer is known to be lost.
"""

from typing import Final

from router.engine import transitions
from router.engine.state import UNKNOWN
from router.engine.step_context import Turn
from router.flow.model import RESULT_SECONDS, Step

RESULT_TIMER: Final = "result"
UNCLEAR: Final = "unclear"


def accepted(turn: Turn, step: Step) -> None:
    """The PBX took the request: from now on there should be a result."""
    turn.set_timer(RESULT_TIMER, turn.now + RESULT_SECONDS)


def succeeded(turn: Turn, step: Step) -> None:
    transitions.leave(turn, "next", f"the PBX has done it: result {turn.call.result.code}")


def failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    """It was refused; or nobody knows, and then its result may still tell."""
    if turn.call.result.kind == UNKNOWN and turn.activity.phase != UNCLEAR:
        turn.note(f"{reason}: waiting for its result")
        turn.act(phase=UNCLEAR)
        turn.set_timer(RESULT_TIMER, turn.now + RESULT_SECONDS)
    else:
        transitions.leave(turn, "failed", reason, code=code)


def timer(turn: Turn, step: Step, name: str, due: float) -> None:
    if name != RESULT_TIMER:
        return
    if turn.activity.phase == UNCLEAR:
        transitions.leave(
            turn, "failed", f"nobody knows whether it was done, and no result came within {RESULT_SECONDS:g} s"
        )
    else:
        transitions.leave(turn, "next", f"the PBX accepted it, and no result came within {RESULT_SECONDS:g} s")
