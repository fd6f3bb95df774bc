"""Values that other systems and spreadsheets bring, as the language's types.

One rule for all of them: answers of `http`, `api`, `contact` and `visitor` lookups, cells of tables, and what a test
gives. A value that does not fit is left out, so that the output keeps its default, and the reason is told; nothing is
ever guessed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, Final, NamedTuple

from router.protocol.dial_plan import DEFAULT_COUNTRY
from router.protocol.number_spelling import plain
from router.protocol.phone_numbers import number_of, read_number

MOST_CHARACTERS: Final = 10_000
MOST_SHOWN: Final = 60  # characters of a value in a note
LARGEST: Final = 1e15  # up to which a float counts whole numbers exactly

TRUTHS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "yes", "y", "1", "1.0", "да", "истина"), True),  # a Russian Excel writes ИСТИНА
    **dict.fromkeys(("false", "no", "n", "0", "0.0", "нет", "ложь"), False),
}

_PLAIN: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_COMMA_EXPONENT: Final = re.compile(r"[+-]?[0-9],[0-9]+[eE][+-]?[0-9]{1,3}", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?([0-9]{1,3}([ .][0-9]{3})+|[0-9]+),[0-9]+", re.ASCII)
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}( [0-9]{3})+(\.[0-9]+)?", re.ASCII)
_GROUPED_BY_COMMA: Final = re.compile(
    r"[+-]?[0-9]{1,3}(,[0-9]{3}){2,}(\.[0-9]+)?|[+-]?[0-9]{1,3},[0-9]{3}\.[0-9]+", re.ASCII
)
_GROUPED_BY_DOT: Final = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}", re.ASCII)
_DATE: Final = re.compile(
    r"(?:(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"|(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4}|[0-9]{2}))"
    r"(?:[T ]\s*(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII | re.IGNORECASE,
)


class Fitted(NamedTuple):
    """A value as a type of the language."""

    value: Any  # None when it does not fit
    note: str = ""  # why not, or what was cut off, as a clause: `"+7 …, +7 …" holds more than one number`


def fitted(value: Any, kind: str, country: str = DEFAULT_COUNTRY) -> Fitted:
    """`value` as text, number, bool, date or phone; an absent one (None) fits nothing, and there is nothing to tell."""
    if value is None:
        return Fitted(None)
    found, reason = _KINDS[kind](value, country)
    return Fitted(found, f"{shown(value)} {reason}" if reason else "")


def shown(value: Any) -> str:
    """A foreign value for people, on one line and not too long."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    text = value if isinstance(value, str) else as_text(value) or ""
    text = "".join(character if character.isprintable() else "?" for character in text)
    cut = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    return f'"{cut}"' if isinstance(value, str) else cut


def as_text(value: Any) -> str | None:
    """The text of a JSON value: a number without exponent and without `.0`; None of an object or a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST:
        return str(int(value))
    return str(value)[:MOST_CHARACTERS] if isinstance(value, str | int | float) else None


def iso_date(text: str) -> str:
    """The day of `2026-11-30`, `2026-11-30T10:00`, `30.11.2026` or `30.11.26` as 2026-11-30; "" when it is none."""
    found = _DATE.fullmatch(plain(text)) if not text.isdecimal() else None  # a number, as most keys of a table are
    if found is None:
        return ""
    year, month, day = (
        int(found[long] or found[short]) for long, short in (("year", "y"), ("month", "m"), ("day", "d"))
    )
    try:
        whole = date(year + 2000 if year < 100 else year, month, day)
        time(int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return ""
    return whole.isoformat()


_Kind = Callable[[Any, str], tuple[Any, str]]
"""(value, country) -> (the value of the type or None, what is to be told)."""


def _text(value: Any, _country: str) -> tuple[Any, str]:
    text = as_text(value)
    return text, "" if text is not None else "is no text"


def _number(value: Any, _country: str) -> tuple[Any, str]:
    if isinstance(value, bool):
        return int(value), ""
    text = value if isinstance(value, str) else None
    number = _spelled(text) if text is not None else value if isinstance(value, int | float) else None
    if number is None or number != number or abs(number) > LARGEST:
        return None, "is empty" if text is not None and not text.strip() else "is not a number"
    return (int(number), "") if float(number).is_integer() else (number, "")


def _spelled(text: str) -> float | None:
    """`1250.5`, `1 250,50` and what else people write in a cell; `1,250` has a decimal comma."""
    text = " ".join(plain(text).split())
    if _PLAIN.fullmatch(text):
        return float(text)
    if _COMMA_EXPONENT.fullmatch(text):
        return float(text.replace(",", "."))
    if _GROUPED_BY_COMMA.fullmatch(text):
        return float(text.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(" ", "").replace(".", "").replace(",", "."))
    if _GROUPED.fullmatch(text):
        return float(text.replace(" ", ""))
    return float(text.replace(".", "")) if _GROUPED_BY_DOT.fullmatch(text) else None


def _bool(value: Any, _country: str) -> tuple[Any, str]:
    if isinstance(value, bool):
        return value, ""
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value), ""
    text = plain(value).lower() if isinstance(value, str) else ""
    found = TRUTHS.get(text)
    return found, "" if found is not None else "is empty" if value == "" else "is neither yes nor no"


def _date(value: Any, _country: str) -> tuple[Any, str]:
    day = iso_date(value) if isinstance(value, str) else ""
    return day or None, "" if day else "is empty" if value == "" else "is not a date"


def _phone(value: Any, country: str) -> tuple[Any, str]:
    text = None if isinstance(value, bool) else as_text(value)
    if text is None:
        return None, "is not a number"
    if text.isascii() and text.isdecimal() and len(text) <= 15:
        return number_of(text, country), ""
    found = read_number(text, country)
    if found.withheld:
        return None, "is a withheld number"
    if found.problem:
        return None, "is empty" if not text.strip() else f"is no telephone number: {found.problem}"
    return found.number, f"has an extension, {found.extension}, which is cut off" if found.extension else ""


_KINDS: Final[Mapping[str, _Kind]] = {"text": _text, "number": _number, "bool": _bool, "date": _date, "phone": _phone}
