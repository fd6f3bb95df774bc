"""Events with odd fields, at the wrong path, or of long ago: what is stored, and what the trace says."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.engine.flow_selection import FIRST_INSTANT
from router.engine.state import RUNNING, UNTAKEN
from router.history.call_view import trace_of
from router.history.trace_text import lines
from router.protocol.parse import dedupe_key, read_event
from router.runtime.intake.ingest import Notification
from tests.document.document import examples
from tests.protocol.test_odd_fields import anything, places
from tests.runtime.living import ENVIRON
from tests.stores import MemoryStore, SqliteStore

MENU = """
flow: main
for: {lines: ["74950000000"]}
on_error: bye
start: hello
steps:
  hello: {menu: {prompt: audio.hi, keys: {1: bye}, no_input: {max: 1, goto: bye}, no_match: {max: 1, goto: bye}}}
  bye: release
"""
AUDIO = "audio: {hi: {id: 7, length: 5s}}\n"


def leg(**fields: Any) -> dict[str, Any]:
    line = {"number": "74950000000", "line_number": "74950000000"}
    return {
        "entry_id": "e1", "call_id": "c1", "seq": 1, "timestamp": int(time.time()), "call_state": "Appeared",
        "location": "ivr", "from": {"number": "79000000000"}, "to": line, **fields,
    }  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def router(request: pytest.FixtureRequest, tmp_path: Path) -> Router:
    return made(MemoryStore() if request.param == "memory" else SqliteStore(str(tmp_path / "ivr.db")))


def made(store: Any, **environ: str) -> Router:
    router = Router(load_settings({**ENVIRON, **environ}, None, lambda path: path), store, starts_itself=False)
    router.versions.publish_files("default", {"main.yaml": MENU.encode(), "audio.yaml": AUDIO.encode()})
    return router


def tell(router: Router, path: str, fields: dict[str, Any]) -> str:
    body = msgspec.json.encode(fields)
    event, odd = read_event(path, body)
    key, digest = dedupe_key(event, path, body)
    (outcome,) = router.ingest.accept_all(
        [
            Notification(
                account="default", path=path, event=event, body=body.decode(), dedupe=key, digest=digest, odd=odd
            )
        ]
    )
    assert isinstance(outcome, str), outcome
    return outcome


def seen(router: Router, entry_id: str = "e1") -> tuple[str, list[str]]:
    """(status, notes) of the call."""
    call = router.store.call("default", entry_id)
    assert call is not None
    records = router.store.journal("default", entry_id)
    return call.status, [e.data["text"] for record in records for e in record.trace if e.kind == "note"]


def test_what_is_odd_stands_in_the_trace_and_the_body_stays_raw(router: Router) -> None:
    odd = leg(sip_call_id="s" * 300, dct="74001234567", call_state="APPEARED", location="Ivr")
    assert tell(router, "events/call", odd) == "stored"
    status, notes = seen(router)
    assert status == RUNNING
    assert notes[:4] == [
        'dct is "74001234567", not an object: taken as its number',
        'call_state is "APPEARED": read as Appeared',
        'location is "Ivr": read as ivr',
        "sip_call_id has 300 characters",
    ]
    [record] = router.store.journal("default", "e1")
    assert msgspec.json.decode(record.body) == odd
    assert tell(router, "events/call", odd) == "duplicate"


def test_a_result_of_nobody_is_recorded(router: Router) -> None:
    tell(router, "events/call", leg())
    [row] = router.store.commands("default", entry_id="e1")
    assert tell(router, "result/play/start", {"result": 5003}) == "stored"
    assert router.store.commands("default", entry_id="e1") == [row]


def test_a_result_at_the_path_of_another_command_is_left_alone(router: Router) -> None:
    tell(router, "events/call", leg())
    [row] = router.store.commands("default", entry_id="e1")
    assert row.command == "play/start"
    assert tell(router, "result/route", {"command_id": row.command_id, "result": 4101}) == "stored"
    assert router.store.commands("default", entry_id="e1") == [row]
    status, notes = seen(router)
    assert status == RUNNING
    assert notes[-1] == f"result/route says 4101 of play/start {row.command_id}: left alone"


@pytest.mark.parametrize(
    ("stale_after", "age", "status"),
    [
        ("4h", 0, RUNNING),
        ("4h", -3 * 3600, RUNNING),  # the PBX's clock is ahead
        ("4h", 3 * 3600, RUNNING),  # this host's is
        ("4h", 5 * 3600, UNTAKEN),
        ("4h", 400 * 86_400, UNTAKEN),
        ("1m", 600, RUNNING),  # clocks may differ
        ("1m", 1200, UNTAKEN),
    ],
)
def test_an_event_of_long_ago_starts_no_call(stale_after: str, age: int, status: str) -> None:
    """Nothing is known of it: that is how it is after the retention, too."""
    router = made(MemoryStore(), IVR_STALE_AFTER=stale_after)
    assert tell(router, "events/call", leg(timestamp=int(time.time()) - age)) == "stored"
    told = seen(router)
    assert told[0] == status
    assert bool(router.store.commands("default", entry_id="e1")) == (status == RUNNING)
    assert any("a repetition of an old one" in note for note in told[1]) == (status == UNTAKEN)


def test_a_clock_that_was_set_forward_makes_no_caller_old(router: Router) -> None:
    day = 86_400
    with router.store.transaction() as tx:
        tx.shift_clock(float(day))
    tell(router, "events/call", leg(timestamp=int(time.time()) - day))
    assert seen(router)[0] == RUNNING
    tell(router, "events/call", leg(entry_id="e2", call_id="c2", timestamp=int(time.time()) - 2 * day))
    assert seen(router, "e2")[0] == UNTAKEN


def test_why_nothing_is_taken(router: Router) -> None:
    router.pause("default", True)
    tell(router, "events/call", leg())
    assert seen(router)[1] == ["no flow took it: the account is paused (ivr resume)"]
    silent = made(MemoryStore(), IVR_ENABLED="0")
    tell(silent, "events/call", leg())
    assert seen(silent)[1] == ["no flow took it: taking calls is switched off (IVR_ENABLED=0)"]
    empty = Router(load_settings(ENVIRON, None, lambda path: path), MemoryStore(), starts_itself=False)
    tell(empty, "events/call", leg())
    assert seen(empty)[1] == ["no flow took it: no version is active (ivr publish)"]


SUMMARY = {
    "entry_id": "e1", "call_direction": 1, "from": {"number": "79000000000"}, "to": {"extension": "101"},
    "create_time": 1795437000, "forward_time": 1795437002, "talk_time": 1795437005, "end_time": 1795437065,
    "entry_result": 1, "disconnect_reason": 1120, "sip_call_id": "sip-7", "dct": {"number": "79000000009", "type": 1},
}  # fmt: skip


def test_the_object_and_the_trace_hold_what_events_tell(router: Router) -> None:
    group = {"extension": "101", "number": "sip:a@b", "line_number": "74950000000", "acd_group": "303"}
    tell(router, "events/call", leg(sip_call_id="sip-7", dct={"number": "79000000009", "type": 1}))
    for seq, state in enumerate(("Appeared", "Connected", "OnHold", "Disconnected"), start=1):
        told = {
            "from": {"number": "79000000000", "was_transferred": state == "Disconnected", "hold_initiator": False},
            "to": {**group, "hold_initiator": state == "OnHold"},
            "transfer": "blind",
            "location": "abonent",
        }
        tell(router, "events/call", leg(call_id="c2", seq=seq, call_state=state, **told))
    recording = {"recording_id": "r9", "recording_state": "Started", "seq": 1, "entry_id": "e1", "call_id": "c2"}
    assert tell(router, "events/recording", recording) == "stored"
    tell(router, "events/call", leg(seq=2, call_state="Disconnected", disconnect_reason=1100))
    tell(router, "events/summary", SUMMARY)
    call = router.view("e1")
    assert call is not None
    assert {name: call[name] for name in ("sip_call_id", "dct", "group", "answered_by", "recording_id")} == {
        "sip_call_id": "sip-7", "dct": {"number": "79000000009", "type": 1}, "group": "303", "answered_by": "101",
        "recording_id": "r9",
    }  # fmt: skip
    assert (call["talk_seconds"], call["end_reason"], call["untaken"], call["direction"]) == (60, 1120, "", "incoming")
    assert call["summary"] == {
        "create_time": "2026-11-23T12:30:00.000Z", "forward_time": "2026-11-23T12:30:02.000Z",
        "talk_time": "2026-11-23T12:30:05.000Z", "end_time": "2026-11-23T12:31:05.000Z", "entry_result": 1,
        "call_direction": 1, "disconnect_reason": 1120,
    }  # fmt: skip
    second = next(one for one in call["legs"] if one["call_id"] == "c2")
    assert (second["group"], second["transfer"], second["line"]) == ("303", "blind", "74950000000")
    assert second["was_transferred"] == {"from": True, "to": False}
    text = "\n".join(lines(trace_of(router.store.journal("default", "e1"))))
    assert "event call c1 #1 Appeared in ivr to 74950000000 dct 79000000009 sip_call_id sip-7" in text
    assert "event call c2 #1 Appeared in abonent to 101 through group 303 blind transfer" in text
    assert "event call c2 #3 OnHold in abonent to 101 blind transfer held by the to side" in text
    assert "the from side was transferred" in text
    assert "recording: Started r9" in text
    assert (
        "event summary reason 1120 created 2026-11-23 12:30:00 forwarded 2026-11-23 12:30:02 "
        "answered 2026-11-23 12:30:05 ended 2026-11-23 12:31:05" in text
    )
    [found] = router.store.calls("default", {"sip_call_id": "sip-7"}, 10, "")
    assert found["entry_id"] == "e1"


def test_times_that_are_none_are_shown_as_none(router: Router) -> None:
    tell(router, "events/call", leg())
    tell(router, "events/call", leg(seq=2, call_state="Disconnected"))
    tell(router, "events/summary", {**SUMMARY, "create_time": 10**15, "end_time": -(10**15), "talk_time": "no"})
    call = router.view("e1")
    assert call is not None
    assert {call["summary"][name] for name in ("create_time", "end_time", "talk_time")} == {None}
    assert lines(trace_of(router.store.journal("default", "e1")))


def test_a_recording_of_a_call_that_is_over_is_still_its_recording(router: Router) -> None:
    tell(router, "events/call", leg())
    tell(router, "events/call", leg(seq=2, call_state="Disconnected"))
    tell(router, "events/summary", SUMMARY)
    tell(router, "events/record/added", {"entry_id": "e1", "recording_id": "r10"})
    call = router.store.call("default", "e1")
    assert call is not None
    assert (call.status, call.recording_id) == ("ended", "r10")


# decoration, whatever it is

PLAYS = """
flow: main
for: any
on_error: bye
start: hello
steps: {hello: {play: {prompt: audio.hi, next: bye}}, bye: release}
"""
MEANT = {"from", "to", "location", "command_id", "task_id", "callback_initiator", "line_number", "extension"}
"""Not needed, but flows go by them: a text in one of them means something else than none."""

ARRIVALS = [
    one.content
    for one in examples("push")
    if one.path == "events/call" and one.content["call_state"] == "Appeared" and one.content.get("location") == "ivr"
]


def commands_of(fields: dict[str, Any], now: float) -> list[tuple[str, str]]:
    router = Router(load_settings(ENVIRON, None, lambda path: path), MemoryStore(lambda: now), starts_itself=False)
    router.versions.publish_files("default", {"main.yaml": PLAYS.encode(), "audio.yaml": AUDIO.encode()})
    body = json.dumps(fields).encode()
    event, odd = read_event("events/call", body)
    key, digest = dedupe_key(event, "events/call", body)
    one = Notification(
        account="default", path="events/call", event=event, body=body.decode(), dedupe=key, digest=digest, odd=odd
    )
    assert router.ingest.accept_all([one]) == ["stored"]
    assert router.view(fields["entry_id"])
    return [(row.command, row.label) for row in router.store.commands("default", entry_id=fields["entry_id"])]


@given(st.data())
def test_decoration_changes_no_command(data: st.DataObject) -> None:
    fields = data.draw(st.sampled_from(ARRIVALS))
    place = data.draw(st.sampled_from([one for one in places(fields, "events/call") if one[-1] not in MEANT]))
    changed = json.loads(json.dumps(fields))
    (changed if len(place) == 1 else changed[place[0]])[place[-1]] = data.draw(anything)
    now = float(fields["timestamp"]) + 1
    event, _ = read_event("events/call", json.dumps(changed).encode())
    assume(not FIRST_INSTANT <= event.timestamp < now - 4 * 3600)  # type: ignore[union-attr]  # an old event is no caller
    assert commands_of(changed, now) == commands_of(fields, now) == [("play/start", "audio.hi")]
