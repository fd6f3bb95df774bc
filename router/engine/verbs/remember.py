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
    keep = context.bundle.lists[settings.list_name].keep_seconds
    context.remembered.add((settings.list_name, value))
    context.effects.append(RememberValue(list_name=settings.list_name, value=value, keep_seconds=keep))
    transitions.leave(context, "next", f"{value} is in lists.{settings.list_name}")


RULES: Final = VerbRules(enter=_enter)
