"""`route`: bring the caller to somebody, one destination after another (§3.2.7).

Each destination is an attempt (`attempts`). Its `ring` bounds how long it may ring: it starts at the attempt's first
Appeared and ends the attempt as `no_answer` without ending the leg, which the next route or hangup intercepts.
"""

from typing import Any, Final

from router.engine import transitions
from router.engine.call_scope import CallScope
from router.engine.journey import is_alive, is_in_menu, is_ringing, is_talking
from router.engine.state import Leg, Result
from router.engine.step_context import StepContext
from router.engine.verbs import attempt_members, attempts, bought_time, interrupted
from router.engine.verbs.destinations import Target, next_target
from router.engine.verbs.verb_rules import NEED_CALLER, VerbRules
from router.flow.durations import format_duration
from router.flow.model import Step
from router.flow.verbs.route import Route
from router.protocol.codes import CALLER_LEFT, matches_class
from router.protocol.commands import fit_header
from router.protocol.events import APPEARED, DISCONNECTED


def _enter(context: StepContext, step: Step[Route]) -> None:
    if not interrupted.take_up(context, step, _target, _leg):
        _next(context, step, "unavailable", "there is nobody to route to", 0)


def _next(context: StepContext, step: Step[Route], outcome: str, why: str, code: int) -> None:
    """Try the next destination, or leave by the outcome of the last one."""
    settings = step.settings
    target = next_target(context, settings.to, context.activity.attempt, online_only=settings.online_only)
    context.cancel_step_timers()
    context.call.pending = None
    if target is None:
        context.call.result = Result(code=code, kind=outcome)
        transitions.leave(context, outcome, why, code=code)
        return
    if context.activity.attempt >= 0:
        context.note(f"{why}: next destination, {target.label}")
    context.act(attempt=target.index, command_ids=(), routed_before=(), again=0)
    _dial(context, step, target)


def _again(context: StepContext, step: Step[Route], target: Target, why: str) -> None:
    """The same destination once more, on the leg that the caller is on now."""
    context.cancel_step_timers()
    context.call.pending = None
    context.act(again=context.activity.again + 1)
    context.note(f"{why}: {target.label} again on the caller's present leg")
    _dial(context, step, target)


def _dial(context: StepContext, step: Step[Route], target: Target) -> None:
    """Send the command for a destination, or wait until there is a leg that it can be sent for."""
    leg = _routable(context)
    if leg is None:
        context.act(phase=NEED_CALLER)
        return
    if context.activity.hold and leg.last.call_id != context.activity.routed_call_id:
        context.act(hold="", hold_seconds=0.0)  # what was played to another leg keeps nobody on this one
    settings = step.settings
    params: dict[str, Any] = {"to_number": target.number}
    if settings.display_name is not None and (shown := fit_header(settings.display_name.render(CallScope(context)))):
        params["sip_headers"] = {"From/display-name": shown}  # an empty name is none: the PBX would refuse the route
    context.act(since=context.now)
    buyable = bought_time.can_buy(context)
    command_id = context.queue(
        "route", params, target.label, leg=leg, high_priority=settings.high_priority, buyable=buyable
    )
    attempts.dialled(context, command_id, leg)
    bought_time.look(context)


def _routable(context: StepContext) -> Leg | None:
    """The caller's leg if a route is allowed now: in the menu or a queue, or ringing at somebody (§3.2.7)."""
    leg = context.leg
    if leg is None or not is_alive(leg):
        return None
    return leg if is_in_menu(leg) or is_ringing(leg) else None


def _target(context: StepContext, step: Step[Route]) -> Target | None:
    settings = step.settings
    index = context.activity.attempt
    return next_target(context, settings.to, index - 1, online_only=False) if index >= 0 else None


def _leg(context: StepContext, step: Step[Route], leg: Leg, before: Leg | None) -> None:
    target = _target(context, step)
    phase = context.activity.phase
    if phase == NEED_CALLER and not attempt_members.resumed_by(context, leg, target):
        _caller_again(context, step, leg, target)
    elif attempt_members.is_member(context, leg, target):
        attempts.joined(context, leg)
        _member(context, step, leg)
    elif is_talking(leg) and leg.last.call_id == context.call.leg:
        transitions.leave(context, "answered", "the leg that rang was answered before it was intercepted")
    elif phase == attempts.RACE and target is not None and attempts.has_moved_on(context):
        _again(context, step, target, "the leg was over before the route came")
    if context.goto is None:
        _look_for_caller(context, step)


def _caller_again(context: StepContext, step: Step[Route], leg: Leg, target: Target | None) -> None:
    """A leg may be what the step was waiting for, or the one of an earlier step that is answered after all."""
    if context.leg is not None and is_talking(context.leg):
        transitions.leave(context, "answered", "the caller is already connected")
    elif target is not None and _routable(context) is not None:
        _dial(context, step, target)


