"""`run` and `return`: a flow inside a flow.

The caller's flow waits in a frame, with its variables and outputs; the sub-flow has its own. What it returns becomes
`STEP.NAME` of the step that ran it, and the name that it returns by is that step's exit.
"""

from typing import Any, Final

from router.engine import transitions
from router.engine.state import Frame
from router.engine.step_context import Turn, sealed
from router.engine.verbs.instant import assigned
from router.engine.verbs.rules import VerbRules
from router.flow.model import Return, Run, Step


def _run(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Run)
    assert turn.bundle is not None
    call = turn.call
    flow = turn.bundle.flows[settings.flow]
    given = {
        name: assigned(turn, rule, flow.variables[name].type, f"vars.{name}", secret=flow.variables[name].secret)
        for name, rule in settings.arguments.items()
    }
    frame = Frame(flow=call.within or call.flow, step=step.name, variables=call.variables, outputs=call.outputs)
    defaults = {name: variable.default for name, variable in flow.variables.items()}
    turn.call.within = flow.name
    turn.call.frames = (*call.frames, frame)
    turn.call.variables = defaults
    turn.call.outputs = {}
    turn.call.activity = None
    turn.call.variables = defaults | {name: sealed(turn, name, value) for name, value in given.items()}
    turn.note(f"step {step.name} runs flow {flow.name}")
    turn.goto = flow.start


def _return(turn: Turn, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Return)
    frames = turn.call.frames
    if not frames:
        transitions.release(turn, "a flow that nobody runs has nowhere to return to")
        return
    frame = frames[-1]
    outputs = _returned(turn, settings, frame)
    inner = turn.call.within
    turn.log("left", step=step.name, verb=step.verb, exit=settings.exit, goto="", why="returns", **transitions.within(turn))
    turn.call.within = "" if frame.flow == turn.call.flow else frame.flow
    turn.call.frames = frames[:-1]
    turn.call.variables = frame.variables
    turn.call.outputs = {**frame.outputs, **outputs}
    turn.call.step = frame.step
    turn.call.activity = None
    transitions.leave(turn, settings.exit, f"flow {inner} returned {settings.exit}")


def _returned(turn: Turn, settings: Return, frame: Frame) -> dict[str, Any]:
    """The values, computed while the sub-flow's names still hold."""
    assert turn.bundle is not None
    declared = turn.bundle.flows[frame.flow].outputs
    found: dict[str, Any] = {}
    for name, rule in settings.values.items():
        key = f"{frame.step}.{name}"
        if key in declared:
            found[key] = assigned(turn, rule, declared[key].type, key)
    return found


RUN: Final = VerbRules(enter=_run)
RETURN: Final = VerbRules(enter=_return)
