"""Opening hours: is it open, and when does it open next?

A range of a day is a stretch of real time, from the first instant at which the clock on the wall shows its beginning
to the last at which it shows its end. So a night on which the clocks change is neither opened twice nor cut short. A
range that passes midnight belongs to the day on which it began. What is written for a day beats the holidays' calendar,
and that beats the weekday; of what is written the closest holds: a date, a range of dates, a day of every year. A day
of a weekend that the calendar makes a working day has the hours of the day that is off for it. Nothing here reads a
clock; instants are Unix seconds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from router.flow.resources.holiday_calendar import Frozen, HolidayCalendar, stands_for

HORIZON_DAYS: Final = 400
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKEND: Final = frozenset({5, 6})
DAY_MINUTES: Final = 1440
_CACHED_DATES: Final = 1024
OWN_DATE: Final = "a date of its own"
MOVED: Final = "a working day of the calendar"

LAST_MINUTE: Final = DAY_MINUTES - 1
_SPAN: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9]{4}-[0-9]{2}-[0-9]{2})", re.ASCII)
_YEARLY: Final = re.compile(r"([0-9]{2})-([0-9]{2})", re.ASCII)
LEAP_YEAR: Final = 2000  # has a 29 February

_RANGE: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)

Ranges = tuple[tuple[int, int], ...]
"""Minutes from the day's midnight, (begin, end); an end past 1440 lies on the next day."""


