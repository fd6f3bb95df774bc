"""Transitions: from step to step, through exits, budgets, `on_error`, `on_end` and `finally`, to the end.

`leave` never enters the next step itself; it names it in `context.goto`, and `run` enters steps until one of them
rests. So a chain of switches is a loop, not a recursion, and a verb's handler may leave its step at any point.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from router.engine import journey
from router.engine.call_scope import visit_key
from router.engine.state import (
    CLOSING,
    ENDED,
    LEAVING,
    RELEASED,
    RESTING,
    RUNNING,
    UNTAKEN,
    Activity,
    Leg,
    Pending,
    Takeover,
)
from router.engine.step_context import StepContext
from router.flow.model import Flow
from router.flow.model import Step as FlowStep
from router.flow.verbs import VERBS
from router.protocol.codes import matches_class

Enter = Callable[[StepContext, FlowStep[Any]], None]

RESTS: Final = "answered"
"""The exit that needs no target: the flow rests until the call ends."""

LEFT: Final = "left"


def begin(context: StepContext, leg: Leg, flow: Flow) -> None:
    """A flow takes the call."""
    journey.take(context, leg, flow)
    context.call.status = RUNNING
    context.note(f"taken by flow {flow.name}, version {context.call.version}")
    context.call.finishes = flow.finally_ is not None
    context.set_timer("budget", context.now + flow.budget_seconds)
    context.goto = flow.start


def run(context: StepContext, enter: Mapping[str, Enter]) -> None:
    """Enter steps until one of them waits for something."""
    call = context.call
    while context.goto is not None:
        name, context.goto = context.goto, None
        flow = context.flow
        most = (context.root if call.within else flow).budget_steps
        if call.steps_taken >= most:
            if not call.failed_once:
                call.step = name
                fault(context, f"the budget of {most} steps is used up")
                continue
            if call.steps_taken >= most + GRACE_STEPS:
                release(context, "the budget is used up in on_error too")
                return
        _enter(context, flow.steps[name], enter)


NOTHING_YET: Final = Activity()

GRACE_STEPS: Final = 20
"""What `on_error` may still take after the budget of steps is used up."""


def _enter(context: StepContext, step: FlowStep[Any], enter: Mapping[str, Enter]) -> None:
    call, name = context.call, step.name
    key = visit_key(call, name) if call.within else name
    visit = call.visits.get(key, 0) + 1
    call.step, call.exit = name, ""
    call.entered = context.now
    call.activity = NOTHING_YET
    call.visits = {**call.visits, key: visit}
    call.steps_taken += 1
    facts: dict[str, Any] = {"step": name, "verb": step.verb, "visit": visit}
    if call.within:
        facts["within"] = call.within
    context.tell("entered", facts)
    if call.status == CLOSING and VERBS[step.verb].traits.needs_caller:
        conclude(context, f"step {step.name} needs a caller, and there is none any more")
    else:
        enter[step.verb](context, step)
    context.interrupted = None


def leave(
    context: StepContext,
    name: str,
    why: str,
    *,
    code: int = 0,
    goto: str | None = None,
    clauses: list[dict[str, Any]] | None = None,
) -> None:
    """Leave the current step by the exit `name`. `goto` is given where the settings name the target themselves
    (switch, menu, watch); otherwise the step's exits say it, by code, class, name, `else`, in this order."""
    if context.call.takeover is not None:
        _give_back(context, name, why, code)
        return
    step = context.step
    target = goto if goto is not None else _target(step, name, code)
    call = context.call
    if call.pending is not None:
        context.withdraw(f"step {step.name} was left")
    context.cancel_step_timers()
    call.activity = call.pending = None
    call.exit = name
    facts: dict[str, Any] = {"step": step.name, "verb": step.verb, "exit": name, "goto": target or "", "why": why}
    if code:
        facts["code"] = code
    if clauses:
        facts["clauses"] = clauses
    if call.within:
        facts["within"] = call.within
    context.tell("left", facts)
    if target is not None:
        context.goto = target
    else:
        _unwritten(context, step, name)


def _target(step: FlowStep[Any], name: str, code: int) -> str | None:
    exits = step.exits
    if code:
        if (exact := exits.get(str(code))) is not None:
            return exact
        for pattern, target in exits.items():
            if "x" in pattern and matches_class(code, pattern):
                return target
    if name in exits:
        return exits[name]
    return None if name == RESTS else exits.get("else")


def _unwritten(context: StepContext, step: FlowStep[Any], name: str) -> None:
    """An exit that is not written (FLOWS.md, "Exits")."""
    if context.call.status == CLOSING:
        conclude(context, f"{closing_part(context)} is done")
    elif name == RESTS:
        context.call.status = RESTING
        context.note("answered: the flow rests until the call ends")
    elif name == LEFT:
        release(context, "the PBX's scheme moved the caller on")
    else:
        fault(context, f"exit {name} of step {step.name} is not written")


# a person's command (`engine.takeover`)

RESUME: Final = "resume"
RELEASE: Final = "release"


def _give_back(context: StepContext, name: str, why: str, code: int) -> None:
    """A person's command has come to its end: answered, it is what an answered route is; else the flow does what the
    person asked for."""
    call, takeover = context.call, context.call.takeover
    assert takeover is not None, "looked at before"
    context.withdraw(f"the command by hand is over: {why}")
    activity = context.activity
    end_takeover(context, name, why, code=code)
    if name == RESTS or (takeover.then == RESUME and takeover.rested and name != LEFT):
        call.status = RESTING
        context.note("the flow rests until the call ends")
    elif name == LEFT or takeover.then == RELEASE:
        release(context, f"{why}, after a command by hand")
    else:
        context.set_timer("budget", context.now + takeover.budget_left)
        context.goto = _step_after(context, takeover.then)
        if takeover.then == RESUME:
            context.interrupted = _after(takeover, activity)


