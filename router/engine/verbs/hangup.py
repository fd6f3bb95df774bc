"""`hangup`: end the call (§3.2.3). It is not allowed in a queue, so it waits until the leg is out of one.

The PBX may end the leg by itself while the command is on its way, and have the caller on another one: an end that the
called phone explains is not ours, and a hangup that came too late for its leg is made again on the one he is on now.
"""

from typing import Final

from router.engine import transitions
from router.engine.journey import is_alive, is_talking
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs.attempts import MOST_AGAIN, NO_RESULT_SECONDS
from router.engine.verbs.verb_rules import NEED_CALLER, VerbRules
from router.flow.model import Step
from router.flow.verbs.hangup import Hangup
from router.protocol.codes import FAILED, matches_class, route_outcome
from router.protocol.events import DISCONNECTED, QUEUE

SENDING: Final = "sending"
BY_COMMAND: Final = 1181
ALREADY_OVER: Final = 4101
RESULT_TIMER: Final = "result"


def _enter(context: StepContext, step: Step[Hangup]) -> None:
    leg = context.leg
    is_over = leg is None or not is_alive(leg) or leg.last.call_id == context.activity.routed_call_id
    if leg is None or is_over or leg.last.location == QUEUE:
        context.act(phase=NEED_CALLER)
        return
    context.act(phase=SENDING, routed_call_id=leg.last.call_id)
    context.queue("call/hangup", {}, "hangup", leg=leg)


def _leg(context: StepContext, step: Step[Hangup], leg: Leg, before: Leg | None) -> None:
    is_ours = leg.last.call_id == context.activity.routed_call_id
    if context.activity.phase == NEED_CALLER:
        _enter(context, step)
    elif is_ours and _is_unsent(context) and is_talking(leg) and not _talked(before) and not _is_by_hand(context):
        context.withdraw("the leg that rang was answered before it was hung up")
        transitions.leave(context, "answered", "the leg that rang was answered before it was hung up")
    elif is_ours and leg.last.state == DISCONNECTED:
        _over(context, leg)


def _is_unsent(context: StepContext) -> bool:
    pending = context.call.pending
    return pending is not None and pending.phase == "queued"


def _is_by_hand(context: StepContext) -> bool:
    """A person hangs up whoever talks; a flow spares the caller who is answered at the last moment."""
    return context.call.takeover is not None


def _talked(before: Leg | None) -> bool:
    return before is not None and is_talking(before)


def _over(context: StepContext, leg: Leg) -> None:
    """The leg ended while our hangup was on its way: by us, unless the caller or the phone that rang explains it, or
    another leg took its place. Then the result tells."""
    pending = context.call.pending
    reason = leg.last.disconnect_reason
    if pending is None or pending.phase == "queued" or is_alive(context.leg):
        return
    if reason == BY_COMMAND or route_outcome(reason) == FAILED:
        context.confirm(pending.command_id)
        transitions.hung_up(context)


def _answered(context: StepContext, step: Step[Hangup]) -> None:
    context.set_timer(RESULT_TIMER, context.now + NO_RESULT_SECONDS)


def _succeeded(context: StepContext, step: Step[Hangup]) -> None:
    transitions.hung_up(context)


def _failed(context: StepContext, step: Step[Hangup], code: int, reason: str) -> None:
    leg, activity = context.leg, context.activity
    context.cancel_timers(RESULT_TIMER)
    if leg is not None and is_talking(leg) and code != ALREADY_OVER and not _is_by_hand(context):
        transitions.leave(context, "answered", f"the leg was answered: {reason}", code=code)
    elif activity.again < MOST_AGAIN and (code == ALREADY_OVER or (matches_class(code, "41xx") and _is_over(context))):
        context.note(f"the leg was over before it was hung up ({reason}): the caller's present one is looked for")
        context.call.pending = None
        context.act(again=activity.again + 1)
        _enter(context, step)
    else:
        transitions.leave(context, "failed", reason, code=code)


def _is_over(context: StepContext) -> bool:
    """The leg that the command named has ended, or the caller is on another one."""
    routed = context.activity.routed_call_id
    return not is_alive(context.call.legs.get(routed)) or (
        context.leg is not None and context.leg.last.call_id != routed
    )


def _timer(context: StepContext, step: Step[Hangup], name: str, due: float) -> None:
    transitions.leave(context, "failed", f"no result came within {NO_RESULT_SECONDS:g} s")


RULES: Final = VerbRules(enter=_enter, leg=_leg, answered=_answered, succeeded=_succeeded, failed=_failed, timer=_timer)
