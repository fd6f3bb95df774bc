"""`set`: variables in the order written; a later one sees the earlier ones."""

from typing import Any, Final, cast

from router.engine import transitions
from router.engine.call_scope import CallScope
from router.engine.dialled_number import country_of
from router.engine.step_context import StepContext, sealed
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import TEXTS, Expression, Step, Template
from router.flow.resources.foreign_values import fitted
from router.flow.verbs.set import SetVariables


def _enter(context: StepContext, step: Step[SetVariables]) -> None:
    changed = []
    for name, rule in step.settings.values.items():
        variable = context.flow.variables[name]
        value = assigned(context, rule, variable.type, f"vars.{name}", secret=variable.secret)
        context.call.variables = {**context.call.variables, name: sealed(context, name, value)}
        changed.append(f"{name} = {'***' if variable.secret else value}")
    transitions.leave(context, "next", ", ".join(changed))


def assigned(context: StepContext, rule: Expression | Template, kind: str, name: str, *, secret: bool = False) -> Any:
    """What the variable or output `name` is set to. A text, a phone or a date is set by a template, any other by an
    expression; the loader built the right one. A text that is no number, or no date, is traced and sets nothing."""
    scope = CallScope(context)
    if kind not in TEXTS:
        return cast("Expression", rule).evaluate(scope)
    template = cast("Template", rule)
    text = template.render(scope)
    if kind == "text" or not text or (kind == "phone" and template.is_phone):
        return text
    value, note = fitted(text, kind, country_of(context))
    if note:
        context.note(f"{name}: {'what was typed in secret does not fit' if secret else note}")
    return "" if value is None else value


RULES: Final = VerbRules(enter=_enter)
