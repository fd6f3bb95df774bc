"""What people write for days, ranges and dates of opening hours, in the words of the language."""

import re
from typing import Final

from router.flow.resources.foreign_values import iso_date
from router.flow.resources.hours import DAYS, date_problem, parse_days, parse_ranges

CLOSED: Final = "closed"
WHOLE_DAY: Final = "00:00-24:00"

_DAYS_CALLED: Final = {
    "weekend": "sat-sun", "weekends": "sat-sun", "выходные": "sat-sun", "weekday": "mon-fri", "weekdays": "mon-fri",
    "workday": "mon-fri", "workdays": "mon-fri", "working days": "mon-fri", "business days": "mon-fri",
    "будни": "mon-fri", "рабочие дни": "mon-fri", "daily": "mon-sun", "everyday": "mon-sun", "every day": "mon-sun",
    "all": "mon-sun",
    "always": "mon-sun", "any": "mon-sun", "*": "mon-sun", "ежедневно": "mon-sun", "все дни": "mon-sun",
    "24/7": "mon-sun",
}  # fmt: skip
_DAY_CALLED: Final = {
    **{word: DAYS[number] for number, words in enumerate((
        ("monday", "mo", "m", "пн", "понедельник", "1"), ("tuesday", "tue", "tues", "tu", "вт", "вторник", "2"),
        ("wednesday", "weds", "we", "ср", "среда", "3"), ("thursday", "thurs", "thur", "th", "чт", "четверг", "4"),
        ("friday", "fr", "пт", "пятница", "5"), ("saturday", "sa", "сб", "суббота", "6"),
        ("sunday", "su", "вс", "воскресенье", "7", "0"),
    )) for word in words},
    **{day: day for day in DAYS},
}  # fmt: skip
_CLOSED_CALLED: Final = frozenset(
    {"closed", "off", "no", "none", "false", "-", "holiday", "закрыто", "выходной", "нет", "не работаем"}
)
_OPEN_CALLED: Final = frozenset(
    {"24/7", "24h", "24", "always", "all day", "open", "круглосуточно", "allday", "24 часа"}
)
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_BETWEEN: Final = re.compile(r"\s*(?:-|\.\.+|\bto\b|\bдо\b|\bпо\b|/)\s*", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"(?:с|from|at)?\s*([0-9]{1,2})(?:[:.h\s]([0-9]{2}))?(?::[0-9]{2})?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE
)
_SEVERAL: Final = re.compile(r"\s*(?:[,;+&]|\band\b|\bи\b)\s*", re.IGNORECASE)
_DAY_MONTH: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.?", re.ASCII)
_LOOSE: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", re.ASCII)
_TWO_DATES: Final = re.compile(r"(.+?)(?:\s*/\s*|\s+(?:-|to|по|до)\s+|\.\.\.?|(?<=[0-9.])-(?=[0-9]{1,2}\.))(.+)")


def days_meant(text: str) -> str:
    """`mon-fri` of monday-friday, пн-пт, weekdays, 1-5; "" when it cannot be told."""
    low = text.strip().lower().translate(_DASHES).rstrip(":")
    if low in _DAYS_CALLED:
        return _DAYS_CALLED[low]
    parts = [part.strip(" .") for part in _BETWEEN.split(low)]
    days = [_DAY_CALLED.get(part, "") for part in parts]
    if len(days) > 2 or not all(days):
        return ""
    found = "-".join(days)
    return found if parse_days(found) is not None else ""


def several_days_meant(text: str) -> list[str]:
    """The days of `mon, wed and sat-sun`; none when there are not several, or one of them cannot be told."""
    found = [days_meant(part) for part in _SEVERAL.split(text.strip())]
    return found if len(set(found)) == len(found) > 1 and all(found) else []


def range_meant(text: str) -> str:
    """`09:00-18:00` of 9-18, 09.00–18.00, from 9am to 6pm, с 9 до 18; closed, or the whole day; "" of anything else."""
    low = " ".join(text.lower().translate(_DASHES).split())
    if low in _CLOSED_CALLED:
        return CLOSED
    if low in _OPEN_CALLED:
        return WHOLE_DAY
    ends = [_CLOCK.fullmatch(part.strip()) for part in _BETWEEN.split(low, maxsplit=1)]
    if len(ends) != 2:
        return ""
    begin, end = (_clock_of(found) for found in ends)
    if end > "24:00":  # 18:00-25:30 ends in the night after
        end = f"{int(end[:2]) - 24:02}{end[2:]}"
    if begin == end == "00:00":
        return WHOLE_DAY
    found = f"{begin}-{end}"
    return found if parse_ranges(found) is not None else ""


def ranges_meant(text: str) -> list[str]:
    """The ranges of `09:00-13:00, 14:00-18:00`; none when there are not several, or one of them cannot be told."""
    found = [range_meant(part) for part in _SEVERAL.split(text.strip())]
    return found if len(found) > 1 and all(found) and CLOSED not in found else []


def _clock_of(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    hour = int(found[1])
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return f"{hour:02}:{found[2] or '00'}"


def dates_meant(text: str) -> str:
    """`2026-12-31` of 31.12.2026, `12-31` of 31.12, `2026-12-31/2027-01-08` of two dates; "" of anything else."""
    text = text.strip().translate(_DASHES)
    one = _date_meant(text)
    if one:
        return one
    two = _TWO_DATES.fullmatch(text)
    if two is None:
        return ""
    first, last = _date_meant(two[1].strip()), _date_meant(two[2].strip())
    found = f"{first}/{last}"
    return found if first and last and not date_problem(found) else ""


def _date_meant(text: str) -> str:
    loose, day_month = _LOOSE.fullmatch(text), _DAY_MONTH.fullmatch(text)
    if loose is not None:
        found = f"{loose[1]}-{int(loose[2]):02}-{int(loose[3]):02}"
    elif day_month is not None:
        found = f"{int(day_month[2]):02}-{int(day_month[1]):02}"
    else:
        found = iso_date(text)
    return found if found and not date_problem(found) else ""
