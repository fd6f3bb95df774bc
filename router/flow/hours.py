"""Opening hours: is it open, and when does it open next?

A range of a day is a stretch of real time, from the first instant at which the clock on the wall shows its beginning
to the last at which it shows its end. So a night on which the clocks change is neither opened twice nor cut short. A
range that passes midnight belongs to the day on which it began. A date beats a holiday, and a holiday beats the
weekday. Nothing here reads a clock; instants are Unix seconds.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import holidays as public_holidays

HORIZON_DAYS: Final = 400
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKEND: Final = frozenset({5, 6})
DAY_MINUTES: Final = 1440
_CACHED_DATES: Final = 1024
OWN_DATE: Final = "a date of its own"

_RANGE: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)

Ranges = tuple[tuple[int, int], ...]
"""Minutes from the day's midnight, (begin, end); an end past 1440 lies on the next day."""


def parse_ranges(text: str) -> tuple[int, int] | None:
    """(begin, end) in minutes of `09:00-18:00`; `22:00-06:00` ends at 1800. None when it is no range.

    `00:00-24:00` is the whole day; a range that ends where it begins is refused, since it could mean all or nothing.
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return None
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in found.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if max(begin_minute, end_minute) > 59 or begin >= DAY_MINUTES or end > DAY_MINUTES or begin == end:
        return None
    return begin, end if end > begin else end + DAY_MINUTES


def parse_days(text: str) -> tuple[int, ...] | None:
    """Weekdays (0 is Monday) of `mon` or `mon-fri`; `sat-mon` goes over the week's end. None when it is neither."""
    first, dash, last = text.strip().lower().partition("-")
    first, last = first.strip(), last.strip() if dash else first.strip()
    if first not in DAYS or last not in DAYS:
        return None
    begin, end = DAYS.index(first), DAYS.index(last)
    return tuple((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def is_timezone(text: str) -> bool:
    """Whether `text` names a time zone such as `Europe/Moscow`."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return False
    return True


def is_holiday_country(text: str) -> bool:
    """Whether the `holidays` library knows the country (`RU`), or the part of a country (`DE-BY`)."""
    country, dash, part = text.partition("-")
    supported = public_holidays.list_supported_countries(include_aliases=True)
    return country in supported and (not dash or part in supported[country])


class OpeningHours:
    """One entry of `hours`; implements `flow.model.Hours`.

    `open` maps day keys (`mon-fri`) to ranges; where two keys share a day, the one that covers fewer days holds.
    `dates` maps ISO dates to ranges, None or nothing meaning closed. Arguments have passed the validators above.
    """

    __slots__ = (
        "_dates",
        "_holiday_years",
        "_holidays",
        "_mentioned",
        "_stretches",
        "_week",
        "_zone",
        "timezone",
        "written",
    )

    def __init__(
        self,
        timezone: str,
        open: Mapping[str, Sequence[str]],
        holidays: str | None = None,
        dates: Mapping[str, Sequence[str] | None] | None = None,
    ) -> None:
        self.written = (timezone, open, holidays, dates)
        self.timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._week = _week(open)
        self._mentioned = frozenset(day for key in open for day in parse_days(key) or ())
        self._dates = {date.fromisoformat(day): _ranges(ranges) for day, ranges in (dates or {}).items()}
        self._holidays = holidays
        self._holiday_years: dict[int, Mapping[date, str]] = {}
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
        if day in self._dates or day.weekday() in self._mentioned:
            return True
        if day.weekday() in _WEEKEND and self._mentioned and not self._mentioned & _WEEKEND:
            return True
        return self._holidays is not None and day in self._holidays_of(day.year)

    def note_of(self, day: date) -> str:
        """Why the day is not as its weekday is: OWN_DATE, or the name of the public holiday; "" when it is."""
        if day in self._dates:
            return OWN_DATE
        return self._holidays_of(day.year).get(day, "") if self._holidays is not None else ""

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
        if day in self._dates:
            return self._dates[day]
        if self._holidays is not None and day in self._holidays_of(day.year):
            return ()
        return self._week[day.weekday()]

    def _holidays_of(self, year: int) -> Mapping[date, str]:
        known = self._holiday_years.get(year)
        if known is None:
            country, _, part = (self._holidays or "").partition("-")
            known = dict(public_holidays.country_holidays(country, subdiv=part or None, years=year))
            self._holiday_years[year] = known
        return known


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
