"""Notifications that no call's course depends on: read when they can be, recorded as they came when not."""

import json
from typing import Any

import pytest

from router.protocol.events import (
    AddressBookChanged,
    Event,
    RecordingChanged,
    RecordingStored,
    RecordingTagged,
    SessionEnded,
    SmsReported,
    StatisticsReady,
    Unhandled,
)
from router.protocol.parse import dedupe_key, parse_event

KEY = "b3Z7pivetID7u/SX++wPR/ZIntjIfssKf/B+DvIt8hPJReV8v4MYspQA=="
READABLE: list[tuple[str, dict[str, Any], Event]] = [
    (
        "events/recording",
        {
            "recording_id": "r1",
            "recording_state": "Completed",
            "seq": "2",
            "completion_code": "1000",
            "recipient": "Cloud",
        },
        RecordingChanged(recording_id="r1", state="Completed", seq=2, completion_code=1000, recipient="Cloud"),
    ),
    (
        "events/record/added",
        {"recording_id": "r1", "entry_id": "e1"},
        RecordingStored(recording_id="r1", entry_id="e1"),
    ),
    (
        "events/record/tagged",
        {"recording_id": "r1", "tags": [1688, "7"]},
        RecordingTagged(recording_id="r1", tags=("1688", "7")),
    ),
    (
        "events/sms",
        {"command_id": "c1", "timestamp": "1399906980", "reason": "4391"},
        SmsReported(command_id="c1", timestamp=1399906980, reason=4391),
    ),
    (
        "events/ab",
        {"action": "updated", "data": [{"contact_id": "1", "org": None, "phones": [{"phone": "+7 (900) 000-00-11"}]}]},
        AddressBookChanged(action="updated", ids=("1",), numbers=("79000000011",)),
    ),
    ("events/ab", {"action": "deleted", "data": ["1", 2]}, AddressBookChanged(action="deleted", ids=("1", "2"))),
    (
        "events/user/session_end",
        {"result": 1000, "abonent_id": 6576434, "session": "s", "timestamp": 10937687345343},
        SessionEnded(abonent_id="6576434", session="s", result=1000, timestamp=10937687345343),
    ),
    ("events/user/session_end", {"abonent": 5, "session": "s"}, SessionEnded(abonent_id="5", session="s")),
    ("result/stats", {"key": KEY, "request_id": "r"}, StatisticsReady(kind="stats", key=KEY, request_id="r")),
    ("result/stat", {"key": KEY}, StatisticsReady(kind="stats", key=KEY)),
    (
        "result/stats_in_calls_service",
        {"key": KEY},
        StatisticsReady(kind="stats_in_calls_service", key=KEY),
    ),
]


def parse(path: str, fields: Any) -> Event:
    return parse_event(path, json.dumps(fields).encode())


@pytest.mark.parametrize(("path", "fields", "event"), READABLE)
def test_what_can_be_read(path: str, fields: dict[str, Any], event: Event) -> None:
    assert parse(path, fields) == event


def test_the_address_book_needs_nothing() -> None:
    """Peers send `{"event": "contact_updated"}`, too."""
    for fields in ({}, {"event": "contact_updated"}, {"action": "", "data": {"x": [[]]}}):
        assert parse("events/ab", fields) == Unhandled(kind="events/ab")


def test_a_recording_is_known_by_its_counter() -> None:
    first = {"recording_id": "r1", "recording_state": "Started", "seq": 1}
    keys = [
        dedupe_key(parse("events/recording", fields), "events/recording", json.dumps(fields).encode())
        for fields in (first, {**first, "seq": "1"}, {**first, "recording_state": "Completed"})
    ]
    assert keys[0] == keys[1]
    assert keys[0][0] == keys[2][0] == "recording:r1:1"
    assert keys[0][1] != keys[2][1]


def test_a_contact_with_thousands_of_numbers_is_cut() -> None:
    phones = [{"phone": str(79_000_000_000 + number)} for number in range(10_000)]
    event = parse("events/ab", {"action": "new", "data": [{"contact_id": "1", "phones": phones}]})
    assert isinstance(event, AddressBookChanged)
    assert len(event.numbers) == 500


def test_a_change_of_thousands_of_contacts_is_cut() -> None:
    event = parse("events/ab", {"action": "deleted", "data": [str(number) for number in range(10_000)]})
    assert isinstance(event, AddressBookChanged)
    assert len(event.ids) == 500
