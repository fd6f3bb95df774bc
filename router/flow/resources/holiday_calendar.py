"""Public holidays of a country, and the working days that its calendar moves to a weekend.

The days come from the `holidays` library, year by year. A published bundle keeps them (`frozen`), so that a version
means the same days on every host and after every update of the library. Only years outside those that are kept are
still asked of the library at hand. It is imported when a calendar is asked for: it takes longer to import than all
else that reads a bundle, and few commands and bundles need it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import msgspec

FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2040
"""Of the years that are kept with a version."""

CALENDARS: Final = ".calendars.json"
"""The file in which a stored version keeps `{country: Frozen}`; a directory's files do not begin with a dot."""

Frozen = Mapping[str, list[Any]]
"""year -> [days off by ISO date with their names, working days by ISO date with the day off that they stand for]."""


@dataclass(frozen=True, slots=True)
class YearOfDays:
    """What the calendar says of one year."""

    off: Mapping[date, str]  # public holiday -> its name
    working: Mapping[date, date | None]  # a day of a weekend that is worked -> the day that is off for it


class HolidayCalendar:
    """The calendar of one country, an ISO code with a part of it where there is one (`RU`, `DE-BY`)."""

    __slots__ = ("_kept", "country")

    def __init__(self, country: str, kept: Frozen | None = None) -> None:
        self.country = country
        self._kept = {int(year): _thawed(days) for year, days in (kept or {}).items()}

    def year(self, year: int) -> YearOfDays:
        """The days of a year."""
        kept = self._kept.get(year)
        return kept if kept is not None else _of_library(self.country, year)

    def frozen(self) -> dict[str, list[Any]]:
        """The days that are kept with a version."""
        return {str(year): _flat(self.year(year)) for year in range(FIRST_YEAR, LAST_YEAR + 1)}


def is_holiday_country(text: str) -> bool:
    """Whether the `holidays` library knows the country (`RU`), or the part of a country (`DE-BY`)."""
    import holidays

    country, dash, part = text.partition("-")
    supported = holidays.list_supported_countries(include_aliases=True)
    return country in supported and (not dash or part in supported[country])


def calendars_in(files: Mapping[str, bytes]) -> dict[str, Frozen]:
    """The calendars that a stored version keeps; none of a directory's files."""
    return msgspec.json.decode(files[CALENDARS], type=dict[str, dict[str, list[Any]]]) if CALENDARS in files else {}


def with_calendars(files: Mapping[str, bytes], calendars: Mapping[str, Frozen]) -> dict[str, bytes]:
    """The files of a version with the calendars that it keeps."""
    return {**files, CALENDARS: msgspec.json.encode(calendars)} if calendars else dict(files)


def country_meant(text: str) -> str:
    """The ISO code of `Russia`, `ru`, `RUS` or `Россия`; "" of what is no country."""
    word = text.strip().casefold()
    if word in _CALLED:
        return _CALLED[word]
    from holidays.registry import COUNTRIES

    for module, names in COUNTRIES.items():
        if word.replace(" ", "_") == module or word in (name.casefold() for name in names):
            return str(names[1])
    return ""


_CALLED: Final = {
    **dict.fromkeys(("россия", "рф", "российская федерация", "russian federation", "ru-ru"), "RU"),
    **dict.fromkeys(("беларусь", "белоруссия", "рб"), "BY"),
    **dict.fromkeys(("казахстан", "рк"), "KZ"),
    **dict.fromkeys(("usa", "united states"), "US"),
    **dict.fromkeys(("uk", "great britain", "england"), "GB"),
}


@lru_cache(maxsize=512)
def known_until(country: str) -> int | None:
    """The last year of which the library knows moved days; None of a country whose holidays all follow rules."""
    moved = [to.year for to, _ in _moves(_asked(country, date.min.year + 2000))]
    return max(moved, default=None)


@lru_cache(maxsize=512)
def _of_library(country: str, year: int) -> YearOfDays:
    """Moved days are told by the year of the day that is off, which may be the year after the one that is worked."""
    found, after = _asked(country, year), _asked(country, year + 1)
    instead = {worked: off for off, worked in _moves(found)}
    workdays = sorted({*found.weekend_workdays, *after.weekend_workdays})
    return YearOfDays(
        off={day: name for day, name in sorted(found.items()) if day.year == year},
        working={day: instead.get(day) for day in workdays if day.year == year},
    )


@lru_cache(maxsize=512)
def _asked(country: str, year: int) -> Any:
    import holidays

    code, _, part = country.partition("-")
    return holidays.country_holidays(code, subdiv=part or None, years=year)


def _moves(found: Any) -> Iterator[tuple[date, date]]:
    """(the day that is off, the day of a weekend that is worked for it), of all years that the library knows."""
    for year, written in (getattr(found, "special_public_holidays", None) or {}).items():
        entries = written if written and isinstance(written[0], tuple) else (written,)
        for entry in entries:
            if len(entry) in (4, 5) and all(isinstance(part, int) for part in entry):
                month, day, from_month, from_day, *from_year = entry
                yield date(year, month, day), date(from_year[0] if from_year else year, from_month, from_day)


def _flat(days: YearOfDays) -> list[Any]:
    off = {day.isoformat(): name for day, name in days.off.items()}
    return [off, {day.isoformat(): instead and instead.isoformat() for day, instead in days.working.items()}]


def _thawed(days: list[Any]) -> YearOfDays:
    off, working = days
    return YearOfDays(
        off={date.fromisoformat(day): name for day, name in off.items()},
        working={date.fromisoformat(day): instead and date.fromisoformat(instead) for day, instead in working.items()},
    )


def stands_for(day: date, instead: date | None) -> date:
    """The day whose hours a worked day of a weekend has: the one that is off for it, else the Friday before."""
    return instead if instead is not None else day - timedelta(days=(day.weekday() - 4) % 7)
