"""A call of many legs: its object has all of them, in pages, and it goes again as it went."""

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from router.bootstrap.router import Router
from router.engine.environment import LEGS_KEPT
from router.engine.state import TimerFired
from router.history.call_pages import Page, each_record
from router.protocol.parse import dedupe_key, read_event
from router.runtime.intake.ingest import Notification
from tests.runtime.living import living_router, publish

WAITS = "flow: main\nfor: any\non_error: bye\nstart: stay\nsteps: {stay: {wait: {for: 1h, next: bye}}, bye: release}\n"
PHONES = 60
ENTRY = "entry-1"


def told(router: Router, **fields: Any) -> str:
    line = {"number": "74950000000", "line_number": "74950000000"}
    given = {
        "entry_id": ENTRY, "timestamp": int(time.time()), "location": "abonent", "from": {"number": "79000000001"},
        "to": {**line, "extension": "101"}, **fields,
    }  # fmt: skip
    body = msgspec.json.encode(given)
    event, odd = read_event("events/call", body)
    key, digest = dedupe_key(event, "events/call", body)
    one = Notification(
        account="default", path="events/call", event=event, body=body.decode(), dedupe=key, digest=digest, odd=odd
    )
    (outcome,) = router.ingest.accept_all([one])
    assert isinstance(outcome, str)
    return outcome


def phones(router: Router) -> Iterator[str]:
    told(router, call_id="menu", seq=1, call_state="Appeared", location="ivr")
    caller = {"number": "79000000001", "taken_from_call_id": "menu"}
    for number in range(PHONES):
        call_id = f"phone-{number}"
        told(router, call_id=call_id, seq=1, call_state="Appeared", **{"from": caller})
        if number != 3:
            told(router, call_id=call_id, seq=2, call_state="Connected")
        told(router, call_id=call_id, seq=3, call_state="Disconnected", disconnect_reason=1110)
        yield call_id
        if number == 3:  # what its end has overtaken: held, and given up for lost
            with router.store.transaction() as tx:
                router.calls.apply_own(tx, "default", TimerFired(entry_id=ENTRY))


@pytest.fixture
def router() -> Router:
    router = living_router(IVR_REORDER_MS="0")
    publish(router, WAITS)
    return router


def test_the_object_has_every_leg(router: Router) -> None:
    names = list(phones(router))
    call = router.store.call("default", ENTRY)
    assert call is not None
    assert len(call.legs) <= LEGS_KEPT
    found = router.view(ENTRY)
    assert found is not None
    assert [leg["call_id"] for leg in found["legs"]] == ["menu", *names]
    assert not {"legs_count", "next"} & found.keys(), "it is whole"
    assert {leg["state"] for leg in found["legs"][1:]} == {"Disconnected"}
    assert {leg["taken_from_call_id"] for leg in found["legs"][1:]} == {"menu"}
    assert all(leg["ended"] and leg["disconnect_reason"] == 1110 for leg in found["legs"][1:])


def test_what_comes_late_of_a_folded_leg_is_kept_and_changes_nothing(router: Router) -> None:
    list(phones(router))
    before = router.store.call("default", ENTRY)
    assert told(router, call_id="phone-3", seq=2, call_state="Connected") == "stored"
    assert told(router, call_id="phone-3", seq=2, call_state="Connected") == "duplicate"
    after = router.store.call("default", ENTRY)
    assert before is not None
    assert after is not None
    assert after.legs == before.legs
    assert after.folded == before.folded
    assert router.store.journal("default", ENTRY)[-1].trace[0].data["lateness"] == "late"


def test_pages_hold_every_line_once(router: Router) -> None:
    names = list(phones(router))
    whole = router.view(ENTRY)
    assert whole is not None
    events, legs, cursor, pages = [], set(), "", 0
    while True:
        page = router.view(ENTRY, "default", Page(limit=50, cursor=cursor))
        assert page is not None
        assert len(page["legs"]) <= 50
        events += page["events"]
        legs |= {leg["call_id"] for leg in page["legs"]}
        pages += 1
        assert page["started"] == whole["started"]
        assert page["legs_count"] == PHONES + 1
        if page["next"] is None:
            break
        cursor = page["next"]
    assert pages == 4
    assert events == whole["events"]
    assert legs == {"menu", *names}
    assert list(each_record(router.store, "default", ENTRY)) == router.store.journal("default", ENTRY)


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 30, "\N{SUPERSCRIPT TWO}"])
def test_a_cursor_that_is_none(router: Router, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        router.view(ENTRY, "default", Page(cursor=cursor))


def test_it_goes_again_as_it_went(router: Router) -> None:
    """The fixture of this folder replays it once it is over."""
    names = list(phones(router))
    told(router, call_id="menu", seq=2, call_state="Disconnected", location="ivr", disconnect_reason=1110)
    times = {"create_time": 1, "forward_time": 0, "talk_time": 0, "end_time": 2}
    summary = {"entry_id": ENTRY, **times, "call_direction": 1, "entry_result": 0, "disconnect_reason": 1110}
    body = msgspec.json.encode(summary)
    event, _ = read_event("events/summary", body)
    key, digest = dedupe_key(event, "events/summary", body)
    router.ingest.accept("default", "events/summary", event, body.decode(), key, digest)
    call = router.store.call("default", ENTRY)
    assert call is not None
    assert call.status == "ended"
    assert call.folded > len(names) // 2
