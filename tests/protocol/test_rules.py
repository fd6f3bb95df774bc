"""The document's causes of 3100 that no schema can say (§3.3.2, §3.3.4.1, §3.4.5, §3.6.12, §3.8.4.1)."""

from datetime import datetime
from typing import Any

import pytest

from router.catalogue.methods import METHODS
from router.errors import CommandInvalid
from router.protocol.commands import validate_request
from router.protocol.rules import MOSCOW, RULES

NOW = datetime(2026, 11, 23, 12, tzinfo=MOSCOW).timestamp()
HOURS = [{"weekday": 1, "start": "07:00", "end": "15:00"}]
CAMPAIGN = {"line_id": 1, "name": "n", "schedule": HOURS}
MEMBER = {"name": "n", "access_role_id": 1, "extension": "101"}


def seconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=MOSCOW).timestamp())  # type: ignore[arg-type]  # year to minute


def stats(first: int, last: int, **more: Any) -> dict[str, Any]:
    return {"date_from": first, "date_to": str(last), **more}


def numbers(**schedule: Any) -> dict[str, Any]:
    return {**MEMBER, "numbers": [{"number": "79000000001", "schedule": schedule}]}


CALLS = {"start_date": "01.11.2026", "end_date": "30.11.2026 23:59:59", "limit": 1, "offset": 0}
SERVICE = "stats_in_calls_service/request"
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("stats/request", stats(seconds(2026, 1, 1), seconds(2026, 2, 1))),
    ("stats/request", stats(seconds(2026, 1, 31), seconds(2026, 2, 28, 0, 0))),
    ("stats/request", stats(seconds(2024, 2, 1), seconds(2024, 3, 1))),
    ("stats/request", stats(seconds(2026, 1, 1), seconds(2026, 1, 1))),
    ("stats/request", stats(1, 2, fields="records, start,entry_id")),
    ("stats/request", stats(1, 2, fields="")),
    ("stats/calls/request", {**CALLS, "end_date": CALLS["start_date"]}),
    (SERVICE, {"date_from": "2026-11-01 00:00:00", "date_to": "2026-11-01 00:00:00"}),
    ("queries/recording_transcripts", {"recording_id": ["r"] * 500}),
    ("stats/request", stats(1, 2, call_party={"number": "79000000001"}, to={})),
    (SERVICE, {}),
    (SERVICE, {"time_zone_utc_offset": 180.0}),
    ("stats/calls/request", CALLS),
    ("stats/calls/request", {**CALLS, "recall_status": 1, "context_type": [1], "context_status": 0}),
    (SERVICE, {"date_from": "2026-11-01 00:00:00"}),
    (SERVICE, {"date_from": "2026-10-23 12:00:00", "time_zone_iana_id": "Europe/Moscow"}),
    (SERVICE, {"date_from": "2026-02-28 00:00:00", "date_to": "2026-03-28 00:00:00"}),
    (SERVICE, {"time_zone_utc_offset": "-210", "fields": "date,time-ivr"}),
    (SERVICE, {"time_zone_utc_offset": 180, "time_zone_iana_id": "Nowhere/Town"}),
    ("queries/recording_transcripts", {"recording_id": '["r1"]'}),
    ("queries/recording_transcripts", {"recording_id": "r1"}),
    ("campaign/add", {**CAMPAIGN, "start_date": "2026-11-23 00:00:00", "end_date": "2026-11-24 00:00:00"}),
    ("member/create", numbers(items=[{"type": "SpecificDate", "specific_date": "2026-11-23 00:00:00"}])),
    ("member/create", numbers(items=[{"type": "Monday", "from": "22:00", "until": "06:00"}])),
]
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("stats/request", stats(seconds(2026, 1, 1), seconds(2026, 2, 1) + 1), "more than a month"),
    ("stats/request", stats(seconds(2026, 1, 31), seconds(2026, 3, 1)), "2026-02-28 00:00:00 at the latest"),
    ("stats/request", stats(seconds(2026, 2, 1), seconds(2026, 3, 4)), "2026-03-01 00:00:00 at the latest"),
    ("stats/request", stats(2, 1), "before date_from"),
    ("stats/request", stats(1, 2, fields="records,starts"), "no field 'starts'"),
    ("stats/request", stats(1, 2, fields="records,,start"), "no field ''"),
    ("stats/request", stats(1, 2, fields="group"), "no field 'group'"),
    ("stats/request", stats(1, 2, call_party={"extension": "101"}, to={"extension": "102"}), "only without `from`"),
    ("stats/request", stats(1, 2, call_party={"number": "1"}, **{"from": {"number": "2"}}), "only without `from`"),
    (SERVICE, {"date_to": "2026-11-23 00:00:00"}, "$.date_to: needs a date_from"),
    (SERVICE, {"date_from": "2026-10-01 00:00:00"}, "give a date_to as well"),
    (SERVICE, {"date_from": "2026-12-01 00:00:00"}, "before date_from"),
    (SERVICE, {"date_from": "2026-01-01 00:00:00", "date_to": "2026-02-01 00:00:01"}, "more than a month"),
    (
        SERVICE,
        {"date_from": "2026-02-30 00:00:00", "date_to": "2026-03-01 00:00:00"},
        "$.date_from: must be an instant",
    ),
    (
        SERVICE,
        {"date_from": "2026-02-01 24:00:00", "date_to": "2026-02-02 00:00:00"},
        "$.date_from: must be an instant",
    ),
    (SERVICE, {"time_zone_iana_id": "Europe/Moskau"}, "no such time zone"),
    (SERVICE, {"fields": "date,time_ivr"}, "no field 'time_ivr'"),
    (SERVICE, {"call_result": 3}, "$.call_result"),
    (SERVICE, {"time_zone_utc_offset": "900"}, "from -840 to 840"),
    (SERVICE, {"date_from": "9999-12-31 00:00:00", "date_to": "9999-12-31 10:00:00"}, "cannot be"),
    ("stats/request", stats(999_999_999_999, 999_999_999_999), "cannot be"),
    ("stats/calls/request", {**CALLS, "start_date": "31.02.2026"}, "$.start_date: must be an instant that exists"),
    ("stats/calls/request", {**CALLS, "end_date": "01.12.2026"}, "less than 30 days"),
    ("stats/calls/request", {**CALLS, "recall_status": 1}, "only with context_type 1"),
    ("stats/calls/request", {**CALLS, "end_date": "31.10.2026"}, "$.end_date: is before start_date"),
    (SERVICE, {"time_zone_utc_offset": "841"}, "from -840 to 840"),
    (SERVICE, {"time_zone_utc_offset": 1.5}, "time_zone_utc_offset"),
    (
        "campaign/add",
        {**CAMPAIGN, "start_date": "2026-11-24 00:00:00", "end_date": "2026-11-24 00:00:00"},
        "$.end_date: must be after",
    ),
    (
        "campaign/add",
        {**CAMPAIGN, "schedule": [*HOURS, {"weekday": 1, "start": "07:00", "end": "07:00"}]},
        "$.schedule.1.end: must be after",
    ),
    ("sms", {"command_id": "c", "text": "a", "from_extension": "101", "to_number": "102"}, "§3.2.4"),
    ("callback", {"command_id": "c", "from": {"extension": "101", "number": "102"}, "to_number": "103"}, "§3.2.1"),
    ("callback_group", {"command_id": "c", "from": "303", "to": "304", "line_number": "1"}, "§3.2.2"),
    ("queries/recording_transcripts", {"recording_id": "[r1]"}, "no JSON list"),
    ("queries/recording_transcripts", {"recording_id": str(["r"] * 501).replace("'", '"')}, "1 to 500"),
    ("queries/recording_transcripts", {"recording_id": "[]"}, "1 to 500"),
    ("campaign/add", {**CAMPAIGN, "start_date": "2026-11-24 00:00:00", "end_date": "2026-11-23 00:00:00"}, "end_date"),
    ("campaign/add", {**CAMPAIGN, "start_date": "2026-13-24 00:00:00"}, "$.start_date: must be an instant"),
    ("campaign/add", {**CAMPAIGN, "schedule": [{"weekday": 1, "start": "15:00", "end": "07:00"}]}, "schedule.0.end"),
    ("member/create", numbers(items=[{"type": "SpecificDate"}]), "needs a specific_date"),
    ("member/create", numbers(**{"from": "2026-11-24 00:00:00", "until": "2026-11-23 00:00:00"}), "is before from"),
    ("ab/contacts/create", {"data": [{"name": "n", "birthday": "2026-02-29"}]}, "must be a day that exists"),
]


