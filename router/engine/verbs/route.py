"""`route`: bring the caller to somebody, one destination after another (§3.2.7).

Each destination is an attempt (`attempts`). Its `ring` bounds how long it may ring: it starts at the attempt's first
Appeared and ends the attempt as `no_answer` without ending the leg, which the next route or hangup intercepts.
"""

from typing import Any, Final

from router.engine import transitions
from router.engine.journey import is_alive, is_in_menu, is_ringing, is_talking
from router.engine.scope import CallScope
from router.engine.state import Leg, Result
from router.engine.step_context import Turn
from router.engine.verbs import attempts, hold
from router.engine.verbs.destinations import Target, next_target
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.durations import format_duration
from router.flow.model import Route, Step
from router.protocol.codes import CALLER_LEFT, is_success, matches_class, meaning
from router.protocol.commands import fit_header
from router.protocol.events import APPEARED, DISCONNECTED


def _settings(step: Step) -> Route:
    assert isinstance(step.settings, Route)
    return step.settings


def _enter(turn: Turn, step: Step) -> None:
    _next(turn, step, "unavailable", "there is nobody to route to", 0)


def _next(turn: Turn, step: Step, outcome: str, why: str, code: int) -> None:
    """Try the next destination, or leave by the outcome of the last one."""
    settings = _settings(step)
    target = next_target(turn, settings.to, turn.activity.attempt, online_only=settings.online_only)
    turn.cancel_step_timers()
    turn.call.pending = None
    if target is None:
        turn.call.result = Result(code=code, kind=outcome)
        transitions.leave(turn, outcome, why, code=code)
        return
    if turn.activity.attempt >= 0:
        turn.note(f"{why}: next destination, {target.label}")
    turn.act(attempt=target.index, command_ids=(), routed_before=(), again=0)
    _dial(turn, step, target)


def _again(turn: Turn, step: Step, target: Target, why: str) -> None:
    """The same destination once more, on the leg that the caller is on now."""
    turn.cancel_step_timers()
    turn.call.pending = None
    turn.act(again=turn.activity.again + 1)
    turn.note(f"{why}: {target.label} again on the caller's present leg")
    _dial(turn, step, target)


def _dial(turn: Turn, step: Step, target: Target) -> None:
    """Send the command for a destination, or wait until there is a leg that it can be sent for."""
    leg = _routable(turn)
    if leg is None:
        turn.act(phase=NEED_CALLER)
        return
    if turn.activity.hold and leg.last.call_id != turn.activity.routed_call_id:
        turn.act(hold="", hold_seconds=0.0)  # what was played to another leg keeps nobody on this one
    settings = _settings(step)
    params: dict[str, Any] = {"to_number": target.number}
    if settings.display_name is not None:
        params["sip_headers"] = {"From/display-name": fit_header(settings.display_name.render(CallScope(turn)))}
    turn.act(since=turn.now)
    buyable = hold.can_buy(turn)
    command_id = turn.queue(
        "route", params, target.label, leg=leg, high_priority=settings.high_priority, buyable=buyable
    )
    attempts.dialled(turn, command_id, leg)
    hold.look(turn)


def _routable(turn: Turn) -> Leg | None:
    """The caller's leg if a route is allowed now: in the menu or a queue, or ringing at somebody (§3.2.7)."""
    leg = turn.leg
    if leg is None or not is_alive(leg):
        return None
    return leg if is_in_menu(leg) or is_ringing(leg) else None


def _target(turn: Turn, step: Step) -> Target | None:
    settings = _settings(step)
    index = turn.activity.attempt
    return next_target(turn, settings.to, index - 1, online_only=False) if index >= 0 else None


def _leg(turn: Turn, step: Step, leg: Leg, before: Leg | None) -> None:
    target = _target(turn, step)
    phase = turn.activity.phase
    if phase == NEED_CALLER and not attempts.resumed_by(turn, leg, target):
        _caller_again(turn, step, leg, target)
    elif attempts.is_member(turn, leg, target):
        attempts.joined(turn, leg)
        _member(turn, step, leg)
    elif is_talking(leg) and leg.last.call_id == turn.call.leg:
        transitions.leave(turn, "answered", "the leg that rang was answered before it was intercepted")
    elif phase == attempts.RACE and target is not None and attempts.has_moved_on(turn):
        _again(turn, step, target, "the leg was over before the route came")
    if turn.goto is None:
        _look_for_caller(turn, step)


def _caller_again(turn: Turn, step: Step, leg: Leg, target: Target | None) -> None:
    """A leg may be what the step was waiting for, or the one of an earlier step that is answered after all."""
    if turn.leg is not None and is_talking(turn.leg):
        transitions.leave(turn, "answered", "the caller is already connected")
    elif target is not None and _routable(turn) is not None:
        _dial(turn, step, target)


