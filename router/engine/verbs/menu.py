"""`menu`: each key pattern is an exit; patterns are matched by a trie (`flow.resources.key_patterns`)."""

from typing import Final

from router.engine import transitions
from router.engine.step_context import StepContext
from router.engine.verbs.digit_input import Verdict, rules
from router.flow.model import Step
from router.flow.verbs.menu import Menu


def _judge(settings: Menu, buffer: str) -> Verdict:
    return settings.keys.match(buffer)


def _accept(context: StepContext, step: Step[Menu], pattern: str, keys: str) -> None:
    settings = step.settings
    context.call.digits = keys
    why = f"key {keys}" if keys == pattern else f"keys {keys} match {pattern}"
    transitions.leave(context, pattern, why, goto=settings.targets[pattern])


RULES: Final = rules(_judge, _accept)
