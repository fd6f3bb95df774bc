"""What is dialled: a rendered text becomes a number as people write it, or the trace says why it is none."""

from router.engine.step_context import StepContext
from router.flow.resources.foreign_values import shown
from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.protocol.phone_numbers import read_number


def number_to_dial(context: StepContext, text: str, *, is_phone: bool = False) -> str:
    """The digits to dial, `sip:user@host` of an address; "" with a note for a text that is neither.

    The value of a phone was read before, and its digits begin with their country's code: reading them once more would
    take 84 912 345 678 of Vietnam for a number of Russia.
    """
    if not text or (is_phone and text.isascii() and text.isdecimal()):
        return text
    found = read_number(text, country_of(context))
    if found.withheld or found.problem:
        reason = found.problem or "it is a withheld number"
        context.note(f"{shown(text)} is not dialled: {reason}")
        return ""
    if found.extension:
        context.note(f"{shown(text)}: the extension {found.extension} is cut off")
    return f"sip:{found.number}" if found.address else found.number


def country_of(context: StepContext) -> str:
    """Of the bundle that the call runs on."""
    return context.bundle.country if context.bundle is not None else DEFAULT_COUNTRY