def check(method: str, params: dict[str, Any]) -> None:
    validate_request(method, METHODS[method].schema, params, NOW)


@pytest.mark.parametrize(("method", "params"), GOOD)
def test_what_the_document_allows(method: str, params: dict[str, Any]) -> None:
    check(method, params)


@pytest.mark.parametrize(("method", "params", "words"), BAD)
def test_what_it_refuses(method: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandInvalid) as raised:
        check(method, params)
    assert words in raised.value.message


@pytest.mark.parametrize(
    ("method", "params", "path"),
    [
        ("stats/request", stats(2, 1), "$.date_to"),
        ("stats/request", stats(seconds(2026, 1, 1), seconds(2026, 2, 1) + 1), "$.date_to"),
        ("stats/request", stats(1, 2, fields="starts"), "$.fields"),
        ("stats/request", stats(1, 2, call_party={"extension": "1"}, to={"extension": "2"}), "$.call_party"),
        (SERVICE, {"time_zone_iana_id": "Europe/Moskau"}, "$.time_zone_iana_id"),
        (SERVICE, {"time_zone_utc_offset": "900"}, "$.time_zone_utc_offset"),
        ("stats/calls/request", {**CALLS, "end_date": "31.10.2026"}, "$.end_date"),
        ("stats/calls/request", {**CALLS, "end_date": "01.12.2026"}, "$.end_date"),
        ("stats/calls/request", {**CALLS, "recall_status": 1}, "$.recall_status"),
        ("queries/recording_transcripts", {"recording_id": "[]"}, "$.recording_id"),
        ("queries/recording_transcripts", {"recording_id": "[r1]"}, "$.recording_id"),
        (
            "campaign/add",
            {**CAMPAIGN, "schedule": [{"weekday": 1, "start": "15:00", "end": "07:00"}]},
            "$.schedule.0.end",
        ),
        ("member/create", numbers(items=[{"type": "SpecificDate"}]), "$.numbers.0.schedule.items.0"),
        (
            "member/create",
            numbers(**{"from": "2026-11-24 00:00:00", "until": "2026-11-23 00:00:00"}),
            "$.numbers.0.schedule.until",
        ),
        ("sms", {"command_id": "c", "text": "a", "from_extension": "101", "to_number": "102"}, "$.to_number"),
        (
            "callback",
            {"command_id": "c", "from": {"extension": "101", "number": "102"}, "to_number": "103"},
            "$.from.number",
        ),
    ],
)
def test_where_the_fault_is(method: str, params: dict[str, Any], path: str) -> None:
    with pytest.raises(CommandInvalid) as raised:
        check(method, params)
    assert raised.value.message.startswith(f"{method}: {path}: ")
    assert (raised.value.fields["path"], raised.value.fields["command"]) == (path, method)


def test_a_callback_need_not_name_a_telephone_of_the_employee() -> None:
    check("callback", {"command_id": "c", "from": {"extension": "101"}, "to_number": "103"})


def test_without_a_clock_an_open_period_is_left_to_the_pbx() -> None:
    validate_request(SERVICE, METHODS[SERVICE].schema, {"date_from": "1999-01-01 00:00:00"})


def test_rules_belong_to_methods() -> None:
    assert set(METHODS) >= set(RULES)
