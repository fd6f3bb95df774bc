"""`run`: a flow inside a flow.

The caller's flow waits in a frame, with its variables and outputs; the sub-flow has its own.
"""

from typing import Final

from router.engine.state import Frame
from router.engine.step_context import StepContext, sealed
from router.engine.verbs.set import assigned
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.run import Run


def _enter(context: StepContext, step: Step[Run]) -> None:
    settings = step.settings
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


RULES: Final = VerbRules(enter=_enter)
