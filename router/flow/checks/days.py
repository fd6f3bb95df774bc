"""Days on which nothing is ever open, found before a caller finds them.

A day counts only when no entry of the bundle says that it is meant: a weekday or a date that is written `closed`, or
a public holiday, is a decision; a weekday that nobody mentions may be a slip.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from router.flow.findings import Report
from router.flow.model import Hours
from router.flow.resources.hours import DAYS, OpeningHours
from router.flow.yaml.node import Node, length_of

YEAR_DAYS: Final = 365
SHOWN: Final = 3
NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_days(hours: Mapping[str, Hours], written: Mapping[str, Node], today: date, report: Report) -> None:
    """W604 at the first entry of `hours`, for all such days of the year that begins with `today`."""
    entries = [entry for entry in hours.values() if isinstance(entry, OpeningHours)]
    if not entries:
        return
    _check_moved(hours, written, today, report)
    year = [today + timedelta(days=days) for days in range(YEAR_DAYS)]
    opens = [day for day in year if any(entry.opens_on(day) for entry in entries)]
    closed = [day for day in year if day not in opens and not any(entry.is_meant(day) for entry in entries)]
    if closed:
        node = min(written.values(), key=lambda name: (name.mark.file, name.mark.line, name.mark.column))
        message = f"on {len(closed)} days of the year from {today} nothing is ever open: {_in_words(closed, opens)}"
        suggestion = "write `closed` for a day that is meant to be"
        report.add("W604", node.mark, message, length=length_of(node), suggestion=suggestion)


def _check_moved(hours: Mapping[str, Hours], written: Mapping[str, Node], today: date, report: Report) -> None:
    """W613 at each entry whose calendar moves a working day to a weekend in the rest of this year or the next."""
    last = date(today.year + 1, 12, 31)
    for name, entry in hours.items():
        moved = entry.moved_days(today, last) if isinstance(entry, OpeningHours) else []
        if not moved or not isinstance(entry, OpeningHours):
            continue
        told = [f"{day}, a {NAMES[day.weekday()]}, {_hours_of(entry, day, instead)}" for day, instead in moved]
        message = f"the calendar of {entry.calendar and entry.calendar.country} moves working days: {'; '.join(told)}"
        node = written[name]
        report.add("W613", node.mark, message, length=length_of(node), suggestion=_dates_line(entry, moved))


def _hours_of(entry: OpeningHours, day: date, instead: date) -> str:
    ranges = entry.ranges_in_words(day)
    return f"has the hours of {instead}, a {NAMES[instead.weekday()]}: {', '.join(ranges) if ranges else 'closed'}"


def _dates_line(entry: OpeningHours, moved: Sequence[tuple[date, date]]) -> str:
    """The line that says the same in so many words."""
    days = [f'"{day}": {_written_ranges(entry.ranges_in_words(day))}' for day, _ in moved]
    return f"to settle it, write dates: {{{', '.join(days)}}}"


def _written_ranges(ranges: Sequence[str]) -> str:
    if not ranges:
        return "closed"
    return f'"{ranges[0]}"' if len(ranges) == 1 else f"[{', '.join(f'{chr(34)}{one}{chr(34)}' for one in ranges)}]"


def _in_words(closed: Sequence[date], opens: Sequence[date]) -> str:
    """Weekdays that never open by their name, other days one by one."""
    weekdays = {day.weekday() for day in closed} - {day.weekday() for day in opens}
    single = [day.isoformat() for day in closed if day.weekday() not in weekdays]
    more = [f"and {len(single) - SHOWN} more"] if len(single) > SHOWN else []
    return ", ".join([*(f"every {DAYS[weekday]}" for weekday in sorted(weekdays)), *single[:SHOWN], *more])