def parse_ranges(text: str) -> tuple[int, int] | None:
    """(begin, end) in minutes of `09:00-18:00`; `22:00-06:00` ends at 1800. None when it is no range.

    `00:00-24:00` is the whole day; a range that ends where it begins is refused, since it could mean all or nothing.
    23:59 is the end of the day, too: nobody means to be closed in its last minute.
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return None
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in found.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if max(begin_minute, end_minute) > 59 or begin >= DAY_MINUTES or end > DAY_MINUTES or begin == end:
        return None
    if end == LAST_MINUTE:
        end = DAY_MINUTES
    return begin, end if end > begin else end + DAY_MINUTES


def ends_in_last_minute(text: str) -> bool:
    """Whether a range that can be read ends at 23:59."""
    found = _RANGE.fullmatch(text.strip())
    return found is not None and (found[3], found[4]) == ("23", "59")


def parse_days(text: str) -> tuple[int, ...] | None:
    """Weekdays (0 is Monday) of `mon` or `mon-fri`; `sat-mon` goes over the week's end. None when it is neither."""
    first, dash, last = text.strip().lower().partition("-")
    first, last = first.strip(), last.strip() if dash else first.strip()
    if first not in DAYS or last not in DAYS:
        return None
    begin, end = DAYS.index(first), DAYS.index(last)
    return tuple((begin + step) % 7 for step in range((end - begin) % 7 + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Days for which something is written, the closest first: a date, a range of dates, a day of every year."""

    single: Mapping[date, Ranges]
    spans: tuple[tuple[date, date, Ranges], ...]  # both ends included, the shortest first
    yearly: Mapping[tuple[int, int], Ranges]  # (month, day) -> its ranges

    def of(self, day: date) -> Ranges | None:
        """The ranges of the day; None when nothing is written for it."""
        found = self.single.get(day)
        if found is not None:
            return found
        for first, last, ranges in self.spans:
            if first <= day <= last:
                return ranges
        return self.yearly.get((day.month, day.day))


def date_problem(text: str) -> str:
    """Why the text names no days, as a clause for people; "" of a date, a range of dates and a day of every year."""
    span, yearly = _SPAN.fullmatch(text), _YEARLY.fullmatch(text)
    try:
        if span is not None:
            falls = date.fromisoformat(span[1]) > date.fromisoformat(span[2])
            return f"`{text}` ends before it begins" if falls else ""
        _ = date(LEAP_YEAR, int(yearly[1]), int(yearly[2])) if yearly is not None else date.fromisoformat(text)
    except ValueError:
        return f"`{text}` is not a day of any calendar"
    return ""


def _dates(written: Mapping[str, Sequence[str] | None]) -> Dates:
    single: dict[date, Ranges] = {}
    spans: list[tuple[date, date, Ranges]] = []
    yearly: dict[tuple[int, int], Ranges] = {}
    for text, texts in written.items():
        ranges = _ranges(texts)
        if (span := _SPAN.fullmatch(text)) is not None:
            spans.append((date.fromisoformat(span[1]), date.fromisoformat(span[2]), ranges))
        elif (day := _YEARLY.fullmatch(text)) is not None:
            yearly[int(day[1]), int(day[2])] = ranges
        else:
            single[date.fromisoformat(text)] = ranges
    spans.sort(key=lambda span: span[1] - span[0])
    return Dates(single=single, spans=tuple(spans), yearly=yearly)


class OpeningHours:
    """One entry of `hours`; implements `flow.model.Hours`.

    `open` maps day keys (`mon-fri`) to ranges; where two keys share a day, the one that covers fewer days holds.
    `dates` maps days (`date_problem`) to ranges, None or nothing meaning closed; `kept` are the days of the holidays'
    calendar that the version goes by. Arguments have passed the validators above.
    """

    __slots__ = (
        "_dates",
        "_mentioned",
        "_stretches",
        "_week",
        "_zone",
        "calendar",
        "timezone",
        "written",
    )

    def __init__(
        self,
        timezone: str,
        open: Mapping[str, Sequence[str]],
        holidays: str | None = None,
        dates: Mapping[str, Sequence[str] | None] | None = None,
        kept: Frozen | None = None,
    ) -> None:
        self.written = (timezone, open, holidays, dates)
        self.timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._week = _week(open)
        self._mentioned = frozenset(day for key in open for day in parse_days(key) or ())
        self._dates = _dates(dates or {})
        self.calendar = HolidayCalendar(holidays, kept) if holidays is not None else None
        self._stretches: dict[date, tuple[tuple[float, float], ...]] = {}

    def is_open(self, at: float) -> bool:
        """Whether it is open at the instant `at`."""
        today = datetime.fromtimestamp(at, self._zone).date()
        for begin, end in self.stretches_of(today):
            if begin <= at < end:
                return True
        return any(begin <= at < end for begin, end in self.stretches_of(today - timedelta(days=1)))

    def opens_at(self, at: float) -> float | None:
        """`at` when it is open then, else the instant when it opens next; None when not within 400 days."""
        if self.is_open(at):
            return at
        today = datetime.fromtimestamp(at, self._zone).date()
        for days in range(HORIZON_DAYS + 1):
            later = [begin for begin, _ in self.stretches_of(today + timedelta(days=days)) if begin >= at]
            if later:
                return min(later)
        return None

    def opens_on(self, day: date) -> bool:
        """Whether it is open at any time of that day, be it only the rest of a night."""
        night = self._ranges_of(day - timedelta(days=1))
        return bool(self._ranges_of(day)) or any(end > DAY_MINUTES for _, end in night)

    def is_meant(self, day: date) -> bool:
        """Whether something is written about the day: its weekday, its date, or that it is a public holiday.

        A plan of weekdays alone says by that that weekends are closed.
        """
        if self._dates.of(day) is not None or day.weekday() in self._mentioned:
            return True
        if day.weekday() in _WEEKEND and self._mentioned and not self._mentioned & _WEEKEND:
            return True
        return self.calendar is not None and day in self.calendar.year(day.year).off

    def note_of(self, day: date) -> str:
        """Why the day is not as its weekday is: OWN_DATE, the name of the public holiday, MOVED; "" when it is."""
        if self._dates.of(day) is not None:
            return OWN_DATE
        if self.calendar is None:
            return ""
        days = self.calendar.year(day.year)
        return days.off.get(day, "") or (MOVED if day in days.working else "")

    def moved_days(self, first: date, last: date) -> list[tuple[date, date]]:
        """(day of a weekend that the calendar makes a working day, the day whose hours it has), where nothing is
        written for it and that makes a difference."""
        if self.calendar is None:
            return []
        years = range(first.year, last.year + 1)
        moved = [pair for year in years for pair in sorted(self.calendar.year(year).working.items())]
        return [
            (day, stands_for(day, instead))
            for day, instead in moved
            if first <= day <= last
            and self._dates.of(day) is None
            and self._week[stands_for(day, instead).weekday()] != self._week[day.weekday()]
        ]

    def ranges_in_words(self, day: date) -> list[str]:
        """The ranges of the day as they are written: `09:00-18:00`; none of a closed one."""
        return [f"{_clock(begin)}-{_clock(end)}" for begin, end in self._ranges_of(day)]

    def stretches_of(self, day: date) -> tuple[tuple[float, float], ...]:
        """The stretches that begin on `day`, as Unix seconds."""
        known = self._stretches.get(day)
        if known is None:
            if len(self._stretches) >= _CACHED_DATES:
                self._stretches.clear()
            known = tuple(
                (_instant(day, begin, self._zone, last=False), _instant(day, end, self._zone, last=True))
                for begin, end in self._ranges_of(day)
            )
            self._stretches[day] = known
        return known

    def _ranges_of(self, day: date) -> Ranges:
        written = self._dates.of(day)
        if written is not None:
            return written
        if self.calendar is not None:
            days = self.calendar.year(day.year)
            if day in days.off:
                return ()
            if day in days.working:
                return self._week[stands_for(day, days.working[day]).weekday()]
        return self._week[day.weekday()]


def _clock(minute: int) -> str:
    """`18:00` of 1080; the end of a range past midnight is on the next day, and 1440 is 24:00."""
    hour, rest = divmod(minute if minute <= DAY_MINUTES else minute - DAY_MINUTES, 60)
    return f"{hour:02}:{rest:02}"


def _week(open_days: Mapping[str, Sequence[str]]) -> tuple[Ranges, ...]:
    week: list[Ranges] = [()] * 7
    keys = [(parse_days(key) or (), ranges) for key, ranges in open_days.items()]
    by_breadth = sorted(keys, key=lambda entry: -len(entry[0]))
    for days, ranges in by_breadth:
        for day in days:
            week[day] = _ranges(ranges)
    return tuple(week)


def _ranges(written: Sequence[str] | None) -> Ranges:
    texts = (written,) if isinstance(written, str) else written or ()
    return tuple(found for found in map(parse_ranges, texts) if found is not None)


def _instant(day: date, minute: int, zone: ZoneInfo, *, last: bool) -> float:
    """When the clock on the wall shows `minute` of `day`, for the first or for the last time.

    A time that the clocks skip is the instant at which they skip it.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    earlier_offset = wall.replace(tzinfo=zone, fold=0).timestamp()
    later_offset = wall.replace(tzinfo=zone, fold=1).timestamp()
    if earlier_offset > later_offset:
        return _skip_between(later_offset, earlier_offset, zone)
    return later_offset if last else earlier_offset


def _skip_between(before: float, after: float, zone: ZoneInfo) -> float:
    """The whole second in (before, after] at which the zone's offset changes."""
    low, high = int(before), int(after)
    offset = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return float(high)


def _offset(at: float, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
