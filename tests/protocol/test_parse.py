"""Notifications: what is accepted, what is refused and how, and what names them."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router.errors import RequestRefused
from router.protocol.events import CommandResulted, LegChanged, Unhandled
from router.protocol.kinds import KINDS, RESULTS
from router.protocol.parse import dedupe_key, parse_event

CALL: dict[str, Any] = {
    "entry_id": "e1",
    "call_id": "c1",
    "seq": 1,
    "timestamp": 1558422128,
    "call_state": "Appeared",
    "location": "ivr",
    "from": {"number": "79000000000"},
    "to": {"number": "74952150438", "line_number": "74952150438"},
}
SUMMARY: dict[str, Any] = {
    "entry_id": "e1",
    "call_direction": 1,
    "create_time": 1399906976,
    "forward_time": 1399906978,
    "talk_time": 0,
    "end_time": 1399906990,
    "entry_result": 0,
    "disconnect_reason": 1110,
}
RECORDING: dict[str, Any] = {"recording_id": "r1", "seq": 1, "recording_state": "Started"}
DTMF: dict[str, Any] = {"entry_id": "e1", "call_id": "c1", "seq": 1, "timestamp": 1558422128, "dtmf": "1"}
MISSING, MALFORMED = 3103, 3104


def parse(path: str, fields: Any) -> Any:
    return parse_event(path, json.dumps(fields).encode())


def refusal(path: str, body: bytes) -> int:
    with pytest.raises(RequestRefused) as refused:
        parse_event(path, body)
    assert refused.value.status == 400
    return refused.value.result


@pytest.mark.parametrize(
    ("path", "fields", "required"),
    [
        ("events/call", CALL, ["entry_id", "call_id", "seq", "call_state"]),
        ("events/dtmf", DTMF, ["entry_id", "call_id", "seq", "dtmf"]),
        ("events/summary", SUMMARY, ["entry_id"]),
        ("events/recording", RECORDING, ["recording_id", "recording_state", "seq"]),
        ("events/record/added", {"recording_id": "r"}, ["recording_id"]),
        ("events/record/tagged", {"recording_id": "r"}, ["recording_id"]),
        ("events/sms", {"command_id": "k", "reason": 1000}, ["reason"]),
        ("events/user/session_end", {"abonent": 5, "session": "s"}, ["abonent", "session"]),
        ("result/route", {"command_id": "k", "result": 1000}, ["result"]),
        ("result/stats", {"key": "k"}, ["key"]),
        ("events/user/status_changed", {"abonent_id": 1, "status": 2}, ["abonent_id", "status"]),
    ],
)
def test_required_parameters(path: str, fields: dict[str, Any], required: list[str]) -> None:
    assert parse(path, fields)
    for name in required:
        for without in ({**fields, name: None}, {**fields, name: ""}, {k: v for k, v in fields.items() if k != name}):
            assert refusal(path, json.dumps(without).encode()) == MISSING


@pytest.mark.parametrize(
    "change",
    [
        {"entry_id": "x" * 129},
        {"call_id": "ж" * 65},
        {"entry_id": "a\x00b"},
        {"call_id": "a\nb"},
        {"entry_id": ["e1"]},
        {"entry_id": True},
        {"entry_id": 1.5},
        {"seq": "one"},
        {"seq": 1.5},
        {"seq": True},
        {"seq": -1},
        {"seq": "１"},
        {"seq": "1_0"},
        {"seq": 2**53},
        {"seq": int("9" * 400)},
        {"entry_id": "\ud800"},
        {"call_state": "Ringing"},
        {"call_state": 1},
    ],
)
def test_malformed_calls(change: dict[str, Any]) -> None:
    assert refusal("events/call", json.dumps({**CALL, **change}).encode()) == MALFORMED


@pytest.mark.parametrize("digits", ["12 3", "abc", "１", "1\x00", "+7", "1" * 257])
def test_digits_are_keys_of_a_telephone(digits: str) -> None:
    assert refusal("events/dtmf", json.dumps({**DTMF, "dtmf": digits}).encode()) == MALFORMED


@pytest.mark.parametrize(("digits", "read"), [("0123456789*#", "0123456789*#"), ("ABCD", "ABCD"), (7, "7")])
def test_digits_that_are_fine(digits: Any, read: str) -> None:
    assert parse("events/dtmf", {**DTMF, "dtmf": digits}).digits == read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"{}{}",
        b"\xff\xfe",
        b'{"entry_id": "\xff"}',
        b'{"entry_id": "\\ud800"}',
        b'{"entry_id": "\\udc00x"}',
        b'{"seq": NaN}',
        b'{"seq": Infinity}',
        b'{"seq": -Infinity}',
        b'{"seq": 1e999}',
        b'{"seq": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"{'entry_id': 1}",
        b"\xef\xbb\xbf{}",
    ],
)
@pytest.mark.parametrize("path", ["events/call", "events/unheard_of", "result/route"])
def test_what_is_no_json_object(path: str, body: bytes) -> None:
    assert refusal(path, body) == MALFORMED


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_party_is_no_party(empty: Any) -> None:
    event = parse("events/call", {**CALL, "from": empty, "dct": empty})
    assert (event.from_number, event.dct_type) == ("", 0)


def test_numbers_come_as_text_and_text_as_numbers() -> None:
    event = parse("events/call", {**CALL, "seq": "07", "disconnect_reason": "", "from": {"extension": 101.0}})
    assert (event.seq, event.disconnect_reason, event.from_extension) == (7, 0, "101")


def test_the_line_may_stand_beside_the_parties() -> None:
    assert parse("events/call", {**CALL, "to": {}, "line_number": "7495"}).line_number == "7495"
    assert parse("events/summary", {**SUMMARY, "to": {"line_number": 7495}}).line_number == "7495"


@pytest.mark.parametrize("command", sorted(RESULTS))
def test_results_of_commands(command: str) -> None:
    event = parse(f"result/{command}", {"command_id": 5, "result": "4101"})
    assert event == CommandResulted(command=command, command_id="5", result=4101)


@pytest.mark.parametrize("path", ["result/new", "events/x", "result/call"])
def test_other_kinds_are_only_recorded(path: str) -> None:
    assert parse(path, {"command_id": 7, "entry_id": "x" * 200}) == Unhandled(kind=path, command_id="7")


@pytest.mark.parametrize("nobody", [{}, {"command_id": ""}, {"command_id": None}, {"command_id": ["k"]}])
def test_a_result_without_a_command_id_is_only_recorded(nobody: dict[str, Any]) -> None:
    for command in RESULTS:
        assert parse(f"result/{command}", {"result": 1000, **nobody}) == Unhandled(kind=f"result/{command}")
    assert parse("events/sms", {"reason": 1000, **nobody}) == Unhandled(kind="events/sms")


def test_the_same_content_in_another_notation_is_a_duplicate() -> None:
    first = json.dumps(CALL).encode()
    second = json.dumps({**CALL, "seq": "1", "timestamp": "1558422128"}, indent=1, sort_keys=True).encode()
    keys = [dedupe_key(parse_event("events/call", body), "events/call", body) for body in (first, second)]
    assert keys[0] == keys[1]
    assert keys[0][0] == "call:c1:1"


@pytest.mark.parametrize(
    "change", [{"call_state": "Connected"}, {"to": {"number": "101"}}, {"timestamp": 1558422129}, {"command_id": "k"}]
)
def test_other_content_under_the_same_key_is_a_conflict(change: dict[str, Any]) -> None:
    (key, digest), (same_key, other) = (
        dedupe_key(parse("events/call", fields), "events/call", b"") for fields in (CALL, {**CALL, **change})
    )
    assert key == same_key
    assert digest != other


def test_counters_of_legs_and_digits_are_different_things() -> None:
    call = dedupe_key(parse("events/call", CALL), "events/call", b"")
    dtmf = dedupe_key(parse("events/dtmf", DTMF), "events/dtmf", b"")
    assert (call[0], dtmf[0]) == ("call:c1:1", "dtmf:c1:1")


def test_recordings_are_counted_by_recording() -> None:
    def key(**fields: Any) -> tuple[str, bytes]:
        body = json.dumps({"recording_id": "r1", "seq": 1, "recording_state": "Started", **fields}).encode()
        return dedupe_key(parse_event("events/recording", body), "events/recording", body)

    assert key() == key(seq="1")
    assert key()[0] == key(recording_state="Completed")[0] == "recording:r1:1"
    assert key()[1] != key(recording_state="Completed")[1]
    assert key(extension="1")[0] == "recording:r1:1"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("events/summary", SUMMARY),
        ("result/route", {"command_id": "k", "result": 1000}),
        ("result/route", {"result": 1000}),
        ("events/sms", {"command_id": "k", "reason": 1000}),
        ("events/user/status_changed", {"abonent_id": 1, "status": 1}),
    ],
)
def test_what_has_no_counter_is_named_by_its_bytes(path: str, fields: dict[str, Any]) -> None:
    body, spaced = json.dumps(fields, separators=(",", ":")).encode(), json.dumps(fields).encode()
    keys = [dedupe_key(parse_event(path, text), path, text)[0] for text in (body, body, spaced)]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0].startswith(f"{path}:")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    [*CALL, "dtmf", "command_id", "result", "dct", "abonent_id", "status", "recording_id", "data", "key"]
)
paths = st.sampled_from([*KINDS, "events/x"])


@given(paths, st.dictionaries(names, values))
@example("events/call", {**CALL, "from": {"number": float("inf")}})
def test_any_object_is_an_event_or_refused(path: str, fields: dict[str, Any]) -> None:
    body = json.dumps({**CALL, **DTMF, **fields}).encode()
    with suppress(RequestRefused):
        event = parse_event(path, body)
        key, digest = dedupe_key(event, path, body)
        assert key
        assert len(digest) == 32
        if isinstance(event, LegChanged):
            assert len(event.entry_id.encode()) <= 128
            assert event.seq >= 0
