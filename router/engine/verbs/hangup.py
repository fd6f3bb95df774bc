"""`hangup`: end the call (§3.2.3). It is not allowed in a queue, so it waits until the leg is out of one."""

from typing import Final

from router.engine import control
from router.engine.journey import is_alive, is_talking
from router.engine.state import Leg
from router.engine.turn import Turn
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.model import Step
from router.protocol.events import DISCONNECTED, QUEUE

SENDING: Final = "sending"
CALLER_HUNG_UP: Final = 1110
ALREADY_OVER: Final = 4101


def _enter(turn: Turn, step: Step) -> None:
    leg = turn.leg
    if leg is None or not is_alive(leg) or leg.last.location == QUEUE:
        turn.act(phase=NEED_CALLER)
        return
    turn.act(phase=SENDING, routed_call_id=leg.last.call_id)
    turn.queue("call/hangup", {}, "hangup", leg=leg)


def _leg(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    pending = turn.call.pending
    is_ours = leg.last.call_id == turn.activity.routed_call_id
    if turn.activity.phase == NEED_CALLER:
        _enter(turn, step)
    elif is_ours and pending is not None and pending.phase == "queued" and is_talking(leg) and not _talked(before):
        turn.withdraw("the leg that rang was answered before it was hung up")
        control.leave(turn, "answered", "the leg that rang was answered before it was hung up")
    elif is_ours and leg.last.state == DISCONNECTED:
        _over(turn, leg)


def _talked(before: Leg | None) -> bool:
    return before is not None and is_talking(before)


def _over(turn: Turn, leg: Leg) -> None:
    """The leg ended while our hangup was on its way: by us, unless the caller says otherwise."""
    pending = turn.call.pending
    if pending is not None and pending.phase != "queued" and leg.last.disconnect_reason != CALLER_HUNG_UP:
        turn.confirm(pending.command_id)
        control.hung_up(turn)


def _succeeded(turn: Turn, step: Step) -> None:
    control.hung_up(turn)


def _failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    if code == ALREADY_OVER:
        turn.note("the call was over before it was hung up")
        return
    leg = turn.leg
    if leg is not None and is_talking(leg):
        control.leave(turn, "answered", f"the leg was answered: {reason}", code=code)
    else:
        control.leave(turn, "failed", reason, code=code)


RULES: Final = VerbRules(enter=_enter, leg=_leg, succeeded=_succeeded, failed=_failed)
