"""`transfer`: hand a connected caller on, blind or with a consultation (§3.2.8).

The new leg first carries the employee who transfers and later the caller: only a conversation in which the caller is
the `from` counts as answered. A failed blind transfer makes the PBX ring the employee again, and a consultation that
is given up takes the old leg off hold: both are `returned`.
"""

from typing import Final

from router.engine import control
from router.engine.journey import employee_of, is_alive, is_at_employee, is_talking
from router.engine.scope import CallScope
from router.engine.state import Leg, Result
from router.engine.turn import Turn
from router.engine.verbs import attempts
from router.engine.verbs.destinations import Target, next_target
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.model import Step, Transfer
from router.protocol.events import CONNECTED, DISCONNECTED, ON_HOLD

RETURN_TIMER: Final = "return"
RETURNING: Final = "returning"


def _settings(step: Step) -> Transfer:
    assert isinstance(step.settings, Transfer)
    return step.settings


def _enter(turn: Turn, step: Step) -> None:
    _next(turn, step, "unavailable", "there is nobody to transfer to", 0)


def _next(turn: Turn, step: Step, outcome: str, why: str, code: int) -> None:
    target = next_target(turn, _settings(step).to, turn.activity.attempt, online_only=False)
    turn.cancel_step_timers()
    turn.call.pending = None
    if target is None:
        _conclude(turn, step, outcome, why, code)
        return
    turn.act(attempt=target.index, outcome=outcome, legs=())
    _dial(turn, step, target)


def _conclude(turn: Turn, step: Step, outcome: str, why: str, code: int) -> None:
    """Leave by the outcome; an author who wrote only `returned` wants to go on when the employee has the caller."""
    turn.call.result = Result(code=code, kind=outcome)
    if turn.activity.legs and "returned" in step.exits and not {outcome, "else"} & set(step.exits):
        turn.note(f"{why}: waiting for the caller to come back to {turn.activity.initiator}")
        turn.act(phase=RETURNING)
        turn.set_timer(RETURN_TIMER, turn.now + attempts.NO_LEG_SECONDS)
    else:
        control.leave(turn, outcome, why, code=code)


def _dial(turn: Turn, step: Step, target: Target) -> None:
    leg = turn.leg
    if leg is None or not is_alive(leg) or not is_talking(leg):
        turn.act(phase=NEED_CALLER)
        return
    settings = _settings(step)
    initiator = settings.by.render(CallScope(turn)) if settings.by is not None else employee_of(leg)
    params = {"method": settings.method, "to_number": target.number, "initiator": initiator}
    turn.act(initiator=initiator, since=turn.now)
    command_id = turn.queue("transfer", params, target.label, leg=leg)
    attempts.dialled(turn, command_id, leg.last.call_id)


def _is_initiator(turn: Turn, leg: Leg) -> bool:
    """Whether the leg's `from` still is the employee who transfers."""
    initiator = turn.activity.initiator
    return initiator in (leg.last.from_extension, leg.last.from_number)


def _leg(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    activity = turn.activity
    target = next_target(turn, _settings(step).to, activity.attempt - 1, online_only=False)
    if activity.phase == NEED_CALLER:
        if target is not None:
            _dial(turn, step, target)
    elif _returned(turn, leg, before):
        turn.call.result = Result(code=leg.last.disconnect_reason, kind="returned")
        control.leave(turn, "returned", f"the caller is back at {activity.initiator}")
    elif attempts.is_member(turn, leg, target.number if target else ""):
        attempts.joined(turn, leg)
        _member(turn, step, leg)


def _returned(turn: Turn, leg: Leg, before: Leg | None) -> bool:
    activity = turn.activity
    if leg.last.call_id == activity.routed_call_id:  # taken off hold again, with the consultation given up
        was_held = before is not None and before.last.state == ON_HOLD
        return was_held and leg.last.state == CONNECTED and not attempts.connected_legs(turn)
    is_new = before is None and leg.last.call_id not in activity.legs
    return is_new and is_at_employee(leg) and leg.last.to_extension == activity.initiator and is_alive(leg)


def _member(turn: Turn, step: Step, leg: Leg) -> None:
    if is_talking(leg) and not _is_initiator(turn, leg):
        control.leave(turn, "answered", f"{leg.last.to_extension or leg.last.to_number} answered")
    elif leg.last.state == DISCONNECTED:
        outcome = attempts.ended(turn, leg)
        if outcome is not None:
            reason = leg.last.disconnect_reason
            _next(turn, step, outcome, f"{outcome}: the leg ended with {reason}", reason)


def _timer(turn: Turn, step: Step, name: str, due: float) -> None:
    if name == RETURN_TIMER:
        result = turn.call.result
        control.leave(turn, result.kind, "the caller did not come back", code=result.code)
    else:
        _next(turn, step, "failed", "failed: no leg came of it", 0)


def _failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    if turn.activity.phase == attempts.DIALLING:
        _next(turn, step, "failed", f"failed: {reason}", code)


def _answered(turn: Turn, step: Step) -> None:
    attempts.sent(turn)


def _succeeded(turn: Turn, step: Step) -> None:
    attempts.succeeded(turn)


RULES: Final = VerbRules(enter=_enter, leg=_leg, timer=_timer, answered=_answered, succeeded=_succeeded, failed=_failed)
