"""A route or a transfer that a person's command interrupted, and that goes on since that command came to nothing.

The step is entered again, as any other, but its own command may have gone out before: then its phone still rings, or
will, and dialling a second time would only take the caller from there.
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import asdict, replace

from router.engine.journey import is_alive
from router.engine.state import Leg, Pending
from router.engine.step_context import StepContext
from router.engine.verbs import attempt_members, attempts
from router.engine.verbs.destinations import Target
from router.engine.verbs.verb_rules import NEED_CALLER
from router.flow.model import Step

Told = Callable[[StepContext, Step[Any], Leg, Leg | None], None]


def take_up(context: StepContext, step: Step[Any], target_of: Callable[..., Target | None], told: Told) -> bool:
    """Whether the attempt of before goes on; `told` is the verb's rule for what a leg does. If its command had not gone
    out, and the person's had no effect, the step begins with that destination: the ones before it were tried. If the
    person's had one, the PBX may have brought the caller back to any of them."""
    takeover, fresh = context.interrupted, context.activity
    before = takeover.interrupted if takeover is not None else None
    if takeover is None or before is None or not before.command_ids:
        return False
    context.act(**asdict(before) | {"phase": NEED_CALLER, "legs": (), "hold": "", "hold_seconds": 0.0})
    if attempts.caller_is_back(context):
        context.call.activity = fresh
        return False
    living = [leg for leg in context.call.legs.values() if is_alive(leg)]
    had_effect = not takeover.dialled
    for place in (before.attempt, *(range(len(step.settings.to)) if had_effect else ())):
        context.act(attempt=place)
        if any(attempt_members.resumed_by(context, leg, target_of(context, step)) for leg in living):
            _go_on(context, step, living, told)
            return True
    context.act(attempt=before.attempt)
    if takeover.waited is None:
        context.call.activity = replace(fresh, attempt=before.attempt - 1) if takeover.dialled else fresh
        return False
    _wait(context, takeover.waited)
    return True


def _go_on(context: StepContext, step: Step[Any], living: Iterable[Leg], told: Told) -> None:
    context.note("what the step had dialled before still rings: it goes on")
    for leg in living:
        if context.goto is None:
            told(context, step, leg, leg)


def _wait(context: StepContext, pending: Pending) -> None:
    """Nothing is told yet of what the PBX has taken."""
    context.note("the step's own command is under way: it goes on")
    context.act(phase=attempts.DIALLING)
    context.call.pending = pending
    seconds = attempts.NO_LEG_SECONDS if pending.phase == "done" else attempts.NO_RESULT_SECONDS
    context.set_timer(attempts.LEG_TIMER, context.now + seconds)
