"""A decorative field costs no event: whatever is in it, the event is taken, and what was odd is told."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import RequestRefused
from router.protocol.events import DigitsCollected, JourneyEnded, LegChanged
from router.protocol.kinds import KINDS
from router.protocol.parse import dedupe_key, read_event
from tests.document.document import examples
from tests.protocol.published import PUBLISHED
from tests.protocol.test_parse import CALL, SUMMARY

NEEDED = {
    "events/call": {"entry_id", "call_id", "seq", "call_state"},
    "events/dtmf": {"entry_id", "call_id", "seq", "dtmf"},
    "events/summary": {"entry_id"},
    "events/recording": {"recording_id", "seq", "recording_state"},
    "events/sms": {"reason"},
    "events/ab": set(),
    "events/user/status_changed": {"abonent_id", "status"},
    "events/user/session_end": {"abonent_id", "session"},
    "result/stat": {"key"},
}
PUSHES = [*((one.path, one.content) for one in examples("push") if one.path in KINDS), *PUBLISHED]


def read(path: str, fields: Any) -> tuple[Any, tuple[str, ...]]:
    return read_event(path, json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("change", "expected", "told"),
    [
        ({"sip_call_id": "s" * 300}, {"sip_call_id": "s" * 300}, "sip_call_id has 300 characters"),
        ({"sip_call_id": "s" * 600}, {"sip_call_id": "s" * 512}, "sip_call_id has 600 characters: cut to 512"),
        ({"sip_call_id": "a\x00b\n"}, {"sip_call_id": "ab"}, r'sip_call_id is "a\u0000b\n": its control characters'),
        ({"sip_call_id": "\ud800x"}, {"sip_call_id": "x"}, "sip_call_id is '\\ud800x': its control characters"),
        ({"dct": "74001234567"}, {"dct_number": "74001234567"}, 'dct is "74001234567", not an object'),
        ({"dct": 5}, {"dct_number": "5"}, "dct is 5, not an object: taken as its number"),
        ({"dct": {"type": "dynamic"}}, {"dct_type": 0}, 'dct.type is "dynamic", not a number: left out'),
        ({"dct": {"type": {}}}, {"dct_type": 0}, None),
        ({"to": {"acd_group": False}}, {"acd_group": ""}, "to.acd_group is false, not a text: left out"),
        ({"timestamp": 1558422128.75}, {"timestamp": 1558422128}, "timestamp is 1558422128.75: read as 1558422128"),
        ({"timestamp": "1558422128.5"}, {"timestamp": 1558422128}, 'timestamp is "1558422128.5": read as'),
        ({"timestamp": 1558422128.0}, {"timestamp": 1558422128}, None),
        ({"timestamp": "2019-05-21T07:02:08Z"}, {"timestamp": 0}, "not a number: left out"),
        ({"timestamp": None}, {"timestamp": 0}, None),
        ({"timestamp": 10**400}, {"timestamp": 0}, "timestamp is"),
        ({"timestamp": True}, {"timestamp": 0}, "timestamp is true, not a number: left out"),
        ({"call_state": "appeared"}, {"state": "Appeared"}, 'call_state is "appeared": read as Appeared'),
        ({"call_state": "ON_HOLD"}, {"state": "OnHold"}, "read as OnHold"),
        ({"call_state": " On Hold "}, {"state": "OnHold"}, "read as OnHold"),
        ({"location": "IVR"}, {"location": "ivr"}, 'location is "IVR": read as ivr'),
        ({"location": ["ivr"]}, {"location": ""}, 'location is ["ivr"], not a text: left out'),
        ({"from": "79000000000"}, {"from_number": "79000000000"}, "from is"),
        ({"from": [{"number": "79000000000"}]}, {"from_number": "79000000000"}, "from is a list of one object"),
        ({"from": [1, 2]}, {"from_number": ""}, "from is [1,2], not an object: left out"),
        ({"from": {"taken_from_call_id": "x" * 129}}, {"taken_from_call_id": "x" * 129}, None),
        ({"disconnect_reason": "busy"}, {"disconnect_reason": 0}, 'disconnect_reason is "busy", not a number'),
        ({"disconnect_reason": "1121 "}, {"disconnect_reason": 1121}, "read as 1121"),
        ({"command_id": ["k"]}, {"command_id": ""}, 'command_id is ["k"], not a text: left out'),
        ({"task_id": False}, {"task_id": ""}, "task_id is false"),
        ({"from": {"was_transferred": 1, "hold_initiator": "false"}}, {"from_was_transferred": True}, None),
        ({"to": {"hold_initiator": "perhaps"}}, {"to_hold_initiator": False}, "to.hold_initiator is"),
    ],
)
def test_odd_decoration_of_a_leg(change: dict[str, Any], expected: dict[str, Any], told: str | None) -> None:
    event, odd = read("events/call", {**CALL, **change})
    assert {name: getattr(event, name) for name in expected} == expected
    assert (told is None and not odd) or (len(odd) == 1 and told is not None and told in odd[0]), odd


def test_numbers_beyond_what_msgspec_reads() -> None:
    for body in (
        b'"timestamp": 1e999',
        b'"timestamp": NaN',
        b'"dct": {"type": -Infinity}',
        b'"sip_call_id": "\\udc00"',
        b'"dct": {"type": ' + b"9" * 5000 + b"}",
    ):
        event, odd = read_event("events/call", json.dumps(CALL).encode()[:-1] + b", " + body + b"}")
        assert event.call_id == "c1"  # type: ignore[union-attr]
        assert odd


@pytest.mark.parametrize("value", [{"deep": [1, {"a": None}]}, [], False, 1.5, "text", 10**30, None])
def test_times_of_a_summary_may_be_anything_but_missing(value: Any) -> None:
    for name in ("call_direction", "create_time", "forward_time", "talk_time", "end_time", "entry_result"):
        event, _ = read("events/summary", {**SUMMARY, name: value})
        assert isinstance(event, JourneyEnded)


def test_what_is_shown_of_an_odd_value_is_short() -> None:
    _, (told,) = read("events/call", {**CALL, "task_id": {"x": "y" * 5000}})
    assert len(told) < 200


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(fields: dict[str, Any], path: str) -> list[tuple[str, ...]]:
    """Where something decorates an example: its own fields, those of its parts, and one that nobody knows."""
    own = [(name,) for name in fields if name not in NEEDED.get(path, {"result"})]
    inner = [(name, part) for name, value in fields.items() if isinstance(value, dict) for part in value]
    return [*own, *inner, ("unheard_of",), ("sip_call_id",)]


@given(st.data())
def test_any_value_in_any_decorative_field(data: st.DataObject) -> None:
    path, fields = data.draw(st.sampled_from(PUSHES))
    place = data.draw(st.sampled_from(places(fields, path)))
    value = data.draw(anything)
    fields = json.loads(json.dumps(fields))
    (fields if len(place) == 1 else fields[place[0]])[place[-1]] = value
    event, _ = read(path, fields)
    key, digest = dedupe_key(event, path, json.dumps(fields).encode())
    assert key
    assert len(digest) == 32
    key.encode()  # a key that could not be stored would cost the event, too
    if isinstance(event, LegChanged | DigitsCollected):
        assert (event.entry_id, event.call_id) == (fields["entry_id"], fields["call_id"])


@given(st.sampled_from([one for one in PUSHES if one[0] in NEEDED]), anything)
def test_a_needed_field_is_read_or_refused(push: tuple[str, Any], value: Any) -> None:
    path, fields = push
    for name in NEEDED[path]:
        with suppress(RequestRefused):
            read(path, {**fields, name: value})