def _member(turn: Turn, step: Step, leg: Leg) -> None:
    if is_talking(leg):
        transitions.leave(turn, "answered", f"{leg.last.to_extension or leg.last.to_number} answered")
    elif leg.last.state == DISCONNECTED:
        if attempts.ended(turn, leg):
            outcome, reason = turn.activity.outcome, turn.activity.reason
            _next(turn, step, outcome, f"{outcome}: the leg ended with {reason}", reason)
    elif leg.last.state == APPEARED and attempts.RING_TIMER not in turn.call.timers:
        seconds = _ring_seconds(turn, step)
        if seconds:
            turn.set_timer(attempts.RING_TIMER, leg.first_seen + seconds)


def _ring_seconds(turn: Turn, step: Step) -> float:
    """How long the present destination may ring; 0 leaves it to the PBX."""
    ring = _settings(step).ring
    return ring[turn.activity.attempt] if ring else 0.0


def _look_for_caller(turn: Turn, step: Step) -> None:
    """A caller who is back in the menu waits for nothing: no leg will come of the attempt any more."""
    phase = turn.activity.phase
    if phase not in (attempts.DIALLING, attempts.RINGING, attempts.OVER) or not attempts.caller_is_back(turn):
        return
    if attempts.is_lost(turn):
        _lost(turn, step)


def _lost(turn: Turn, step: Step) -> None:
    outcome, reason = turn.activity.outcome, turn.activity.reason
    if not outcome or outcome == CALLER_LEFT:
        outcome = "failed"
    why = f"{outcome}: the caller is back in the PBX's menu" if reason == 0 else f"{outcome}: it ended with {reason}"
    _next(turn, step, outcome, why, reason)


def _timer(turn: Turn, step: Step, name: str, due: float) -> None:
    if name == hold.HOLD_TIMER:
        hold.look(turn)
    elif name == attempts.RING_TIMER:
        seconds = format_duration(_ring_seconds(turn, step))
        _next(turn, step, "no_answer", f"no_answer: nobody answered within ring, {seconds}", 0)
    elif name in (attempts.BACK_TIMER, attempts.REPLACE_TIMER) and turn.activity.outcome:
        _lost(turn, step)
    else:
        code = turn.call.result.code if name == attempts.RACE_TIMER else 0
        _next(turn, step, "failed", f"failed: {WHY[name]}", code)


WHY: Final = {
    attempts.LEG_TIMER: "no leg came of it",
    attempts.REPLACE_TIMER: "its last leg was replaced by none",
    attempts.RACE_TIMER: "the PBX refused it, and nothing happened to the leg",
    attempts.BACK_TIMER: "the caller is back in the PBX's menu",
}


def _failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    """The command was refused, expired or is unclear."""
    if turn.activity.phase == attempts.DIALLING:
        _refused(turn, step, code, reason)


def _late_result(turn: Turn, step: Step, code: int) -> None:
    """A refusal counts whatever legs came that do not name the command: the PBX put them up by itself."""
    if is_success(code):
        if attempts.resumed(turn, turn.activity.command_ids[-1], "done"):
            _succeeded(turn, step)
    elif turn.activity.phase == NEED_CALLER:
        attempts.refused(turn)
    elif turn.activity.phase == attempts.RINGING and not attempts.is_proved(turn):
        turn.call.result = Result(code=code, kind="failed")
        _refused(turn, step, code, f"result {code}, {meaning(code)}")


def _refused(turn: Turn, step: Step, code: int, reason: str) -> None:
    """Because the leg had just ended, which the PBX says with 41xx, perhaps before it tells of the end? Then the caller
    is somewhere else, and the author's wish still stands."""
    target, activity = _target(turn, step), turn.activity
    attempts.refused(turn)
    if matches_class(code, "41xx") and target is not None and activity.again < attempts.MOST_AGAIN:
        if attempts.has_moved_on(turn):
            _again(turn, step, target, f"the leg was over before the route came ({reason})")
            return
        if activity.phase != attempts.RACE:
            turn.call.pending = None
            turn.call.result = Result(code=code, kind="failed")
            turn.act(phase=attempts.RACE, legs=())  # what rings without naming the command is not its doing
            turn.cancel_step_timers()
            turn.set_timer(attempts.RACE_TIMER, turn.now + attempts.RACE_SECONDS)
            return
    _next(turn, step, "failed", f"failed: {reason}", code)


def _answered(turn: Turn, step: Step) -> None:
    hold.ended(turn)
    attempts.sent(turn)
    _look_for_caller(turn, step)


def _late_answer(turn: Turn, step: Step, command_id: str) -> None:
    """The queue had let the command go before the leg that it names ended."""
    if attempts.resumed(turn, command_id, "sent"):
        attempts.sent(turn)
        _look_for_caller(turn, step)


def _succeeded(turn: Turn, step: Step) -> None:
    attempts.succeeded(turn)
    _look_for_caller(turn, step)


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
