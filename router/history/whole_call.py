"""A long call with all its legs: those that its state has no longer (`engine.ended_legs`) are read from the journal."""

from collections.abc import Iterable
from copy import copy
from typing import Final

from router.engine import journey
from router.engine.state import Call, Leg
from router.history.journal import Record
from router.history.recorded_event import event_of
from router.protocol.events import LegChanged

WITHOUT_EFFECT: Final = frozenset({"late", "orphan"})
"""What the trace says of an event that changed nothing (`engine.event_order`)."""


def with_folded_legs(call: Call, records: Iterable[Record]) -> Call:
    """The call as it would be, had nothing been folded. `records` is its journal, oldest first."""
    if not call.folded:
        return call
    whole = copy(call)
    whole.folded, whole.ours = 0, ()
    legs = legs_told(records)
    whole.legs = {}
    for call_id, leg in legs.items():
        if call_id in call.ours or journey.is_made_by_us(whole, leg):
            whole.ours = (*whole.ours, call_id)
        whole.legs[call_id] = call.legs.get(call_id, leg)
    return whole


def legs_told(records: Iterable[Record]) -> dict[str, Leg]:
    """The legs as these records tell them, in the order in which they came. An event takes effect where the trace says
    so: in the record of its arrival, or later in that of the event which it waited for."""
    told: dict[tuple[str, int], LegChanged] = {}
    legs: dict[str, Leg] = {}
    for record in records:
        event = event_of(record) if record.kind == "call" else None
        if isinstance(event, LegChanged):
            told[event.call_id, event.seq] = event
        for entry in record.trace:
            data = entry.data
            if entry.kind != "event" or data.get("event") != "call" or data.get("lateness") in WITHOUT_EFFECT:
                continue
            applied = told.pop((data["call_id"], data["seq"]), None)
            if applied is not None:
                legs[applied.call_id] = journey.merged(legs.get(applied.call_id), applied, entry.at)
    return legs
