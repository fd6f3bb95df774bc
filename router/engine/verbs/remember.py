"""`remember`: puts a number into a list that all calls share."""

from typing import Final

from router.engine import transitions
from router.engine.call_scope import CallScope
from router.engine.dialled_number import country_of
from router.engine.effects import RememberValue
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.remember import Remember
from router.protocol.phone_numbers import comparable


def _enter(context: StepContext, step: Step[Remember]) -> None:
    settings = step.settings
    value = comparable(settings.value.render(CallScope(context)), country_of(context))
    if not value:
        transitions.leave(context, "next", "there is nothing to remember")
        return
    assert context.bundle is not None
    name = settings.list_name
    if settings.list_by is not None:
        name = settings.list_by.render(CallScope(context))
        if name not in context.bundle.lists or context.bundle.lists[name].keep_seconds is None:
            transitions.leave(context, "next", f"lists[{name}]: there is none of that name that calls fill")
            return
    keep = context.bundle.lists[name].keep_seconds
    context.remembered.add((name, value))
    context.effects.append(RememberValue(list_name=name, value=value, keep_seconds=keep))
    transitions.leave(context, "next", f"{value} is in lists.{name}")


RULES: Final = VerbRules(enter=_enter)
