"""`route`: bring the caller to somebody, one destination after another (§3.2.7).

Each destination is an attempt (`attempts`). `ring` bounds how long one may ring: it starts at the attempt's first
Appeared and ends the attempt as `no_answer` without ending the leg, which the next route or hangup intercepts.
"""

from typing import Any, Final

from router.engine import control
from router.engine.journey import is_alive, is_in_menu, is_ringing, is_talking
from router.engine.scope import CallScope
from router.engine.state import Leg, Result
from router.engine.turn import Turn
from router.engine.verbs import attempts, hold
from router.engine.verbs.destinations import Target, next_target
from router.engine.verbs.rules import NEED_CALLER, VerbRules
from router.flow.model import Route, Step
from router.protocol.codes import matches_class
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
        control.leave(turn, outcome, why, code=code)
        return
    if turn.activity.attempt >= 0:
        turn.note(f"{why}: next destination, {target.label}")
    turn.act(attempt=target.index)
    _dial(turn, step, target)


def _dial(turn: Turn, step: Step, target: Target) -> None:
    """Send the command for a destination, or wait until there is a leg that it can be sent for."""
    leg = _routable(turn)
    if leg is None:
        turn.act(phase=NEED_CALLER)
        return
    settings = _settings(step)
    params: dict[str, Any] = {"to_number": target.number}
    if settings.display_name is not None:
        params["sip_headers"] = {"From/display-name": fit_header(settings.display_name.render(CallScope(turn)))}
    turn.act(since=turn.now)
    buyable = hold.can_buy(turn)
    command_id = turn.queue(
        "route", params, target.label, leg=leg, high_priority=settings.high_priority, buyable=buyable
    )
    attempts.dialled(turn, command_id, leg.last.call_id)
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
    activity = turn.activity
    if activity.phase == NEED_CALLER:
        _caller_again(turn, step, leg, target)
    elif attempts.is_member(turn, leg, target.number if target else ""):
        attempts.joined(turn, leg)
        _member(turn, step, leg)
    elif is_talking(leg) and leg.last.call_id == turn.call.leg:
        control.leave(turn, "answered", "the leg that rang was answered before it was intercepted")


def _caller_again(turn: Turn, step: Step, leg: Leg, target: Target | None) -> None:
    """A leg may be what the step was waiting for, or the one of an earlier step that is answered after all."""
    if turn.leg is not None and is_talking(turn.leg):
        control.leave(turn, "answered", "the caller is already connected")
    elif target is not None and _routable(turn) is not None:
        _dial(turn, step, target)


def _member(turn: Turn, step: Step, leg: Leg) -> None:
    settings = _settings(step)
    if is_talking(leg):
        control.leave(turn, "answered", f"{leg.last.to_extension or leg.last.to_number} answered")
    elif leg.last.state == DISCONNECTED:
        outcome = attempts.ended(turn, leg)
        if outcome is not None:
            reason = leg.last.disconnect_reason
            _next(turn, step, outcome, f"{outcome}: the leg ended with {reason}", reason)
    elif leg.last.state == APPEARED and settings.ring and attempts.RING_TIMER not in turn.call.timers:
        turn.set_timer(attempts.RING_TIMER, leg.first_seen + settings.ring)


def _timer(turn: Turn, step: Step, name: str, due: float) -> None:
    if name == hold.HOLD_TIMER:
        hold.look(turn)
        return
    why = {
        attempts.RING_TIMER: "no_answer",
        attempts.LEG_TIMER: "failed",
        attempts.REPLACE_TIMER: "failed",
        attempts.RACE_TIMER: "failed",
    }[name]
    _next(turn, step, why, f"{why}: {WHY[name]}", turn.call.result.code if name == attempts.RACE_TIMER else 0)


WHY: Final = {
    attempts.RING_TIMER: "nobody answered within ring",
    attempts.LEG_TIMER: "no leg came of it",
    attempts.REPLACE_TIMER: "its last leg was replaced by none",
    attempts.RACE_TIMER: "the intercept was refused and nobody had answered",
}


def _failed(turn: Turn, step: Step, code: int, reason: str) -> None:
    """The command was refused, expired or is unclear."""
    activity = turn.activity
    routed = turn.call.legs.get(activity.routed_call_id)
    if activity.phase != attempts.DIALLING:
        return
    if matches_class(code, "41xx") and routed is not None and is_ringing(routed):
        turn.call.pending = None
        turn.call.result = Result(code=code, kind="failed")
        turn.act(phase=attempts.RACE)
        turn.set_timer(attempts.RACE_TIMER, turn.now + attempts.RACE_SECONDS)
        return
    _next(turn, step, "failed", f"failed: {reason}", code)


def _answered(turn: Turn, step: Step) -> None:
    hold.ended(turn)
    attempts.sent(turn)


def _succeeded(turn: Turn, step: Step) -> None:
    attempts.succeeded(turn)


RULES: Final = VerbRules(enter=_enter, leg=_leg, timer=_timer, answered=_answered, succeeded=_succeeded, failed=_failed)
