"""A year of opening hours, hour by hour: how much of each is open.

A year is 8,760 hours from a midnight of the entry's own zone. Where the clocks change, a day has an hour less or one
more, and its cell is as open as the hours that share its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from router.flow.resources.hours import OpeningHours

YEAR_HOURS: Final = 8760
HOUR: Final = 3600.0
DAY_HOURS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One entry of `hours` over a year."""

    name: str
    first: date
    timezone: str
    shares: tuple[float, ...]  # of each hour, from 0 (closed) to 1 (open)
    notes: Mapping[date, str]  # days that are not as their weekday is -> why

    @property
    def open_hours(self) -> float:
        return sum(self.shares)

    @property
    def places(self) -> list[tuple[date, int, float]]:
        """(day, hour of the clock on the wall, share) of each hour."""
        zone = ZoneInfo(self.timezone)
        start = _midnight(self.first, zone)
        wall = (datetime.fromtimestamp(start + HOUR * index, zone) for index in range(len(self.shares)))
        return [(at.date(), at.hour, share) for at, share in zip(wall, self.shares, strict=True)]

    @property
    def closed_days(self) -> list[date]:
        """Days of which no minute is open."""
        open_days: dict[date, float] = {}
        for day, _, share in self.places:
            open_days[day] = open_days.get(day, 0.0) + share
        return [day for day, share in open_days.items() if not share]


def year_of(name: str, hours: OpeningHours, first: date) -> Year:
    """The entry over the 8,760 hours that begin with the midnight of `first`."""
    start = _midnight(first, ZoneInfo(hours.timezone))
    shares = [0.0] * YEAR_HOURS
    for days in range(-1, YEAR_HOURS // DAY_HOURS + 1):
        for begin, end in hours.stretches_of(first + timedelta(days=days)):
            _fill(shares, (begin - start) / HOUR, (end - start) / HOUR)
    dates = [first + timedelta(days=number) for number in range(YEAR_HOURS // DAY_HOURS + 1)]
    return Year(
        name=name,
        first=first,
        timezone=hours.timezone,
        shares=tuple(min(1.0, share) for share in shares),
        notes={day: note for day in dates if (note := hours.note_of(day))},
    )


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _fill(shares: list[float], begin: float, end: float) -> None:
    """Add a stretch, in hours from the start, to each hour that it touches."""
    begin, end = max(0.0, begin), min(float(len(shares)), end)
    hour = int(begin)
    while hour < end:
        shares[hour] += min(end, hour + 1) - max(begin, hour)
        hour += 1
