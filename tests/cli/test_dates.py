"""Dates of `ivr api`, as people type them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from router.cli.dates import read_date, with_dates, zone_of
from router.protocol.schemas import load_schema

MOSCOW_DAY = 1795381200  # 2026-11-23 00:00 in Moscow
HOUR = 3600


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-23", datetime(2026, 11, 23)),  # noqa: DTZ001  # without a zone is what is meant
        ("23.11.2026", datetime(2026, 11, 23)),  # noqa: DTZ001
        ("3.1.2026 9:05", datetime(2026, 1, 3, 9, 5)),  # noqa: DTZ001
        ("2026-11-23T12:00", datetime(2026, 11, 23, 12)),  # noqa: DTZ001
        ("2026-11-23 12:00:30.250", datetime(2026, 11, 23, 12, 0, 30)),  # noqa: DTZ001
        ("23.11.2026, 12:00", datetime(2026, 11, 23, 12)),  # noqa: DTZ001
        ("2026-11-23T12:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T12:00+05:30", datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(minutes=330)))),
        ("23.11.2026 12:00 MSK", datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=3)))),
        ("23.11.2026 Asia/Almaty", datetime(2026, 11, 23, tzinfo=timezone(timedelta(hours=5)))),
    ],
)
def test_what_is_a_date(typed: str, meant: datetime) -> None:
    found = read_date(typed)
    assert found is not None
    assert (found.replace(tzinfo=None), found.utcoffset()) == (meant.replace(tzinfo=None), meant.utcoffset())


@pytest.mark.parametrize("typed", ["", "1795381200", "yesterday", "2026", "11/23/2026", "23.11.26", "r1:2026-11-23"])
def test_what_is_none(typed: str) -> None:
    assert read_date(typed) is None


@pytest.mark.parametrize("typed", ["2026-02-30", "31.11.2026", "2026-11-23 25:00", "2026-11-23 Moon/Base"])
def test_what_does_not_exist(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_date(typed)


def dated(method: str, params: dict[str, Any], zone: str = "") -> dict[str, Any]:
    return with_dates(load_schema(f"api/{method}.request"), params, zone_of(zone) if zone else None)


@pytest.mark.parametrize(
    ("method", "params", "zone", "wanted"),
    [
        ("stats_request", {"date_from": "2026-11-23"}, "", {"date_from": MOSCOW_DAY}),
        ("stats_request", {"date_from": "23.11.2026 01:00"}, "", {"date_from": MOSCOW_DAY + HOUR}),
        ("stats_request", {"date_from": "2026-11-23"}, "Asia/Almaty", {"date_from": MOSCOW_DAY - 2 * HOUR}),
        ("stats_request", {"date_from": "2026-11-23T00:00Z"}, "Asia/Almaty", {"date_from": MOSCOW_DAY + 3 * HOUR}),
        ("stats_request", {"date_from": "1795381200"}, "MSK", {"date_from": "1795381200"}),
        ("task_add", {"start_time": "23.11.2026 01:00"}, "", {"start_time": MOSCOW_DAY + HOUR}),
        (
            "stats_in_calls_service_request",
            {"date_from": "23.11.2026", "date_to": "2026-11-23T10:30"},
            "",
            {"date_from": "2026-11-23 00:00:00", "date_to": "2026-11-23 10:30:00"},
        ),
        (
            "stats_in_calls_service_request",
            {"date_from": "2026-11-23T10:00+05:00", "time_zone_iana_id": "Europe/Moscow"},
            "",
            {"date_from": "2026-11-23 08:00:00", "time_zone_iana_id": "Europe/Moscow"},
        ),
        (
            "stats_in_calls_service_request",
            {"date_from": "2026-11-23 10:00 MSK", "time_zone_utc_offset": "-60"},
            "",
            {"date_from": "2026-11-23 06:00:00", "time_zone_utc_offset": "-60"},
        ),
        ("stats_in_calls_service_request", {"date_from": "2026-11-23"}, "MSK", {"date_from": "2026-11-22 21:00:00"}),
        ("campaign_add", {"start_date": "23.11.2026", "name": "23.11.2026"}, "", {"start_date": "2026-11-23 00:00:00"}),
        ("ab_contacts_create", {"data": [{"birthday": "1.2.1990"}]}, "", {"data": [{"birthday": "1990-02-01"}]}),
        (
            "member_create",
            {"numbers": [{"number": "1", "schedule": {"until": "23.11.2026"}}]},
            "",
            {"numbers": [{"number": "1", "schedule": {"until": "2026-11-23 00:00:00"}}]},
        ),
    ],
)
def test_as_the_parameter_wants_it(method: str, params: dict[str, Any], zone: str, wanted: dict[str, Any]) -> None:
    assert {**params, **wanted} == dated(method, params, zone)


@pytest.mark.parametrize("typed", ["2026-02-30", "tomorrow", "11/23/2026"])
def test_the_parameter_is_named(typed: str) -> None:
    with pytest.raises(ValueError, match="date_from: "):
        dated("stats_request", {"date_from": typed})


def test_what_is_not_filled_in_stays_so() -> None:
    assert dated("ab_contacts_create", {"data": [{"birthday": ""}]}) == {"data": [{"birthday": ""}]}
