"""`transfer`: hand a connected caller on, blind or with a consultation (§3.2.8).

The new leg first carries the employee who transfers and later the caller: only a conversation in which the caller is
the `from` counts as answered. A failed blind transfer makes the PBX ring the employee again, and a consultation that
is given up takes the old leg off hold: both are `returned`. The employee may take the old leg off hold before the PBX
takes our transfer, too, and that is told by another counter than the consultation: `returned` needs both, the
conversation and the end of the consultation, whichever comes first.
"""

from typing import Final

from router.engine import transitions
from router.engine.call_scope import CallScope
from router.engine.journey import employee_of, is_alive, is_at_employee, is_in_menu, is_talking
from router.engine.state import Leg, Result
from router.engine.step_context import StepContext
from router.engine.verbs import attempt_members, attempts, interrupted
from router.engine.verbs.destinations import Target, next_target
from router.engine.verbs.verb_rules import NEED_CALLER, VerbRules
from router.flow.model import Step
from router.flow.verbs.transfer import Transfer
from router.protocol.events import CONNECTED, DISCONNECTED

RETURN_TIMER: Final = "return"
RETURNING: Final = "returning"
UNHELD_TIMER: Final = "unheld"
UNHELD_SECONDS: Final = 5.0
"""A conversation that goes on after the PBX took the transfer, with no new leg for so long, was given back; else it is
from before."""


def _enter(context: StepContext, step: Step[Transfer]) -> None:
    if not interrupted.take_up(context, step, _target, _leg):
        _next(context, step, "unavailable", "there is nobody to transfer to", 0)


def _target(context: StepContext, step: Step[Transfer]) -> Target | None:
    return next_target(context, step.settings.to, context.activity.attempt - 1, online_only=False)


def _next(context: StepContext, step: Step[Transfer], outcome: str, why: str, code: int) -> None:
    target = next_target(context, step.settings.to, context.activity.attempt, online_only=False)
    context.cancel_step_timers()
    context.call.pending = None
    if target is None:
        _conclude(context, step, outcome, why, code)
        return
    context.act(attempt=target.index, outcome=outcome, legs=(), command_ids=(), routed_before=())
    _dial(context, step, target)


def _conclude(context: StepContext, step: Step[Transfer], outcome: str, why: str, code: int) -> None:
    """Leave by the outcome; an author who wrote only `returned` wants to go on when the employee has the caller."""
    context.call.result = Result(code=code, kind=outcome)
    waits = "returned" in step.exits and not {outcome, "else"} & set(step.exits)
    if waits and context.activity.legs and not attempts.caller_is_back(context):
        context.note(f"{why}: waiting for the caller to come back to {context.activity.initiator}")
        context.act(phase=RETURNING)
        context.set_timer(RETURN_TIMER, context.now + attempts.NO_LEG_SECONDS)
    else:
        transitions.leave(context, outcome, why, code=code)


def _dial(context: StepContext, step: Step[Transfer], target: Target) -> None:
    leg = context.leg
    if leg is None or not is_alive(leg) or not is_talking(leg):
        context.act(phase=NEED_CALLER)
        if leg is not None and is_alive(leg) and is_in_menu(leg):  # as long as the PBX has him there, and no longer
            context.set_timer(attempts.BACK_TIMER, max(context.now, context.call.hold_until - attempts.LAST_SECONDS))
        return
    context.cancel_timers(attempts.BACK_TIMER)
    settings = step.settings
    initiator = (settings.by.render(CallScope(context)) if settings.by is not None else "") or employee_of(leg)
    params = {"method": settings.method, "to_number": target.number, "initiator": initiator}
    context.act(initiator=initiator, since=context.now)
    command_id = context.queue("transfer", params, target.label, leg=leg)
    attempts.dialled(context, command_id, leg)


def _is_initiator(context: StepContext, leg: Leg) -> bool:
    """Whether the leg's `from` still is the employee who transfers."""
    initiator = context.activity.initiator
    return initiator in (leg.last.from_extension, leg.last.from_number)


def _leg(context: StepContext, step: Step[Transfer], leg: Leg, before: Leg | None) -> None:
    activity = context.activity
    target = _target(context, step)
    if activity.phase == NEED_CALLER and not attempt_members.resumed_by(context, leg, target):
        if target is not None:
            _dial(context, step, target)
        return
    if leg.last.call_id == activity.routed_call_id:
        _first_leg(context, step, leg)
    elif _rings_again(context, leg, before):
        _returned(context, leg.last.disconnect_reason)
    elif attempt_members.is_member(context, leg, target):
        attempts.joined(context, leg)
        context.cancel_timers(UNHELD_TIMER)
        _member(context, step, leg)
    if context.goto is None and attempts.caller_is_back(context):
        _back_in_menu(context, step)


def _returned(context: StepContext, code: int) -> None:
    activity = context.activity
    failed = f"{activity.outcome}: " if activity.phase == RETURNING else ""
    context.call.result = Result(code=code, kind="returned")
    transitions.leave(context, "returned", f"{failed}the caller is back at {activity.initiator}")


