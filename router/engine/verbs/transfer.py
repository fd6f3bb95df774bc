"""`transfer`: hand a connected caller on, blind or with a consultation (§3.2.8).

The new leg first carries the employee who transfers and later the caller: only a conversation in which the caller is
the `from` counts as answered. A failed blind transfer makes the PBX ring the employee again, and a consultation that
is given up takes the old leg off hold: both are `returned`. The employee may take the old leg off hold before the PBX
takes our transfer, too, and that is told by another counter than the consultation: `returned` needs both, the
conversation and the end of the consultation, whichever comes first.
"""

from typing import Final

from router.engine import transitions
from router.engine.journey import employee_of, is_alive, is_at_employee, is_in_menu, is_talking
from router.engine.scope import CallScope
from router.engine.state import Leg, Result
from router.engine.step_context import Turn
from router.engine.verbs import attempts
from router.engine.verbs.destinations import Target, next_target
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.model import Step, Transfer
from router.protocol.codes import is_success, meaning
from router.protocol.events import CONNECTED, DISCONNECTED

RETURN_TIMER: Final = "return"
RETURNING: Final = "returning"
UNHELD_TIMER: Final = "unheld"
UNHELD_SECONDS: Final = 5.0
"""A conversation that goes on after the PBX took the transfer, with no new leg for so long, was given back; else it is
from before."""


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
    turn.act(attempt=target.index, outcome=outcome, legs=(), command_ids=(), routed_before=())
    _dial(turn, step, target)


def _conclude(turn: Turn, step: Step, outcome: str, why: str, code: int) -> None:
    """Leave by the outcome; an author who wrote only `returned` wants to go on when the employee has the caller."""
    turn.call.result = Result(code=code, kind=outcome)
    if turn.activity.legs and "returned" in step.exits and not {outcome, "else"} & set(step.exits):
        turn.note(f"{why}: waiting for the caller to come back to {turn.activity.initiator}")
        turn.act(phase=RETURNING)
        turn.set_timer(RETURN_TIMER, turn.now + attempts.NO_LEG_SECONDS)
    else:
        transitions.leave(turn, outcome, why, code=code)


def _dial(turn: Turn, step: Step, target: Target) -> None:
    leg = turn.leg
    if leg is None or not is_alive(leg) or not is_talking(leg):
        turn.act(phase=NEED_CALLER)
        if leg is not None and is_alive(leg) and is_in_menu(leg):  # as long as the PBX has him there, and no longer
            turn.set_timer(attempts.BACK_TIMER, max(turn.now, turn.call.hold_until - attempts.LAST_SECONDS))
        return
    turn.cancel_timers(attempts.BACK_TIMER)
    settings = _settings(step)
    initiator = settings.by.render(CallScope(turn)) if settings.by is not None else employee_of(leg)
    params = {"method": settings.method, "to_number": target.number, "initiator": initiator}
    turn.act(initiator=initiator, since=turn.now)
    command_id = turn.queue("transfer", params, target.label, leg=leg)
    attempts.dialled(turn, command_id, leg)


def _is_initiator(turn: Turn, leg: Leg) -> bool:
    """Whether the leg's `from` still is the employee who transfers."""
    initiator = turn.activity.initiator
    return initiator in (leg.last.from_extension, leg.last.from_number)


