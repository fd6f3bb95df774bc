from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from router.flow.resources.holiday_calendar import is_holiday_country
from router.flow.resources.hours import OpeningHours, parse_days, parse_ranges
from router.flow.resources.time_zones import is_timezone, true_offset, zone_meant
from router.flow.suggestions.hours_words import dates_meant, days_meant, range_meant

MOSCOW = "Europe/Moscow"
BERLIN = "Europe/Berlin"  # clocks go back on 2026-10-25 at 3:00, forward on 2027-03-28 at 2:00
WEEK = {"mon-fri": ["09:00-18:00"], "sat": ["10:00-13:00", "14:00-16:00"]}


def instant(text: str, zone: str = MOSCOW, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("09:00-18:00", (540, 1080)),
        ("9:00 - 18:30", (540, 1110)),
        ("22:00-06:00", (1320, 1800)),
        ("00:00-24:00", (0, 1440)),
        ("18:00-00:00", (1080, 1440)),
    ],
)
def test_a_range_is_read(written: str, minutes: tuple[int, int]) -> None:
    assert parse_ranges(written) == minutes


@pytest.mark.parametrize(
    "written", ["", "9-18", "09:00", "09:60-10:00", "24:00-25:00", "09:00-24:01", "9:00-9:00", "x"]
)
def test_what_is_no_range_is_refused(written: str) -> None:
    assert parse_ranges(written) is None


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat-mon", (5, 6, 0)),
        ("Sat - Sun", (5, 6)),
        ("sun-sun", (6,)),
        ("tue-mon", (1, 2, 3, 4, 5, 6, 0)),
    ],
)
def test_days_are_read(written: str, days: tuple[int, ...]) -> None:
    assert parse_days(written) == days


@pytest.mark.parametrize("written", ["", "monday", "mon-", "-fri", "mon-fri-sat", "пн"])
def test_what_is_no_day_is_refused(written: str) -> None:
    assert parse_days(written) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T17:59:59", True),
        ("2026-11-23T18:00:00", False),
        ("2026-11-28T12:59:59", True),  # Saturday
        ("2026-11-28T13:30:00", False),
        ("2026-11-28T14:00:00", True),
        ("2026-11-29T12:00:00", False),
    ],
)
def test_open_by_the_week(at: str, expected: bool) -> None:
    assert OpeningHours(MOSCOW, WEEK).is_open(instant(at)) is expected


def test_dates_beat_holidays_which_beat_the_week() -> None:
    hours = OpeningHours(
        MOSCOW,
        WEEK,
        "RU",
        {"2026-11-24": None, "2026-11-25": [], "2026-11-29": ["10:00-14:00"], "2027-01-04": ["12:00-13:00"]},
    )
    assert not hours.is_open(instant("2026-11-24T12:00:00"))
    assert not hours.is_open(instant("2026-11-25T12:00:00"))
    assert hours.is_open(instant("2026-11-29T12:00:00"))
    assert not hours.is_open(instant("2027-01-05T12:30:00"))  # a holiday on a Tuesday
    assert hours.is_open(instant("2027-01-04T12:30:00"))  # a holiday, but the date says otherwise
    assert OpeningHours(MOSCOW, WEEK).is_open(instant("2027-01-05T12:30:00"))


def test_a_night_shift_belongs_to_the_day_on_which_it_began() -> None:
    hours = OpeningHours(MOSCOW, {"fri": ["22:00-06:00"]}, None, {"2026-11-28": None})
    assert hours.is_open(instant("2026-11-27T23:00:00"))
    assert hours.is_open(instant("2026-11-28T05:59:59"))
    assert not hours.is_open(instant("2026-11-28T06:00:00"))
    assert not hours.is_open(instant("2026-11-27T05:00:00"))


def test_open_all_day_has_no_seam_at_midnight() -> None:
    hours = OpeningHours(MOSCOW, {"mon-sun": ["00:00-24:00"]})
    assert all(hours.is_open(instant("2026-11-23T00:00:00") + second) for second in range(-3, 4))


