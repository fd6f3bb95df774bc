"""`switch`: the first condition that is true; the trace keeps the clauses of all that were asked."""

from typing import Any, Final

from router.engine import transitions
from router.engine.call_scope import CallScope, weighed
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.switch import Switch


def _enter(context: StepContext, step: Step[Switch]) -> None:
    scope = CallScope(context)
    asked: list[dict[str, Any]] = []
    for case in step.settings.cases:
        if case.when is None:
            transitions.leave(context, "else", "no condition was true", goto=case.goto, clauses=asked)
            return
        value, clauses = weighed(case.when, scope)
        holds = bool(value)
        asked.append({"when": case.when.source, "value": holds, "clauses": clauses})
        if holds:
            transitions.leave(context, case.goto, f"{case.when.source} is true", goto=case.goto, clauses=asked)
            return


RULES: Final = VerbRules(enter=_enter)
