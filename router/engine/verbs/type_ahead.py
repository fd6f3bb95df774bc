"""Keys that come while no step listens, kept for the next one that takes what was typed ahead.

They are kept where a step of the bundle has `type_ahead` only, and sealed where a step of it collects a secret, since
nobody knows yet which step will take them. The next step that listens takes them or drops them.
"""

from typing import Final

from router.engine.environment import TYPED
from router.engine.step_context import StepContext

MOST_KEYS: Final = 99  # as many as the longest packet has (§3.1.4)


def keep(context: StepContext, digits: str) -> bool:
    """Keep the keys behind those that are kept already; False where none are."""
    bundle = context.bundle
    if bundle is None or not bundle.types_ahead:
        return False
    _set(context, (_get(context) + digits)[-MOST_KEYS:])
    return True


def take(context: StepContext) -> str:
    """What was typed ahead; from now on nothing."""
    if not context.call.typed:
        return ""
    digits = _get(context)
    context.call.typed = ""
    return digits


def _get(context: StepContext) -> str:
    typed = context.call.typed
    return context.environment.sealer.open(typed, context.call.entry_id, TYPED) if context.hides_digits else typed


def _set(context: StepContext, digits: str) -> None:
    sealer = context.environment.sealer
    context.call.typed = sealer.seal(digits, context.call.entry_id, TYPED) if context.hides_digits else digits
