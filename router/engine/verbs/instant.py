"""The verbs that wait for nothing: `switch`, `set` and `release`."""

from typing import Any, Final, cast

from router.engine import control
from router.engine.scope import CallScope, weighed
from router.engine.turn import Turn, sealed
from router.engine.values import digits_of
from router.engine.verbs.rules import VerbRules
from router.flow.model import Expression, SetVariables, Step, Switch, Template


def _switch(turn: Turn, step: Step) -> None:
    """The first condition that is true; the trace keeps the clauses of all that were asked."""
    assert isinstance(step.settings, Switch)
    scope = CallScope(turn)
    asked: list[dict[str, Any]] = []
    for case in step.settings.cases:
        if case.when is None:
            control.leave(turn, "else", "no condition was true", goto=case.goto, clauses=asked)
            return
        value, clauses = weighed(case.when, scope)
        holds = bool(value)
        asked.append({"when": case.when.source, "value": holds, "clauses": clauses})
        if holds:
            control.leave(turn, case.goto, f"{case.when.source} is true", goto=case.goto, clauses=asked)
            return


def _set(turn: Turn, step: Step) -> None:
    """Variables in the order written; a later one sees the earlier ones."""
    assert isinstance(step.settings, SetVariables)
    changed = []
    for name, rule in step.settings.values.items():
        variable = turn.flow.variables[name]
        value = assigned(turn, rule, variable.type)
        turn.call.variables = {**turn.call.variables, name: sealed(turn, name, value)}
        changed.append(f"{name} = {'***' if variable.secret else value}")
    control.leave(turn, "next", ", ".join(changed))


def assigned(turn: Turn, rule: Expression | Template, variable_type: str) -> Any:
    """What a variable is set to. A text or a phone is set by a text field, any other by an expression; the loader
    built the right one."""
    scope = CallScope(turn)
    if variable_type not in ("text", "phone"):
        return cast("Expression", rule).evaluate(scope)
    text = cast("Template", rule).render(scope)
    return digits_of(text) if variable_type == "phone" else text


def _release(turn: Turn, step: Step) -> None:
    control.release(turn, "the flow lets go of the call")


SWITCH: Final = VerbRules(enter=_switch)
SET: Final = VerbRules(enter=_set)
RELEASE: Final = VerbRules(enter=_release)