def _leg(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    activity = turn.activity
    target = next_target(turn, _settings(step).to, activity.attempt - 1, online_only=False)
    if activity.phase == NEED_CALLER and not attempts.resumed_by(turn, leg, target):
        if target is not None:
            _dial(turn, step, target)
        return
    if leg.last.call_id == activity.routed_call_id:
        _first_leg(turn, step, leg)
    elif _rings_again(turn, leg, before):
        _returned(turn, leg.last.disconnect_reason)
    elif attempts.is_member(turn, leg, target):
        attempts.joined(turn, leg)
        turn.cancel_timers(UNHELD_TIMER)
        _member(turn, step, leg)
    if turn.goto is None and attempts.caller_is_back(turn):
        _back_in_menu(turn, step)


def _returned(turn: Turn, code: int) -> None:
    turn.call.result = Result(code=code, kind="returned")
    transitions.leave(turn, "returned", f"the caller is back at {turn.activity.initiator}")


def _first_leg(turn: Turn, step: Step, leg: Leg) -> None:
    """The conversation that is transferred: taken off hold, it is given back, unless that was before the transfer."""
    activity = turn.activity
    if leg.last.state != CONNECTED:
        turn.cancel_timers(UNHELD_TIMER)
    elif activity.legs or activity.phase == RETURNING:
        _give_back(turn)
    else:
        _wait_for_leg(turn)


def _is_unheld(turn: Turn) -> bool:
    """Whether the employee talks to the caller, as was told since the transfer was asked for."""
    activity = turn.activity
    first = turn.call.legs.get(activity.routed_call_id)
    return first is not None and first.last.state == CONNECTED and first.last.seq > activity.routed_seq


def _give_back(turn: Turn) -> None:
    """The consultation has ended and the employee talks to the caller."""
    if _is_unheld(turn) and not attempts.has_living_member(turn):
        _returned(turn, 0)


def _wait_for_leg(turn: Turn) -> None:
    """No leg of the transfer was told yet, and perhaps none will be (§3.1.1, outside of the employee's hours)."""
    pending = turn.call.pending
    if pending is not None and pending.phase == "done" and _is_unheld(turn):
        turn.set_timer(UNHELD_TIMER, turn.now + UNHELD_SECONDS)


def _rings_again(turn: Turn, leg: Leg, before: Leg | None) -> bool:
    """The PBX rings the employee who transferred, since nobody else answered."""
    activity, last = turn.activity, leg.last
    is_new = before is None and last.call_id not in activity.legs and is_alive(leg) and is_at_employee(leg)
    if not is_new or last.to_extension != activity.initiator or last.call_id != turn.call.leg:
        return False
    origin = last.taken_from_call_id
    return origin in (*activity.legs, activity.routed_call_id) or origin not in turn.call.legs


def _member(turn: Turn, step: Step, leg: Leg) -> None:
    if is_talking(leg) and not _is_initiator(turn, leg):
        transitions.leave(turn, "answered", f"{leg.last.to_extension or leg.last.to_number} answered")
    elif leg.last.state == DISCONNECTED:
        if attempts.ended(turn, leg):
            outcome, reason = turn.activity.outcome, turn.activity.reason
            _next(turn, step, outcome, f"{outcome}: the leg ended with {reason}", reason)
        if turn.goto is None and turn.activity.phase in (attempts.RINGING, RETURNING):
            _give_back(turn)


def _back_in_menu(turn: Turn, step: Step) -> None:
    """The conversation is over and the PBX's scheme has the caller: nobody can hand him on any more."""
    if turn.activity.phase == RETURNING:
        result = turn.call.result
        transitions.leave(turn, result.kind, "the caller is in the PBX's menu", code=result.code)
    elif turn.activity.phase != NEED_CALLER and attempts.is_lost(turn):
        _lost(turn, step)


def _lost(turn: Turn, step: Step) -> None:
    outcome, reason = turn.activity.outcome, turn.activity.reason
    if not reason:
        outcome = "failed"
    _next(turn, step, outcome, f"{outcome}: the caller is in the PBX's menu", reason)


def _timer(turn: Turn, step: Step, name: str, due: float) -> None:
    if name == RETURN_TIMER:
        result = turn.call.result
        transitions.leave(turn, result.kind, "the caller did not come back", code=result.code)
    elif name == UNHELD_TIMER:
        _returned(turn, 0)
    elif name in (attempts.BACK_TIMER, attempts.REPLACE_TIMER):
        _lost(turn, step)
    else:
        _next(turn, step, "failed", "failed: no leg came of it", 0)


def _failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    if turn.activity.phase == attempts.DIALLING:
        _next(turn, step, "failed", f"failed: {reason}", code)


def _answered(turn: Turn, step: Step) -> None:
    attempts.sent(turn)
    if attempts.caller_is_back(turn):
        _back_in_menu(turn, step)


def _succeeded(turn: Turn, step: Step) -> None:
    attempts.succeeded(turn)
    _wait_for_leg(turn)
    if attempts.caller_is_back(turn):
        _back_in_menu(turn, step)


def _late_answer(turn: Turn, step: Step, command_id: str) -> None:
    """The queue had let the command go before the leg that it names ended."""
    if attempts.resumed(turn, command_id, "sent"):
        attempts.sent(turn)


def _late_result(turn: Turn, step: Step, code: int) -> None:
    """A refusal counts whatever legs came that do not name the command: another transfer, which the employee began."""
    if is_success(code):
        if attempts.resumed(turn, turn.activity.command_ids[-1], "done"):
            _succeeded(turn, step)
    elif turn.activity.phase == NEED_CALLER:
        attempts.refused(turn)
    elif turn.activity.phase == attempts.RINGING and not attempts.is_proved(turn):
        turn.call.result = Result(code=code, kind="failed")
        _next(turn, step, "failed", f"failed: result {code}, {meaning(code)}", code)


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
