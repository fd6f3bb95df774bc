"""A caller in a queue, phones that ring for him one after the other: does the 5,000th event cost what the 50th did?"""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.inside import Inside, posted, router_inside
from bench.traffic import CALLER, LINE, TIMESTAMP, Event
from router.engine.codec import encode_call

EVENTS: Final = 5000
EARLY: Final = slice(20, 120)
LATE: Final = slice(-100, None)
ENTRY: Final = "entry-long"
WAITS: Final = (
    "flow: main\nfor: any\non_error: bye\nstart: stay\nsteps: {stay: {wait: {for: 1h, next: bye}}, bye: release}\n"
)


def measured(directory: Path, database: str) -> Iterator[tuple[str, str]]:
    """Lines of the table: (what, figure)."""
    with router_inside(directory / "long", durability="normal", database=database, text=WAITS) as inside:
        taken = [_taken(inside, event) for event in _events()]
        early, late = median(taken[EARLY]) * 1e6, median(taken[LATE]) * 1e6
        yield f"a call's {EVENTS:,}th event beside its 100th", f"{early:.0f} → {late:.0f} µs: {late / early:.2f}"
        call = inside.router.store.call("bench-0", ENTRY)
        assert call is not None
        yield "its state", f"{len(encode_call(call)) / 1000:.1f} KB"
        began = time.perf_counter()
        answer = inside.app.test_client().get(f"/api/calls/{ENTRY}")
        if answer.status_code != 200:
            raise RuntimeError(f"the call was answered {answer.status_code}: {answer.text}")
        seconds = time.perf_counter() - began
        yield "a page of its object", f"{len(answer.data) / 1e6:.2f} MB, {seconds * 1000:.0f} ms"


def _taken(inside: Inside, event: Event) -> float:
    """Seconds of processor time."""
    request = posted(event)
    began = time.process_time()
    if inside.answer([request]) != [200]:
        raise RuntimeError("an event of the long call was refused")
    return time.process_time() - began


def _events() -> Iterator[Event]:
    ids = {"entry_id": ENTRY, "timestamp": TIMESTAMP}
    line = {"number": LINE, "line_number": LINE}
    menu: dict[str, Any] = {**ids, "call_id": "menu", "from": {"number": CALLER}, "to": line, "location": "ivr"}
    yield "events/call", {**menu, "seq": 1, "call_state": "Appeared"}
    for number in range((EVENTS - 1) // 3):
        phone = {
            **ids, "call_id": f"phone-{number}", "location": "abonent",
            "from": {"number": CALLER, "taken_from_call_id": "menu"}, "to": {**line, "extension": "101"},
        }  # fmt: skip
        yield "events/call", {**phone, "seq": 1, "call_state": "Appeared"}
        yield "events/call", {**phone, "seq": 2, "call_state": "Connected"}
        yield "events/call", {**phone, "seq": 3, "call_state": "Disconnected", "disconnect_reason": 1110}