def _member(context: StepContext, step: Step[Route], leg: Leg) -> None:
    if is_talking(leg):
        transitions.leave(context, "answered", f"{leg.last.to_extension or leg.last.to_number} answered")
    elif leg.last.state == DISCONNECTED:
        if attempts.ended(context, leg):
            outcome, reason = context.activity.outcome, context.activity.reason
            _next(context, step, outcome, f"{outcome}: the leg ended with {reason}", reason)
    elif leg.last.state == APPEARED and attempts.RING_TIMER not in context.call.timers:
        seconds = _ring_seconds(context, step)
        if seconds:
            context.set_timer(attempts.RING_TIMER, leg.first_seen + seconds)


def _ring_seconds(context: StepContext, step: Step[Route]) -> float:
    """How long the present destination may ring; 0 leaves it to the PBX."""
    ring = step.settings.ring
    return ring[context.activity.attempt] if ring else 0.0


def _look_for_caller(context: StepContext, step: Step[Route]) -> None:
    """A caller who is back in the menu waits for nothing: no leg will come of the attempt any more."""
    phase = context.activity.phase
    if phase not in (attempts.DIALLING, attempts.RINGING, attempts.OVER) or not attempts.caller_is_back(context):
        return
    if attempts.is_lost(context):
        _lost(context, step)


def _lost(context: StepContext, step: Step[Route]) -> None:
    outcome, reason = context.activity.outcome, context.activity.reason
    if not outcome or outcome == CALLER_LEFT:
        outcome = "failed"
    why = f"{outcome}: the caller is back in the PBX's menu" if reason == 0 else f"{outcome}: it ended with {reason}"
    _next(context, step, outcome, why, reason)


def _timer(context: StepContext, step: Step[Route], name: str, due: float) -> None:
    if name == bought_time.HOLD_TIMER:
        bought_time.look(context)
    elif name == attempts.RING_TIMER:
        seconds = format_duration(_ring_seconds(context, step))
        _next(context, step, "no_answer", f"no_answer: nobody answered within ring, {seconds}", 0)
    elif name in (attempts.BACK_TIMER, attempts.REPLACE_TIMER) and context.activity.outcome:
        _lost(context, step)
    else:
        code = context.call.result.code if name == attempts.RACE_TIMER else 0
        _next(context, step, "failed", f"failed: {WHY[name]}", code)


WHY: Final = {
    attempts.LEG_TIMER: "no leg came of it",
    attempts.REPLACE_TIMER: "its last leg was replaced by none",
    attempts.RACE_TIMER: "the PBX refused it, and nothing happened to the leg",
    attempts.BACK_TIMER: "the caller is back in the PBX's menu",
}


def _failed(context: StepContext, step: Step[Route], code: int, reason: str) -> None:
    """The command was refused, expired or is unclear."""
    if context.activity.phase == attempts.DIALLING:
        _refused(context, step, code, reason)


def _late_result(context: StepContext, step: Step[Route], code: int) -> None:
    attempts.late_result(
        context,
        code,
        done=lambda: _succeeded(context, step),
        failed=lambda why: _refused(context, step, code, why),
    )


def _refused(context: StepContext, step: Step[Route], code: int, reason: str) -> None:
    """Because the leg had just ended, which the PBX says with 41xx, perhaps before it tells of the end? Then the caller
    is somewhere else, and the author's wish still stands."""
    target, activity = _target(context, step), context.activity
    attempts.refused(context)
    if matches_class(code, "41xx") and target is not None and activity.again < attempts.MOST_AGAIN:
        if attempts.has_moved_on(context):
            _again(context, step, target, f"the leg was over before the route came ({reason})")
            return
        if activity.phase != attempts.RACE:
            context.call.pending = None
            context.call.result = Result(code=code, kind="failed")
            context.act(phase=attempts.RACE, legs=())  # what rings without naming the command is not its doing
            context.cancel_step_timers()
            context.set_timer(attempts.RACE_TIMER, context.now + attempts.RACE_SECONDS)
            return
    _next(context, step, "failed", f"failed: {reason}", code)


def _answered(context: StepContext, step: Step[Route]) -> None:
    bought_time.ended(context)
    attempts.sent(context)
    _look_for_caller(context, step)


def _late_answer(context: StepContext, step: Step[Route], command_id: str) -> None:
    """The queue had let the command go before the leg that it names ended."""
    if attempts.resumed(context, command_id, "sent"):
        attempts.sent(context)
        _look_for_caller(context, step)


def _succeeded(context: StepContext, step: Step[Route]) -> None:
    attempts.succeeded(context)
    _look_for_caller(context, step)


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
