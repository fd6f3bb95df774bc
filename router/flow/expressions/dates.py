"""Dates as texts: ISO ones are what the language has, others are understood where people write them."""

import re
from datetime import date, timedelta
from typing import Final

_ISO: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?", re.ASCII | re.DOTALL)
_DOTTED: Final = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4}|\d\d)", re.ASCII)
MOST_DAYS: Final = 4_000_000  # no two dates lie further apart


def parse_date(text: str) -> date | None:
    """The day of 2026-11-30, 2026-11-30T12:00:00, 30.11.2026 or 30.11.26."""
    text = text.strip()
    iso, dotted = _ISO.fullmatch(text), _DOTTED.fullmatch(text)
    if iso is not None:
        year, month, day = (int(part) for part in iso.groups())
    elif dotted is not None:
        day, month, year = (int(part) for part in dotted.groups())
        year += 2000 if year < 100 else 0
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def as_date(text: str) -> str:
    """The day as 2026-11-30, "" of what is no date."""
    found = parse_date(text)
    return found.isoformat() if found is not None else ""


def add_days(text: str, days: float) -> str:
    """The date so many days later; "" of what is no date, or lies beyond the calendar."""
    found = parse_date(text)
    if found is None or abs(days) > MOST_DAYS:
        return ""
    try:
        return (found + timedelta(days=int(days))).isoformat()
    except OverflowError:
        return ""


def days_between(earlier: str, later: str) -> int:
    """How many days the second date lies behind the first; 0 when one of them is none."""
    one, other = parse_date(earlier), parse_date(later)
    return (other - one).days if one is not None and other is not None else 0
