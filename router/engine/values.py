"""Foreign values as the language's types: what a lookup brings is coerced, or it is as if it had not come."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

MOST_CHARACTERS: Final = 10_000
TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


def typed(value: Any, wanted: str) -> Any:
    """`value` as text, number, bool or phone; None when it cannot be one."""
    return None if value is None else TYPES[wanted](value)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:MOST_CHARACTERS] if isinstance(value, str | int | float) else None


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return int(value)
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
    if number is None or number != number or abs(number) > 1e15:
        return None
    return int(number) if number.is_integer() else number


def _bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    return TRUTHS.get(value.strip().lower()) if isinstance(value, str) else None


def _phone(value: Any) -> str | None:
    text = _text(value)
    return digits_of(text) if text is not None and not isinstance(value, bool) else None


def in_url(text: str) -> str:
    """A text as a part of an address that says no more than itself: percent-encoded, dots too where they are all, since
    `..` would take away the part before it."""
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def digits_of(text: str) -> str:
    """What can be dialled of a phone: the ten digits, of no other script, and none of the superscripts."""
    if text.isascii() and text.isdecimal():
        return text  # the usual case, and the hot one
    return _NOT_DIALLED.sub("", text)


_NOT_DIALLED: Final = re.compile("[^0-9]+")


TYPES: Final[Mapping[str, Callable[[Any], Any]]] = {"text": _text, "number": _number, "bool": _bool, "phone": _phone}