def test_the_key_that_covers_fewer_days_holds() -> None:
    for week in (
        {"mon-fri": ["09:00-18:00"], "fri": ["09:00-16:00"]},
        {"fri": ["09:00-16:00"], "mon-fri": ["09:00-18:00"]},
    ):
        hours = OpeningHours(MOSCOW, week)
        assert not hours.is_open(instant("2026-11-27T17:00:00"))
        assert hours.is_open(instant("2026-11-26T17:00:00"))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-23T12:00:00", "2026-11-23T12:00:00"),
        ("2026-11-23T08:00:00", "2026-11-23T09:00:00"),
        ("2026-11-27T18:00:00", "2026-11-28T10:00:00"),
        ("2026-11-28T13:00:00", "2026-11-28T14:00:00"),
        ("2026-11-28T16:00:00", "2026-11-30T09:00:00"),
        ("2026-12-30T18:00:00", "2027-01-11T09:00:00"),  # over the Russian holidays
    ],
)
def test_when_it_opens_next(at: str, opens: str) -> None:
    hours = OpeningHours(MOSCOW, WEEK, "RU", {"2026-12-31": None, "2027-01-09": None})
    assert hours.opens_at(instant(at)) == instant(opens)


def test_what_never_opens_says_so() -> None:
    assert OpeningHours(MOSCOW, {}).opens_at(instant("2026-11-23T12:00:00")) is None
    once = OpeningHours(MOSCOW, {}, None, {"2028-02-29": ["10:00-11:00"]})
    assert once.opens_at(instant("2026-11-23T12:00:00")) is None
    assert once.opens_at(instant("2027-06-01T12:00:00")) == instant("2028-02-29T10:00:00")


def test_the_night_on_which_the_clocks_go_back_is_open_once_and_whole() -> None:
    hours = OpeningHours(BERLIN, {"sun": ["01:00-02:30"]})
    opens, closes = instant("2026-10-25T01:00:00", BERLIN), instant("2026-10-25T02:30:00", BERLIN, fold=1)
    assert closes - opens == 2.5 * 3600
    assert not hours.is_open(opens - 1)
    assert all(hours.is_open(opens + second) for second in range(0, int(closes - opens), 60))
    assert not hours.is_open(closes)


def test_a_time_that_the_clocks_skip_is_the_moment_of_skipping() -> None:
    skipped_at = instant("2027-03-28T03:00:00", BERLIN)
    until = OpeningHours(BERLIN, {"sun": ["01:00-02:30"]})
    assert until.is_open(skipped_at - 1)
    assert not until.is_open(skipped_at)
    since = OpeningHours(BERLIN, {"sun": ["02:30-05:00"]})
    assert since.opens_at(skipped_at - 3600) == skipped_at


def test_the_zone_is_that_of_the_hours() -> None:
    at = instant("2026-11-23T08:30:00", "UTC")
    assert OpeningHours(MOSCOW, WEEK).is_open(at)
    assert not OpeningHours(BERLIN, {"mon": ["12:00-18:00"]}).is_open(at)
    assert OpeningHours(BERLIN, {}).timezone == BERLIN


def test_a_long_life_does_not_fill_the_memory() -> None:
    hours = OpeningHours(MOSCOW, WEEK)
    for day in range(3000):
        hours.is_open(instant("2026-11-23T12:00:00") + day * 86_400)
    assert len(hours._stretches) <= 1024


def test_validators() -> None:
    assert is_timezone(MOSCOW)
    for text in ("", "Europe", "Europe/Atlantis", "../etc/passwd", "/etc/passwd", "a\0b"):
        assert not is_timezone(text)
    assert is_holiday_country("RU")
    assert is_holiday_country("DE-BY")
    for text in ("", "XX", "Russia", "DE-XX", "DE-"):
        assert not is_holiday_country(text)


def test_holidays_of_a_part_of_a_country() -> None:
    epiphany = instant("2027-01-06T12:00:00", BERLIN)  # a Wednesday, a holiday in Bavaria alone
    assert OpeningHours(BERLIN, WEEK, "DE").is_open(epiphany)
    assert not OpeningHours(BERLIN, WEEK, "DE-BY").is_open(epiphany)


DATES = {
    "2026-12-31/2027-01-08": None,
    "2027-01-05/2027-01-06": ["10:00-12:00"],
    "2027-01-06": ["10:00-11:00"],
    "05-09": None,
    "01-02": ["10:00-15:00"],
}


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-12-30T12:00", True),
        ("2026-12-31T12:00", False),  # both ends are included
        ("2027-01-02T12:00", False),  # a range is closer than a day of every year
        ("2028-01-02T12:00", True),
        ("2027-01-05T11:30", True),  # of two ranges the shorter one
        ("2027-01-06T11:30", False),  # a date is closer than a range
        ("2027-01-08T12:00", False),
        ("2027-01-09T12:00", True),
        ("2027-05-09T12:00", False),
        ("2031-05-09T12:00", False),
        ("2031-05-10T12:00", True),
    ],
)
def test_the_closest_date_holds(at: str, opens: bool) -> None:
    hours = OpeningHours(MOSCOW, {"mon-sun": ["09:00-18:00"]}, None, DATES)
    assert hours.is_open(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(MOSCOW)).timestamp()) is opens