def _after(takeover: Takeover, activity: Activity) -> Takeover:
    """What the interrupted step has to know of a person's command: a leg that was taken from the command's own may have
    brought the caller back to whom the step had dialled."""
    before = takeover.interrupted
    if not _had_effect(activity) or before is None:
        return takeover
    before = replace(before, routed_before=(*before.routed_before, *activity.legs))
    return replace(takeover, waited=None, interrupted=before, dialled="")


def _had_effect(activity: Activity) -> bool:
    """Whether a person's command may have moved the caller: it had legs, or was not refused."""
    return bool(activity.legs) or (bool(activity.command_ids) and activity.refused != activity.command_ids[-1])


def _step_after(context: StepContext, then: str) -> str:
    """A step of the flow in control, or of the one that took the call; without one the interrupted step."""
    if then == RESUME:
        return context.call.step
    if then not in context.flow.steps:
        context.unwind()
    return then if then in context.flow.steps else context.call.step


def end_takeover(context: StepContext, done: str, why: str, *, code: int = 0) -> None:
    """Write down what came of a person's command, if one has the call; from here on it has not."""
    call = context.call
    if call.takeover is None:
        return
    facts: dict[str, Any] = {"code": code} if code else {}
    context.log("manual", command_id=call.takeover.command_id, done=done, why=why, **facts)
    call.takeover = None
    context.cancel_step_timers()
    call.activity = call.pending = None


def fault(context: StepContext, reason: str) -> None:
    """`on_error`, once in a call; after that, release."""
    end_takeover(context, "failed", reason)
    context.withdraw(reason)
    context.cancel_step_timers()
    context.call.activity = context.call.pending = None
    if context.flow.on_error is None:
        context.unwind()
    target = context.flow.on_error
    if context.call.status == CLOSING:
        context.note(reason)
        conclude(context, f"{closing_part(context)} failed")
    elif target is None or context.call.failed_once:
        release(context, f"{reason}; nothing is left but to release the call")
    else:
        context.note(f"{reason}: on_error")
        context.call.failed_once = True
        context.goto = target


def within(context: StepContext) -> dict[str, str]:
    """For the trace: which sub-flow a step belongs to."""
    return {"within": context.call.within} if context.call.within else {}


def release(context: StepContext, why: str) -> None:
    """Let go of the call and leave it to the PBX."""
    if context.call.status == CLOSING:
        conclude(context, why)
        return
    _stop(context, why)
    context.call.status = RELEASED
    context.call.outcome = "answered" if context.call.answered else "released"
    context.note(f"released: {why}")


def hung_up(context: StepContext) -> None:
    """Our own hangup took effect; only the end is awaited, and `on_end` does not run."""
    end_takeover(context, "hung_up", "the PBX ended the call")
    _stop(context, "the call was hung up")
    context.call.status = LEAVING
    context.call.outcome = "answered" if context.call.answered else "hung_up"


def journey_over(context: StepContext, why: str) -> None:
    """The caller or the PBX ended the call: run what the flow has for that, else close."""
    call = context.call
    context.cancel_timers("end", "budget")
    if call.status in (UNTAKEN, RELEASED, LEAVING) or call.end_started:
        if call.status != CLOSING:
            conclude(context, why)
        return
    context.call.outcome = "answered" if call.answered else "missed"
    context.call.end_started = True
    context.note(f"the call is over: {why}")
    target = context.step.exits.get("ended") if call.status == RUNNING and context.step.verb == "watch" else None
    if target is not None:
        context.log("left", step=call.step, verb="watch", exit="ended", goto=target, why=why, **within(context))
        context.call.activity = None
    _stop(context, why)
    if target is None:
        context.unwind()
    context.call.status = CLOSING
    context.call.leg = ""
    context.goto = target or context.root.on_end
    if context.goto is None:
        conclude(context, why)


def conclude(context: StepContext, why: str) -> None:
    """The call is over, and so is `on_end` if it ran: `finally`, once, and then nothing more."""
    call = context.call
    if not call.finishes:
        close(context, why)
        return
    target = context.root.finally_
    context.note(f"{why}: finally")
    _stop(context, why)
    context.unwind()
    call.finishes = False
    call.status, call.end_started, call.leg = CLOSING, True, ""
    call.steps_taken, call.failed_once = 0, True  # a budget of its own: what used up the flow's must not stop it
    context.goto = target


def closing_part(context: StepContext) -> str:
    """What of the flow runs now that the call is over."""
    return "on_end" if context.call.finishes or context.root.finally_ is None else "finally"


def close(context: StepContext, why: str) -> None:
    """Nothing more will be done for this journey; what still comes is recorded and left alone."""
    _stop(context, why)
    context.cancel_timers(*context.call.timers)
    context.call.status = ENDED
    context.call.finishes = False
    context.call.ended = context.call.over_at or context.now
    context.goto = None
    context.note(f"ended: {why}")


def _stop(context: StepContext, why: str) -> None:
    """The current step is over without an exit."""
    call = context.call
    if call.takeover is not None:
        context.withdraw(why)
        end_takeover(context, "over", why)
    elif call.status == RUNNING and call.activity is not None:
        context.log("left", step=call.step, verb=context.step.verb, exit="", goto="", why=why, **within(context))
    context.withdraw(why)
    context.cancel_step_timers()
    call.activity = call.pending = None
    context.cancel_timers("budget")


def is_pending(pending: Pending | None, command_id: str) -> bool:
    return pending is not None and pending.command_id == command_id
