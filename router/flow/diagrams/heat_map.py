"""A year of opening hours as a picture: one band for each weekday, one column for each week, a day from top to bottom.

A week that is like the others disappears in its band; what is not like them (a public holiday, a date of its own, a
forgotten weekday) catches the eye. Every one of the year's hours has its place, and every stretch says what it is when
the pointer rests on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from itertools import groupby
from typing import Final

from router.flow.diagrams.hours_year import DAY_HOURS, Year
from router.flow.resources.hours import DAYS, OWN_DATE

HOUR_HEIGHT: Final = 2
DAY_HEIGHT: Final = DAY_HOURS * HOUR_HEIGHT
BAND: Final = DAY_HEIGHT + 4
WEEK: Final = 18
DAY_WIDTH: Final = WEEK - 2
LEFT: Final = 62
RIGHT: Final = 24
HEAD: Final = 64  # above the bands: title, months, days of the month
FOOT: Final = 46  # below them: the legend
PANEL: Final = HEAD + len(DAYS) * BAND + FOOT
HOURS_SHOWN: Final = (6, 12, 18)

COLOURS: Final[Mapping[str, str]] = {
    "open": "#2e7d32",
    "partly open": "#a5d6a7",
    "closed": "#e3e8eb",
    "public holiday": "#ef9a9a",
    "date of its own": "#ffcc80",
}
"""What the legend shows, in its order."""
OUTLINE: Final = "#ef6c00"  # around the open hours of a date of its own
INK: Final = "#263238"
FAINT: Final = "#78909c"

Hours = Sequence[tuple[int, float]]
"""(hour of the clock on the wall, share that is open)."""


def heat_map(years: Sequence[Year]) -> str:
    """An SVG with a panel for each entry."""
    weeks = max((_week_of(year.places[-1][0], year) for year in years), default=0) + 1
    width, height = LEFT + weeks * WEEK + RIGHT, max(1, len(years)) * PANEL
    parts = [part for index, year in enumerate(years) for part in _panel(year, index * PANEL)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" font-size="11" fill="{INK}">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _week_of(day: date, year: Year) -> int:
    """The column of the day: weeks begin on Monday."""
    return ((day - year.first).days + year.first.weekday()) // len(DAYS)


def _panel(year: Year, top: int) -> Iterator[str]:
    share = 100 * year.open_hours / len(year.shares)
    told = (
        f"open {year.open_hours:,g} of {len(year.shares):,} hours from {year.first} on ({share:.1f} %), {year.timezone}"
    )
    yield f'<text x="{LEFT}" y="{top + 22}" font-size="15" font-weight="600">hours.{escape(year.name)}</text>'
    yield f'<text x="{LEFT}" y="{top + 22}" dx="{9 * len(year.name) + 66}" fill="{FAINT}">{escape(told)}</text>'
    yield from _calendar(year, top)
    for weekday, name in enumerate(DAYS):
        yield from _scale(name, top + HEAD + weekday * BAND)
    for day, places in groupby(year.places, key=lambda place: place[0]):
        left = LEFT + _week_of(day, year) * WEEK
        yield from _day(year, day, [(hour, share) for _, hour, share in places], left, top)
    yield from _legend(year, top + PANEL - FOOT)


def _calendar(year: Year, top: int) -> Iterator[str]:
    """The months, and of each week the day of the month on which it begins."""
    monday, last = year.first - timedelta(days=year.first.weekday()), year.places[-1][0]
    months = list[date]()
    while monday <= last:
        left = LEFT + _week_of(monday, year) * WEEK
        yield _small(left + DAY_WIDTH // 2, top + HEAD - 6, str(monday.day), "middle")
        if not months or monday.month != months[-1].month:
            months.append(monday)
            shown = f"{monday:%b %Y}" if monday.month == 1 else f"{monday:%b}"
            yield f'<text x="{left}" y="{top + HEAD - 20}">{shown}</text>'
        monday += timedelta(days=len(DAYS))


def _scale(name: str, top: int) -> Iterator[str]:
    """The weekday's name and the hours of its band."""
    yield f'<text x="8" y="{top + DAY_HEIGHT // 2 + 4}" font-weight="600">{name.capitalize()}</text>'
    for hour in HOURS_SHOWN:
        yield _small(LEFT - 6, top + hour * HOUR_HEIGHT + 3, f"{hour:02}", "end")


def _small(left: int, top: int, text: str, anchor: str) -> str:
    return f'<text x="{left}" y="{top}" font-size="8" fill="{FAINT}" text-anchor="{anchor}">{text}</text>'


def _day(year: Year, day: date, hours: Hours, left: int, top: int) -> Iterator[str]:
    """One rectangle for each run of hours that are alike."""
    note = year.notes.get(day, "")
    top += HEAD + day.weekday() * BAND
    for state, run in groupby(hours, key=lambda hour: _state(hour[1], note)):
        found = [hour for hour, _ in run]
        first, last = found[0], found[-1] + 1
        told = f"{day:%a} {day} {first:02}:00-{last:02}:00 {state}" + (f" ({note})" if note else "")
        outline = f' stroke="{OUTLINE}"' if note == OWN_DATE and "open" in state else ""
        yield (
            f'<rect x="{left}" y="{top + first * HOUR_HEIGHT}" width="{DAY_WIDTH}" '
            f'height="{(last - first) * HOUR_HEIGHT}" fill="{COLOURS[state]}"{outline}>'
            f"<title>{escape(told)}</title></rect>"
        )


def _state(share: float, note: str) -> str:
    """A key of COLOURS."""
    if share > 0:
        return "open" if share > 0.999 else "partly open"
    if not note:
        return "closed"
    return "date of its own" if note == OWN_DATE else "public holiday"


def _legend(year: Year, top: int) -> Iterator[str]:
    left = LEFT
    own = sum(note == OWN_DATE for note in year.notes.values())
    counts = {"public holiday": len(year.notes) - own, "date of its own": own}
    for state, colour in COLOURS.items():
        told = f"{state} ({counts[state]})" if state in counts else state
        yield f'<rect x="{left}" y="{top + 8}" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{left + 17}" y="{top + 18}">{told}</text>'
        left += 44 + 7 * len(told)
