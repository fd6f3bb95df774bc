"""What a verb is to the engine: a handful of functions, one for each thing that can happen at its step.

`enter` may leave the step at once (a switch does). The others are called only while the step is the current one and
the call is under the flow's control; what a verb does not name leaves it untouched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from router.engine.state import Leg, LookupFinished
from router.engine.step_context import StepContext
from router.engine.verbs import type_ahead
from router.flow.model import Settings, Step

C = TypeVar("C", bound=Settings, contravariant=True)

NEED_CALLER: Final = "need_caller"
"""The phase of a step that waits until the PBX gives it a leg that it can act on."""


def _nothing(context: StepContext, step: Step[Any]) -> None:
    """Nothing to do."""


def _no_leg(context: StepContext, step: Step[Any], leg: Leg, before: Leg | None) -> None:
    """A leg changed, which is nothing to this verb."""


def _no_timer(context: StepContext, step: Step[Any], name: str, due: float) -> None:
    """A timer that this verb does not set."""


def _no_failure(context: StepContext, step: Step[Any], code: int, reason: str) -> None:
    """A verb without a command has none that could fail."""


def _drop_digits(context: StepContext, step: Step[Any], digits: str) -> int:
    """Digits that come at any other verb are traced and dropped, unless a step behind it takes what is typed ahead."""
    if type_ahead.keep(context, digits):
        context.note(f"typed ahead: step {step.name} ({step.verb}) takes no digits, the next that listens may")
    else:
        context.note(f"digits dropped: step {step.name} ({step.verb}) does not take any")
    return 0


def _no_late_answer(context: StepContext, step: Step[Any], command_id: str) -> None:
    """What becomes of a command that the step no longer waits for is nothing to this verb."""


def _no_late_result(context: StepContext, step: Step[Any], code: int) -> None:
    """What the PBX says of a command that the step no longer waits for is nothing to this verb."""


def _no_answer(context: StepContext, step: Step[Any], answer: LookupFinished) -> None:
    """A verb that asks nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbRules(Generic[C]):
    """The functions of one verb."""

    enter: Callable[[StepContext, Step[C]], None]
    digits: Callable[[StepContext, Step[C], str], int] = _drop_digits  # how many of them it took, from the first on
    leg: Callable[[StepContext, Step[C], Leg, Leg | None], None] = _no_leg  # the leg as it is now, and as it was
    timer: Callable[[StepContext, Step[C], str, float], None] = _no_timer  # its name and when it was due
    answered: Callable[[StepContext, Step[C]], None] = _nothing  # the PBX took the pending command (HTTP 200)
    succeeded: Callable[[StepContext, Step[C]], None] = _nothing  # the pending command's result is 1000
    late_answer: Callable[[StepContext, Step[C], str], None] = _no_late_answer  # the PBX took one that the step gave up
    late_result: Callable[[StepContext, Step[C], int], None] = (
        _no_late_result  # its result, or that of one that a leg proved
    )
    looked_up: Callable[[StepContext, Step[C], LookupFinished], None] = _no_answer
    failed: Callable[[StepContext, Step[C], int, str], None] = _no_failure  # it was refused, expired, or is unclear