def _first_leg(context: StepContext, step: Step[Transfer], leg: Leg) -> None:
    """The conversation that is transferred: taken off hold, it is given back, unless that was before the transfer."""
    activity = context.activity
    if leg.last.state != CONNECTED:
        context.cancel_timers(UNHELD_TIMER)
    elif activity.legs or activity.phase == RETURNING:
        _give_back(context)
    else:
        _wait_for_leg(context)


def _is_unheld(context: StepContext) -> bool:
    """Whether the employee talks to the caller, as was told since the transfer was asked for."""
    activity = context.activity
    first = context.call.legs.get(activity.routed_call_id)
    return first is not None and first.last.state == CONNECTED and first.last.seq > activity.routed_seq


def _give_back(context: StepContext) -> None:
    """The consultation has ended and the employee talks to the caller."""
    if _is_unheld(context) and not attempts.has_living_member(context):
        _returned(context, 0)


def _wait_for_leg(context: StepContext) -> None:
    """No leg of the transfer was told yet, and perhaps none will be (§3.1.1, outside of the employee's hours)."""
    pending = context.call.pending
    if pending is not None and pending.phase == "done" and _is_unheld(context):
        context.set_timer(UNHELD_TIMER, context.now + UNHELD_SECONDS)


def _rings_again(context: StepContext, leg: Leg, before: Leg | None) -> bool:
    """The PBX rings the employee who transferred, since nobody else answered. While a person's transfer waits for its
    turn, it does so because of one before it."""
    activity, last = context.activity, leg.last
    if context.call.takeover is not None and attempts.is_queued(context):
        return False
    is_new = before is None and last.call_id not in activity.legs and is_alive(leg) and is_at_employee(leg)
    if not is_new or last.to_extension != activity.initiator or last.call_id != context.call.leg:
        return False
    origin = last.taken_from_call_id
    return origin in (*activity.legs, activity.routed_call_id) or not context.knows_leg(origin)


def _member(context: StepContext, step: Step[Transfer], leg: Leg) -> None:
    if is_talking(leg) and not _is_initiator(context, leg):
        transitions.leave(context, "answered", f"{leg.last.to_extension or leg.last.to_number} answered")
    elif leg.last.state == DISCONNECTED:
        if attempts.ended(context, leg):
            outcome, reason = context.activity.outcome, context.activity.reason
            _next(context, step, outcome, f"{outcome}: the leg ended with {reason}", reason)
        if context.goto is None and context.activity.phase in (attempts.RINGING, RETURNING):
            _give_back(context)


def _back_in_menu(context: StepContext, step: Step[Transfer]) -> None:
    """The conversation is over and the PBX's scheme has the caller: nobody can hand him on any more."""
    if context.activity.phase == RETURNING:
        result = context.call.result
        transitions.leave(context, result.kind, "the caller is in the PBX's menu", code=result.code)
    elif context.activity.phase != NEED_CALLER and attempts.is_lost(context):
        _lost(context, step)


def _lost(context: StepContext, step: Step[Transfer]) -> None:
    outcome, reason = context.activity.outcome, context.activity.reason
    if not reason:
        outcome = "failed"
    _next(context, step, outcome, f"{outcome}: the caller is in the PBX's menu", reason)


def _timer(context: StepContext, step: Step[Transfer], name: str, due: float) -> None:
    if name == RETURN_TIMER:
        result = context.call.result
        transitions.leave(context, result.kind, "the caller did not come back", code=result.code)
    elif name == UNHELD_TIMER:
        _returned(context, 0)
    elif name in (attempts.BACK_TIMER, attempts.REPLACE_TIMER):
        _lost(context, step)
    else:
        _next(context, step, "failed", "failed: no leg came of it", 0)


def _failed(context: StepContext, step: Step[Transfer], code: int, reason: str) -> None:
    if context.activity.phase == attempts.DIALLING:
        attempts.refused(context)
        _next(context, step, "failed", f"failed: {reason}", code)


def _answered(context: StepContext, step: Step[Transfer]) -> None:
    attempts.sent(context)
    if attempts.caller_is_back(context):
        _back_in_menu(context, step)


def _succeeded(context: StepContext, step: Step[Transfer]) -> None:
    attempts.succeeded(context)
    _wait_for_leg(context)
    if attempts.caller_is_back(context):
        _back_in_menu(context, step)


def _late_answer(context: StepContext, step: Step[Transfer], command_id: str) -> None:
    """The queue had let the command go before the leg that it names ended."""
    if attempts.resumed(context, command_id, "sent"):
        attempts.sent(context)


def _late_result(context: StepContext, step: Step[Transfer], code: int) -> None:
    attempts.late_result(
        context,
        code,
        done=lambda: _succeeded(context, step),
        failed=lambda why: _next(context, step, "failed", f"failed: {why}", code),
    )


RULES: Final = VerbRules(
    enter=_enter,
    leg=_leg,
    timer=_timer,
    answered=_answered,
    succeeded=_succeeded,
    failed=_failed,
    late_answer=_late_answer,
    late_result=_late_result,
)