def test_a_moved_working_day_has_the_hours_of_the_day_that_is_off() -> None:
    weekdays = {"mon": ["09:00-13:00"], "tue-fri": ["09:00-18:00"], "sat-sun": []}
    hours = OpeningHours(MOSCOW, weekdays, "RU")
    saturday = date(2027, 2, 20)
    assert hours.ranges_in_words(saturday) == ["09:00-13:00"]  # Monday 22 is off for it
    assert hours.moved_days(date(2026, 11, 30), date(2027, 12, 31)) == [(saturday, date(2027, 2, 22))]
    settled = OpeningHours(MOSCOW, weekdays, "RU", {"2027-02-20": None})
    assert settled.moved_days(date(2026, 11, 30), date(2027, 12, 31)) == []
    assert settled.ranges_in_words(saturday) == []


def test_the_last_minute_of_the_day_is_open() -> None:
    assert parse_ranges("00:00-23:59") == (0, 1440)
    assert parse_ranges("22:00-23:58") == (1320, 1438)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("monday-friday", "mon-fri"), ("пн-пт", "mon-fri"), ("Пн – Пт", "mon-fri"), ("weekend", "sat-sun"),
        ("daily", "mon-sun"), ("mo-fr", "mon-fri"), ("1-5", "mon-fri"), ("суббота", "sat"), ("sat,sun", ""), ("abc", ""),
    ],
)  # fmt: skip
def test_days_in_other_words(written: str, meant: str) -> None:
    assert days_meant(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("09:00–18:00", "09:00-18:00"), ("9-18", "09:00-18:00"), ("09.00-18.00", "09:00-18:00"), ("9am to 6pm", "09:00-18:00"),
        ("с 9 до 18", "09:00-18:00"), ("24/7", "00:00-24:00"), ("00:00-00:00", "00:00-24:00"), ("выходной", "closed"),
        ("Closed", "closed"), ("25:00-26:00", ""), ("9:00", ""),
    ],
)  # fmt: skip
def test_ranges_in_other_words(written: str, meant: str) -> None:
    assert range_meant(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("31.12.2026", "2026-12-31"), ("31.12", "12-31"), ("2026/12/31", "2026-12-31"), ("2026-1-9", "2026-01-09"),
        ("31.12.2026-08.01.2027", "2026-12-31/2027-01-08"), ("2026-12-31 - 2027-01-08", "2026-12-31/2027-01-08"),
        ("2026-12-32", ""), ("9 мая", ""),
    ],
)  # fmt: skip
def test_dates_in_other_words(written: str, meant: str) -> None:
    assert dates_meant(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((text, MOSCOW) for text in (
            "MSK", "Moscow", "msk", "UTC+3", "GMT+3", "+03:00", "MSK-3", "Russia/Moscow", "Europe/Mosckow", "europe/moscow",
            "МСК", "Москва", "UTC+03:00", "UTC 3", "+3", "MSK+0", "Europa/Moskau", "EUROPE/MOSCOW",
        )),
        ("UTC+5", "Asia/Yekaterinburg"), ("MSK+2", "Asia/Yekaterinburg"), ("Asia/Ekaterinburg", "Asia/Yekaterinburg"),
        ("Almaty", "Asia/Almaty"), ("New York", "America/New_York"), ("GMT-5", "Etc/GMT+5"), ("UTC+5:30", ""), ("", ""),
    ],
)  # fmt: skip
def test_zones_in_other_words(written: str, meant: str) -> None:
    assert not is_timezone(written)
    assert zone_meant(written) == meant


def test_the_sign_of_etc_zones_is_the_other_way_round() -> None:
    assert (true_offset("Etc/GMT+3"), true_offset("Etc/GMT-3"), true_offset("Etc/GMT+0"), true_offset(MOSCOW)) == (
        -3,
        3,
        None,
        None,
    )
