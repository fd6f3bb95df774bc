"""A year of hours: every minute is counted once, nights on which the clocks change included; and the heat map."""

import re
import xml.etree.ElementTree as ElementTree
from datetime import date

import pytest

from router.flow.diagrams.heat_map import heat_map
from router.flow.diagrams.hours_year import YEAR_HOURS, year_of
from router.flow.resources.hours import OpeningHours
from tests.flow.bundles import RESOURCES, flow_text, load_texts

from router.flow.loader import load  # isort: skip

MONDAY = date(2026, 11, 23)
OFFICE = OpeningHours("Europe/Moscow", {"mon-fri": ["09:00-18:30"]})


def test_hours_are_counted() -> None:
    year = year_of("office", OFFICE, MONDAY)
    assert len(year.shares) == YEAR_HOURS
    assert year.shares[:24] == (0.0,) * 9 + (1.0,) * 9 + (0.5,) + (0.0,) * 5
    assert year.open_hours == 261 * 9.5
    assert year.closed_days[:2] == [date(2026, 11, 28), date(2026, 11, 29)]
    assert len(year.closed_days) == 104


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Europe/Berlin", "Asia/Kolkata"])
def test_always_open_is_open_in_every_hour(zone: str) -> None:
    year = year_of("always", OpeningHours(zone, {"mon-sun": ["00:00-24:00"]}), MONDAY)
    assert set(year.shares) == {1.0}
    assert year.closed_days == []


def test_a_night_that_began_before_the_year() -> None:
    night = year_of("night", OpeningHours("Europe/Moscow", {"sun": ["22:00-06:00"]}), MONDAY)
    assert night.shares[:7] == (1.0,) * 6 + (0.0,)


def test_the_heat_map_is_a_picture_of_every_hour() -> None:
    text = heat_map([year_of("a<b", OFFICE, MONDAY), year_of("c", OFFICE, MONDAY)])
    root = ElementTree.fromstring(text)
    titles = [one.text for one in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sum(_hours(title or "") for title in titles) == 2 * YEAR_HOURS
    assert "Mon 2026-11-23 09:00-18:00 open" in titles
    assert "Mon 2026-11-23 18:00-19:00 partly open" in titles
    assert "hours.a&lt;b" in text
    months = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Nov", "Jan 2027", "Mon", "Sun", "closed"} <= set(months)


def _hours(title: str) -> int:
    """How many hours of the day the stretch covers."""
    begin, end = title.split()[2].split("-")
    return int(end[:2]) - int(begin[:2])


def test_the_heat_map_shows_why_a_day_is_unlike_its_weekday() -> None:
    hours = OpeningHours(
        "Europe/Moscow",
        {"mon-fri": ["09:00-18:00"]},
        holidays="RU",
        dates={"2026-12-31": None, "2026-11-28": ["10:00-14:00"]},
    )
    text = heat_map([year_of("office", hours, MONDAY)])
    assert "<title>Thu 2026-12-31 00:00-24:00 date of its own (a date of its own)</title>" in text
    assert "<title>Sat 2026-11-28 10:00-14:00 open (a date of its own)</title>" in text
    assert "<title>Sat 2026-11-28 00:00-10:00 date of its own (a date of its own)</title>" in text
    assert re.search("<title>Fri 2027-01-01 00:00-24:00 public holiday \\(.+\\)</title>", text)
    assert "date of its own (2)" in text


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ('open: {mon-sun: "09:00-18:00"}', ""),
        ('open: {mon-sat: "09:00-18:00"}', "every sun"),
        ('open: {mon-sat: "09:00-18:00", sun: closed}', ""),
        ('open: {mon-fri: "09:00-18:00"}', ""),  # a plan of weekdays says by that that weekends are closed
        ('open: {mon-thu: "09:00-18:00"}', "every fri"),
        ('open: {mon-fri: "09:00-18:00", sat: "22:00-06:00"}', ""),  # the night reaches into the sunday
        ('open: {mon-sat: "09:00-18:00"}, dates: {"2026-11-29": closed}', "every sun"),
        ('open: {mon-sun: "09:00-18:00"}, dates: {"2026-11-29": closed}, holidays: RU', ""),
    ],
)
def test_days_on_which_nothing_is_open(hours: str, told: str) -> None:
    resources = RESOURCES.replace(
        RESOURCES[RESOURCES.index("hours:") : RESOURCES.index("lists:")], f"hours: {{x: {{{hours}}}}}\n"
    )
    files = {"main.yaml": flow_text("ask: hangup").encode(), "resources.yaml": resources.encode()}
    messages = [finding.message.rpartition(": ")[2] for finding in load(files, today=MONDAY).findings]
    assert messages == ([told] if told else [])
    assert load(files).findings == ()


def test_what_one_entry_lacks_another_may_have() -> None:
    hours = 'hours: {a: {open: {mon-fri: "09:00-18:00"}}, b: {open: {sat-sun: "10:00-12:00"}}}\n'
    files = {"main.yaml": flow_text("ask: hangup").encode(), "hours.yaml": hours.encode()}
    assert load(files, today=MONDAY).findings == ()
    assert load_texts(main=flow_text("ask: hangup"), hours=hours).bundle is not None
