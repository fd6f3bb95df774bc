"""`return`: ends a flow that another one runs.

What it returns becomes `STEP.NAME` of the step that ran it, and the name that it returns by is that step's exit.
"""

from typing import Any, Final

from router.engine import transitions
from router.engine.state import Frame
from router.engine.step_context import StepContext
from router.engine.verbs.set import assigned
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.return_ import Return


def _enter(context: StepContext, step: Step[Return]) -> None:
    settings = step.settings
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


RULES: Final = VerbRules(enter=_enter)
