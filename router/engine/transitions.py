"""Control: from step to step, through exits, budgets, `on_error` and `on_end`, to the end of the flow.

`leave` never enters the next step itself; it names it in `turn.goto`, and `run` enters steps until one of them rests.
So a chain of switches is a loop, not a recursion, and a verb's handler may leave its step at any point.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.engine import journey
from router.engine.scope import visit_key
from router.engine.state import CLOSING, ENDED, LEAVING, RELEASED, RESTING, RUNNING, UNTAKEN, Activity, Leg, Pending
from router.engine.step_context import Turn
from router.flow.model import NEEDS_CALLER, Flow
from router.flow.model import Step as FlowStep
from router.protocol.codes import matches_class

Enter = Callable[[Turn, FlowStep], None]

RESTS: Final = "answered"
"""The exit that needs no target: the flow rests until the call ends."""

LEFT: Final = "left"


def begin(turn: Turn, leg: Leg, flow: Flow) -> None:
    """A flow takes the call."""
    journey.take(turn, leg, flow)
    turn.call.status = RUNNING
    turn.note(f"taken by flow {flow.name}, version {turn.call.version}")
    turn.set_timer("budget", turn.now + flow.budget_seconds)
    turn.goto = flow.start


def run(turn: Turn, enter: Mapping[str, Enter]) -> None:
    """Enter steps until one of them waits for something."""
    while turn.goto is not None:
        name, turn.goto = turn.goto, None
        most = turn.root.budget_steps
        if turn.call.steps_taken >= most:
            if not turn.call.failed_once:
                turn.call.step = name
                fault(turn, f"the budget of {most} steps is used up")
                continue
            if turn.call.steps_taken >= most + GRACE_STEPS:
                release(turn, "the budget is used up in on_error too")
                return
        _enter(turn, turn.flow.steps[name], enter)


NOTHING_YET: Final = Activity()

GRACE_STEPS: Final = 20
"""What `on_error` may still take after the budget of steps is used up."""


def _enter(turn: Turn, step: FlowStep, enter: Mapping[str, Enter]) -> None:
    call = turn.call
    key = visit_key(call, step.name)
    visit = call.visits.get(key, 0) + 1
    call.step = step.name
    call.entered = turn.now
    call.activity = NOTHING_YET
    call.visits = {**call.visits, key: visit}
    call.steps_taken += 1
    turn.log("entered", step=step.name, verb=step.verb, visit=visit, **within(turn))
    if call.status == CLOSING and step.verb in NEEDS_CALLER:
        close(turn, f"step {step.name} needs a caller, and there is none any more")
    else:
        enter[step.verb](turn, step)


def leave(
    turn: Turn,
    name: str,
    why: str,
    *,
    code: int = 0,
    goto: str | None = None,
    clauses: list[dict[str, Any]] | None = None,
) -> None:
    """Leave the current step by the exit `name`. `goto` is given where the settings name the target themselves
    (switch, menu, watch); otherwise the step's exits say it, by code, class, name, `else`, in this order."""
    step = turn.step
    target = goto if goto is not None else _target(step, name, code)
    call = turn.call
    turn.withdraw(f"step {step.name} was left")
    turn.cancel_step_timers()
    call.activity = call.pending = None
    facts: dict[str, Any] = {"code": code} if code else {}
    if clauses:
        facts["clauses"] = clauses
    if call.within:
        facts["within"] = call.within
    turn.log("left", step=step.name, verb=step.verb, exit=name, goto=target or "", why=why, **facts)
    if target is not None:
        turn.goto = target
    else:
        _unwritten(turn, step, name)


def _target(step: FlowStep, name: str, code: int) -> str | None:
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


def _unwritten(turn: Turn, step: FlowStep, name: str) -> None:
    """An exit that is not written (FLOWS.md, "Exits")."""
    if turn.call.status == CLOSING:
        close(turn, "on_end is done")
    elif name == RESTS:
        turn.call.status = RESTING
        turn.note("answered: the flow rests until the call ends")
    elif name == LEFT:
        release(turn, "the PBX's scheme moved the caller on")
    else:
        fault(turn, f"exit {name} of step {step.name} is not written")


def fault(turn: Turn, reason: str) -> None:
    """`on_error`, once in a call; after that, release."""
    turn.withdraw(reason)
    turn.cancel_step_timers()
    turn.call.activity = turn.call.pending = None
    if turn.flow.on_error is None:
        turn.unwind()
    target = turn.flow.on_error
    if turn.call.status == CLOSING:
        turn.note(reason)
        close(turn, "on_end failed")
    elif target is None or turn.call.failed_once:
        release(turn, f"{reason}; nothing is left but to release the call")
    else:
        turn.note(f"{reason}: on_error")
        turn.call.failed_once = True
        turn.goto = target


def within(turn: Turn) -> dict[str, str]:
    """For the trace: which sub-flow a step belongs to."""
    return {"within": turn.call.within} if turn.call.within else {}


def release(turn: Turn, why: str) -> None:
    """Let go of the call and leave it to the PBX."""
    if turn.call.status == CLOSING:
        close(turn, why)
        return
    _stop(turn, why)
    turn.call.status = RELEASED
    turn.call.outcome = "answered" if turn.call.answered else "released"
    turn.note(f"released: {why}")


def hung_up(turn: Turn) -> None:
    """Our own hangup took effect; only the end is awaited, and `on_end` does not run."""
    _stop(turn, "the call was hung up")
    turn.call.status = LEAVING
    turn.call.outcome = "answered" if turn.call.answered else "hung_up"


def journey_over(turn: Turn, why: str) -> None:
    """The caller or the PBX ended the call: run what the flow has for that, else close."""
    call = turn.call
    turn.cancel_timers("end", "budget")
    if call.status in (UNTAKEN, RELEASED, LEAVING) or call.end_started:
        if call.status != CLOSING:
            close(turn, why)
        return
    turn.call.outcome = "answered" if call.answered else "missed"
    turn.call.end_started = True
    turn.note(f"the call is over: {why}")
    target = turn.step.exits.get("ended") if call.status == RUNNING and turn.step.verb == "watch" else None
    if target is not None:
        turn.log("left", step=call.step, verb="watch", exit="ended", goto=target, why=why, **within(turn))
        turn.call.activity = None
    _stop(turn, why)
    if target is None:
        turn.unwind()
    turn.call.status = CLOSING
    turn.call.leg = ""
    turn.goto = target or turn.root.on_end
    if turn.goto is None:
        close(turn, why)


def close(turn: Turn, why: str) -> None:
    """Nothing more will be done for this journey; what still comes is recorded and left alone."""
    _stop(turn, why)
    turn.cancel_timers(*turn.call.timers)
    turn.call.status = ENDED
    turn.call.ended = turn.call.over_at or turn.now
    turn.goto = None
    turn.note(f"ended: {why}")


def _stop(turn: Turn, why: str) -> None:
    """The current step is over without an exit."""
    call = turn.call
    if call.status == RUNNING and call.activity is not None:
        turn.log("left", step=call.step, verb=turn.step.verb, exit="", goto="", why=why, **within(turn))
    turn.withdraw(why)
    turn.cancel_step_timers()
    call.activity = call.pending = None
    turn.cancel_timers("budget")


def is_pending(pending: Pending | None, command_id: str) -> bool:
    return pending is not None and pending.command_id == command_id
