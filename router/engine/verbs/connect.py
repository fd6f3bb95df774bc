"""`connect`: the caller who is on hold and the colleague talk, as when the employee hangs up (§3.2.8; profile 2026).

The document names a leg and its employee; published clients name both legs and the number of the one to the colleague.
All of it is sent where the leg to the colleague is known.
"""

from typing import Any, Final

from router.engine.journey import carries_caller, is_talking
from router.engine.state import Leg
from router.engine.step_context import StepContext
from router.engine.verbs.conversation_commands import rules


def _both_legs(context: StepContext, leg: Leg) -> dict[str, Any]:
    """The leg on hold and the one on which the employee consults, whose `from` is the employee."""
    for other in context.call.legs.values():
        if is_talking(other) and other is not leg and not carries_caller(context.call, other):
            return {
                "holded_call_id": leg.last.call_id,
                "transferred_call_id": other.last.call_id,
                "transfer_initiator_number": other.last.from_number or other.last.from_extension,
            }
    return {}


RULES: Final = rules("calls_connect", "connect", _both_legs)
