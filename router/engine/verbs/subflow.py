"""`run` and `return`: a flow inside a flow.

The caller's flow waits in a frame, with its variables and outputs; the sub-flow has its own. What it returns becomes
`STEP.NAME` of the step that ran it, and the name that it returns by is that step's exit.
"""

from typing import Any, Final

from router.engine import transitions
from router.engine.state import Frame
from router.engine.step_context import StepContext, sealed
from router.engine.verbs.instant import assigned
from router.engine.verbs.rules import VerbRules
from router.flow.model import Return, Run, Step


def _run(context: StepContext, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Run)
    assert context.bundle is not None
    call = context.call
    flow = context.bundle.flows[settings.flow]
    given = {
        name: assigned(context, rule, flow.variables[name].type, f"vars.{name}", secret=flow.variables[name].secret)
        for name, rule in settings.arguments.items()
    }
    frame = Frame(flow=call.within or call.flow, step=step.name, variables=call.variables, outputs=call.outputs)
    defaults = {name: variable.default for name, variable in flow.variables.items()}
    context.call.within = flow.name
    context.call.frames = (*call.frames, frame)
    context.call.variables = defaults
    context.call.outputs = {}
    context.call.activity = None
    context.call.variables = defaults | {name: sealed(context, name, value) for name, value in given.items()}
    context.note(f"step {step.name} runs flow {flow.name}")
    context.goto = flow.start


def _return(context: StepContext, step: Step) -> None:
    settings = step.settings
    assert isinstance(settings, Return)
    frames = context.call.frames
    if not frames:
        transitions.release(context, "a flow that nobody runs has nowhere to return to")
        return
    frame = frames[-1]
    outputs = _returned(context, settings, frame)
    inner = context.call.within
    context.log(
        "left",
        step=step.name,
        verb=step.verb,
        exit=settings.exit,
        goto="",
        why="returns",
        **transitions.within(context),
    )
    context.call.within = "" if frame.flow == context.call.flow else frame.flow
    context.call.frames = frames[:-1]
    context.call.variables = frame.variables
    context.call.outputs = {**frame.outputs, **outputs}
    context.call.step = frame.step
    context.call.activity = None
    transitions.leave(context, settings.exit, f"flow {inner} returned {settings.exit}")


def _returned(context: StepContext, settings: Return, frame: Frame) -> dict[str, Any]:
    """The values, computed while the sub-flow's names still hold."""
    assert context.bundle is not None
    declared = context.bundle.flows[frame.flow].outputs
    found: dict[str, Any] = {}
    for name, rule in settings.values.items():
        key = f"{frame.step}.{name}"
        if key in declared:
            found[key] = assigned(context, rule, declared[key].type, key)
    return found


RUN: Final = VerbRules(enter=_run)
RETURN: Final = VerbRules(enter=_return)
