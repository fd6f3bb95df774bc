"""Every field of every notification, by the document's tables (§3.1, §3.3, §4.4; profile 2026): each is read from its own
place, and what is odd about it is told by its own name."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from router.protocol.events import (
    AddressBookChanged,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    PresenceChanged,
    RecordingChanged,
    SessionEnded,
    SmsReported,
    StatisticsReady,
)
from router.protocol.parse import decode_loosely, read_event
from router.protocol.unsigned import own_fields

LEG: dict[str, Any] = {
    "entry_id": "e", "call_id": "c", "seq": 7, "timestamp": 1558422128, "call_state": "Disconnected", "location": "queue",
    "from": {
        "extension": "101", "number": "79000000001", "taken_from_call_id": "c0", "was_transferred": True,
        "hold_initiator": False,
    },
    "to": {
        "extension": "102", "number": "79000000002", "line_number": "74950000003", "acd_group": "303",
        "was_transferred": False, "hold_initiator": True,
    },
    "dct": {"number": "74950000004", "type": 2}, "disconnect_reason": 1110, "sip_call_id": "s", "command_id": "k",
    "task_id": "17", "callback_initiator": "API", "transfer": "blind",
}  # fmt: skip
SUMMARY: dict[str, Any] = {
    "entry_id": "e", "call_direction": 1, "from": {"extension": "101", "number": "79000000001"},
    "to": {"extension": "102", "number": "79000000002"}, "line_number": "74950000003",
    "dct": {"number": "74950000004", "type": 2}, "create_time": 11, "forward_time": 12, "talk_time": 13, "end_time": 14,
    "entry_result": 1, "disconnect_reason": 1120, "sip_call_id": "s",
}  # fmt: skip
PACKET: dict[str, Any] = {
    "entry_id": "e", "call_id": "c", "seq": 7, "timestamp": 1558422128, "dtmf": "12#", "location": "ivr.2", "initiator": "i",
    "from_number": "79000000001", "to_number": "79000000002", "line_number": "74950000003",
}  # fmt: skip
RECORDING: dict[str, Any] = {
    "recording_id": "r", "seq": 7, "recording_state": "Completed", "entry_id": "e", "call_id": "c", "extension": "101",
    "timestamp": 1558422128, "completion_code": 1000, "recipient": "Cloud", "command_id": "k",
}  # fmt: skip
PRESENCE: dict[str, Any] = {"abonent_id": "9", "status": 2, "when": 15, "timestamp": 16}
SESSION: dict[str, Any] = {"abonent_id": "9", "session": "z", "result": 1201, "timestamp": 16}

READ: list[tuple[str, dict[str, Any], Event]] = [
    (
        "events/call",
        LEG,
        LegChanged(
            entry_id="e", call_id="c", seq=7, timestamp=1558422128, state="Disconnected", location="queue",
            from_extension="101", from_number="79000000001", taken_from_call_id="c0", to_extension="102",
            to_number="79000000002", line_number="74950000003", acd_group="303", dct_number="74950000004", dct_type=2,
            disconnect_reason=1110, sip_call_id="s", command_id="k", task_id="17", callback_initiator="API",
            transfer="blind", from_was_transferred=True, to_hold_initiator=True,
        ),
    ),
    (
        "events/call",
        {**LEG, "from": {"hold_initiator": True}, "to": {"was_transferred": True}},
        LegChanged(
            entry_id="e", call_id="c", seq=7, timestamp=1558422128, state="Disconnected", location="queue",
            dct_number="74950000004", dct_type=2, disconnect_reason=1110, sip_call_id="s", command_id="k", task_id="17",
            callback_initiator="API", transfer="blind", from_hold_initiator=True, to_was_transferred=True,
        ),
    ),
    (
        "events/summary",
        SUMMARY,
        JourneyEnded(
            entry_id="e", call_direction=1, from_extension="101", from_number="79000000001", to_extension="102",
            to_number="79000000002", line_number="74950000003", dct_number="74950000004", dct_type=2, create_time=11,
            forward_time=12, talk_time=13, end_time=14, entry_result=1, disconnect_reason=1120, sip_call_id="s",
        ),
    ),
    (
        "events/dtmf",
        PACKET,
        DigitsCollected(
            entry_id="e", call_id="c", seq=7, timestamp=1558422128, digits="12#", location="ivr.2", initiator="i",
            from_number="79000000001", to_number="79000000002", line_number="74950000003",
        ),
    ),
    (
        "events/recording",
        RECORDING,
        RecordingChanged(
            recording_id="r", seq=7, state="Completed", entry_id="e", call_id="c", extension="101", timestamp=1558422128,
            completion_code=1000, recipient="Cloud", command_id="k",
        ),
    ),
    ("events/user/status_changed", PRESENCE, PresenceChanged(abonent_id="9", status=2, when=15, timestamp=16)),
    ("events/user/session_end", SESSION, SessionEnded(abonent_id="9", session="z", result=1201, timestamp=16)),
    (
        "events/sms",
        {"command_id": "k", "reason": 4301, "timestamp": 16},
        SmsReported(command_id="k", reason=4301, timestamp=16),
    ),
]  # fmt: skip
NEEDED = {
    "entry_id", "call_id", "seq", "call_state", "recording_id", "recording_state", "dtmf", "abonent_id", "session", "status",
    "reason", "command_id",
}  # fmt: skip


def read(path: str, fields: dict[str, Any]) -> tuple[Event, tuple[str, ...]]:
    return read_event(path, json.dumps(fields).encode())


@pytest.mark.parametrize(("path", "fields", "event"), READ)
def test_each_field_is_read_from_its_own_place(path: str, fields: dict[str, Any], event: Event) -> None:
    assert read(path, fields) == (event, ())


def decorations(fields: dict[str, Any], within: str = "") -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from decorations(value, f"{name}.")
        elif name not in NEEDED or within:
            yield within + name


def changed(fields: dict[str, Any], dotted: str, value: Any) -> dict[str, Any]:
    other = copy.deepcopy(fields)
    *outer, last = dotted.split(".")
    place = other
    for name in outer:
        place = place[name]
    place[last] = value
    return other


CASES = [(path, fields, name) for path, fields, _ in READ for name in decorations(fields)]


@pytest.mark.parametrize(("path", "fields", "name"), CASES)
def test_what_is_odd_is_told_by_its_own_name(path: str, fields: dict[str, Any], name: str) -> None:
    event, told = read(path, changed(fields, name, ["x"]))
    words = {"a text", "a number", "true or false"}
    assert told[0] in {f'{name} is ["x"], not {word}: left out' for word in words}, told
    assert len(told) == 1
    known, _ = read(path, fields)
    before, after = msgspec.structs.asdict(known), msgspec.structs.asdict(event)
    differing = {field for field in before if before[field] != after[field]}
    assert all(not after[field] for field in differing)
    assert len(differing) <= 1


@pytest.mark.parametrize("name", ["line_number", "acd_group"])
def test_what_some_switches_write_beside_the_parties_counts_where_the_party_has_none(name: str) -> None:
    event, _ = read("events/call", {**changed(LEG, f"to.{name}", ""), name: "5"})
    assert getattr(event, name) == "5"
    event, _ = read("events/call", {**LEG, name: "5"})
    assert getattr(event, name) == LEG["to"][name]


def test_of_an_unsigned_event_only_what_the_document_gives_it_is_kept() -> None:
    assert json.loads(own_fields(PresenceChanged(abonent_id="9", status=0))) == {"abonent_id": "9", "status": 0}
    kept = own_fields(PresenceChanged(abonent_id="9", status=2, when=15, timestamp=16))
    assert json.loads(kept) == {"abonent_id": "9", "status": 2, "when": 15, "timestamp": 16}
    kept = own_fields(SessionEnded(abonent_id="9", session="", result=0))
    assert json.loads(kept) == {"abonent_id": "9", "session": ""}


@pytest.mark.parametrize(("path", "fields"), [("events/call", LEG), ("events/summary", SUMMARY)])
@pytest.mark.parametrize("party", ["from", "to", "dct"])
def test_a_party_that_is_no_object_is_told_by_its_own_name(path: str, fields: dict[str, Any], party: str) -> None:
    _, told = read(path, {**fields, party: 7})
    assert told == (f"{party} is 7, not an object: taken as its number",)
    _, told = read(path, {**fields, party: True})
    assert told == (f"{party} is true, not an object: left out",)
    _, told = read(path, {**fields, party: [fields[party]]})
    assert told == (f"{party} is a list of one object: taken as the object",)


@pytest.mark.parametrize(
    ("value", "told"),
    [(True, True), (False, False), (1, True), (0, False), ("yes", True), ("No", False), (None, False)],
)
def test_truths_of_version_2(value: object, *, told: bool) -> None:
    event, odd = read("events/call", changed(LEG, "from.hold_initiator", value))
    assert isinstance(event, LegChanged)
    assert (event.from_hold_initiator, odd) == (told, ())


@pytest.mark.parametrize("value", [2**53 - 1, -(2**53 - 1), "-5", "007", 0])
def test_numbers_that_are_fine(value: Any) -> None:
    event, odd = read("events/summary", {**SUMMARY, "call_direction": value})
    assert isinstance(event, JourneyEnded)
    assert event.call_direction == int(value)
    assert odd == ()


def test_a_result_of_statistics_is_taken_without_a_request_id_that_is_none() -> None:
    event, told = read("result/stats", {"key": "k", "request_id": ["x"]})
    assert event == StatisticsReady(kind="stats", key="k")
    assert told == ("request_id is not a plain text: left out",)


@pytest.mark.parametrize(("digits", "taken"), [("9" * 20, int("9" * 20)), ("9" * 21, "9" * 21)])
def test_numbers_of_any_size_are_json(digits: str, taken: object) -> None:
    assert decode_loosely(f'{{"a": {digits}}}') == {"a": taken}


def test_numbers_and_ids_of_a_changed_contact() -> None:
    phones = [{"phone": "+7 (900) 000-00-01"}, {"phone_type": "mobile"}, "79000000002", {"phone": 79000000003}]
    event, told = read(
        "events/ab", {"action": "new", "data": [{"contact_id": 5, "phones": phones}, {"org_id": [1]}, 7]}
    )
    assert event == AddressBookChanged(action="new", ids=("7", "5"), numbers=("79000000001", "79000000003"))
    assert told == ("org_id is not a plain text: left out",)
