"""`split`: by a hash, so that the same value takes the same branch on every machine and in every replay."""

from hashlib import sha256
from typing import Final

from router.engine import transitions
from router.engine.call_scope import CallScope
from router.engine.step_context import StepContext
from router.engine.verbs.verb_rules import VerbRules
from router.flow.model import Step
from router.flow.verbs.split import Split


def _enter(context: StepContext, step: Step[Split]) -> None:
    settings = step.settings
    forced = context.environment.split.get(step.name)
    if forced is not None:
        transitions.leave(context, forced, "the test says so", goto=forced)
        return
    value = str(settings.sticky.evaluate(CallScope(context))) if settings.sticky is not None else context.call.token
    total = sum(weight for _, weight in settings.branches)
    point = int.from_bytes(sha256(f"{step.name}\n{value}".encode()).digest()[:8]) % total
    for branch, weight in settings.branches:
        point -= weight
        if point < 0:
            transitions.leave(context, branch, f"{weight} of {total}", goto=branch)
            return


RULES: Final = VerbRules(enter=_enter)
