"""The functions of the language: one table that the checks, the compiler and the reference read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.flow.expressions import dates
from router.flow.expressions.types import BOOL, NUMBER, TEXT
from router.flow.expressions.values import LONGEST_TEXT, hash_percent, to_number, to_text
from router.flow.model import Scope
from router.flow.resources import masks

ANY: Final = "any"  # a parameter that takes every type of value
SAME: Final = "same"  # parameters that must go together, and a result of their type


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function. `call` gets the scope and the arguments' values; it is total."""

    parameters: tuple[str, ...]
    result: str
    call: Callable[..., Any]
    about: str  # for the reference: what it gives
    repeats: bool = False  # the last parameter may come any number of times more
    mask: int | None = None  # which argument is a mask, to be checked when it is written out


def _matches(_scope: Scope, text: str, mask: str) -> bool:
    return masks.matches(text, mask)


def _upper(_scope: Scope, text: str) -> str:
    return text.upper()[:LONGEST_TEXT]  # one letter may become three


def _lower(_scope: Scope, text: str) -> str:
    return text.lower()[:LONGEST_TEXT]


FUNCTIONS: Final[Mapping[str, Function]] = {
    "len": Function(
        parameters=(TEXT,),
        result=NUMBER,
        call=lambda _scope, text: len(text),
        about="how many characters the text has",
    ),
    "number": Function(
        parameters=(ANY,),
        result=NUMBER,
        call=lambda _scope, value: to_number(value),
        about="the number that the text spells, 0 when it spells none; 1 for true",
    ),
    "text": Function(
        parameters=(ANY,),
        result=TEXT,
        call=lambda _scope, value: to_text(value),
        about="the value as text: 3, 0.25, true",
    ),
    "lower": Function(parameters=(TEXT,), result=TEXT, call=_lower, about="the text in lower case"),
    "upper": Function(parameters=(TEXT,), result=TEXT, call=_upper, about="the text in upper case"),
    "starts_with": Function(
        parameters=(TEXT, TEXT),
        result=BOOL,
        call=lambda _scope, text, beginning: text.startswith(beginning),
        about="whether the first text begins with the second",
    ),
    "ends_with": Function(
        parameters=(TEXT, TEXT),
        result=BOOL,
        call=lambda _scope, text, ending: text.endswith(ending),
        about="whether the first text ends with the second",
    ),
    "matches": Function(
        parameters=(TEXT, TEXT),
        result=BOOL,
        call=_matches,
        about="whether the mask covers the whole text: * any run, x or # one digit, a-b a range",
        mask=1,
    ),
    "min": Function(
        parameters=(NUMBER, NUMBER),
        result=NUMBER,
        call=lambda _scope, *numbers: min(numbers),
        about="the least of the numbers",
        repeats=True,
    ),
    "max": Function(
        parameters=(NUMBER, NUMBER),
        result=NUMBER,
        call=lambda _scope, *numbers: max(numbers),
        about="the greatest of the numbers",
        repeats=True,
    ),
    "default": Function(
        parameters=(SAME, SAME),
        result=SAME,
        call=lambda _scope, value, other: other if value is None or value == "" else value,
        about="the first value, or the second where the first is an empty text",
    ),
    "date": Function(
        parameters=(TEXT,),
        result=TEXT,
        call=lambda _scope, text: dates.as_date(text),
        about="the date as 2026-11-30, also of one with a time behind it or written 30.11.2026; else empty",
    ),
    "add_days": Function(
        parameters=(TEXT, NUMBER),
        result=TEXT,
        call=lambda _scope, text, days: dates.add_days(text, days),
        about="the date so many days later, or earlier with a negative number; empty when the text is no date",
    ),
    "days_between": Function(
        parameters=(TEXT, TEXT),
        result=NUMBER,
        call=lambda _scope, earlier, later: dates.days_between(earlier, later),
        about="how many days the second date lies behind the first; 0 when one of them is none",
    ),
    "hash_percent": Function(
        parameters=(TEXT,),
        result=NUMBER,
        call=lambda _scope, text: hash_percent(text),
        about="0 to 99, evenly spread and always the same for a text",
    ),
    "online": Function(
        parameters=(TEXT,),
        result=BOOL,
        call=lambda scope, extension: scope.online(extension),
        about="whether the employee with this extension can take a call, as far as is known",
    ),
    "status": Function(
        parameters=(TEXT,),
        result=TEXT,
        call=lambda scope, extension: scope.status(extension),
        about="the employee's presence: online, dnd, break, offline or dial, empty when unknown",
    ),
}
