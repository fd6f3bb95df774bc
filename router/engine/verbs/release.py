"""`release`: lets go of the call and leaves it to the PBX."""

from typing import Final

from router.engine import transitions
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.release import Release


def _enter(context: StepContext, step: Step[Release]) -> None:
    transitions.release(context, "the flow lets go of the call")


RULES: Final = VerbRules(enter=_enter)
