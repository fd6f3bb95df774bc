"""`collect`: a number of keys into a variable, ended by its length, a terminator, a pattern or silence.

`#` and `*` are part of the value only where a pattern names them. Callers end a number with one of them out of habit,
so without a terminator they end the input; with one they are a mistake.
"""

from typing import Final

from router.engine import transitions
from router.engine.dialled_number import country_of
from router.engine.step_context import StepContext, sealed
from router.engine.verbs.digit_input import SIGNS, Verdict, rules, shown
from router.flow.model import Step
from router.flow.verbs.collect import Collect
from router.protocol.phone_numbers import number_of


def _judge(settings: Collect, buffer: str) -> Verdict:
    value, key = buffer[:-1], buffer[-1:]
    if key in SIGNS and not _is_named(settings, key):
        ends = key == settings.terminator or not settings.terminator
        return (value if ends and _is_complete(settings, value) else None), False
    complete = buffer if _is_complete(settings, buffer) else None
    longer = len(buffer) < settings.max_length
    if settings.keys is not None:
        longer = longer and settings.keys.match(buffer)[1]
    return complete, longer


def _is_named(settings: Collect, key: str) -> bool:
    """Whether the pattern has the key; the terminator ends the input even there."""
    patterns = settings.keys.patterns if settings.keys is not None else ()
    return key != settings.terminator and any(key in pattern for pattern in patterns)


def _is_complete(settings: Collect, value: str) -> bool:
    fits = settings.keys is None or settings.keys.match(value)[0] is not None
    return fits and settings.min_length <= len(value) <= settings.max_length


def _accept(context: StepContext, step: Step[Collect], value: str, keys: str) -> None:
    settings = step.settings
    context.call.digits = "" if settings.secret else value
    if context.flow.variables[settings.into].type == "phone":  # in a text digits stay as they were typed
        value = number_of(value, country_of(context)) or value
    context.call.variables = {**context.call.variables, settings.into: sealed(context, settings.into, value)}
    transitions.leave(context, "next", f"{settings.into} = {shown(step, value)}")


RULES: Final = rules(_judge, _accept)
