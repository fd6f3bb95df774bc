"""A year of opening hours, hour by hour: how much of each is open, and the whole as a heat map.

A year is 8,760 hours from a midnight of the entry's own zone. Where the clocks change, a day has an hour less or one
more, and its cell is as open as the hours that share its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from router.flow.hours import OpeningHours

YEAR_HOURS: Final = 8760
HOUR: Final = 3600.0
DAY_HOURS: Final = 24

CELL_WIDTH: Final = 3
CELL_HEIGHT: Final = 6
LEFT: Final = 40
TOP: Final = 44
GAP: Final = 36
COLOURS: Final[Mapping[str, str]] = {"closed": "#eceff1", "partly": "#a5d6a7", "open": "#2e7d32"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One entry of `hours` over a year."""

    name: str
    first: date
    timezone: str
    shares: tuple[float, ...]  # of each hour, from 0 (closed) to 1 (open)

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
    return Year(name=name, first=first, timezone=hours.timezone, shares=tuple(min(1.0, share) for share in shares))


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _fill(shares: list[float], begin: float, end: float) -> None:
    """Add a stretch, in hours from the start, to each hour that it touches."""
    begin, end = max(0.0, begin), min(float(len(shares)), end)
    hour = int(begin)
    while hour < end:
        shares[hour] += min(end, hour + 1) - max(begin, hour)
        hour += 1


def heat_map(years: Sequence[Year]) -> str:
    """An SVG: days from left to right, hours from top to bottom, one panel an entry."""
    panel = DAY_HOURS * CELL_HEIGHT
    height = TOP + len(years) * (panel + TOP + GAP)
    width = LEFT + (YEAR_HOURS // DAY_HOURS + 2) * CELL_WIDTH + GAP
    rows = [part for index, year in enumerate(years) for part in _panel(year, TOP + index * (panel + TOP + GAP))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def _panel(year: Year, top: int) -> Iterator[str]:
    share = 100 * year.open_hours / len(year.shares)
    title = f"hours.{year.name}: open {year.open_hours:g} of {len(year.shares)} hours ({share:.1f} %), {year.timezone}"
    yield f'<text x="{LEFT}" y="{top - 20}" font-size="13">{escape(title)}</text>'
    for hour in range(0, DAY_HOURS, 6):
        yield f'<text x="{LEFT - 6}" y="{top + hour * CELL_HEIGHT + 9}" text-anchor="end">{hour:02}:00</text>'
    columns = groupby(year.places, key=lambda place: place[0])
    for number, (day, places) in enumerate(columns):
        left = LEFT + number * CELL_WIDTH
        if day.day == 1:
            yield f'<text x="{left}" y="{top - 4}">{day:%b}</text>'
        yield from _column(day, left, top, [(hour, share) for _, hour, share in places])


def _column(day: date, left: int, top: int, hours: Sequence[tuple[int, float]]) -> Iterator[str]:
    """A day as one rectangle for each run of hours that are alike."""
    for state, run in groupby(hours, key=lambda hour: _state(hour[1])):
        found = [hour for hour, _ in run]
        first, last = found[0], found[-1] + 1
        told = f"{day:%a} {day} {first:02}:00-{last:02}:00 {state}"
        yield (
            f'<rect x="{left}" y="{top + first * CELL_HEIGHT}" width="{CELL_WIDTH}" '
            f'height="{(last - first) * CELL_HEIGHT}" fill="{COLOURS[state]}"><title>{told}</title></rect>'
        )


def _state(share: float) -> str:
    return "closed" if share == 0 else "open" if share > 0.999 else "partly"
