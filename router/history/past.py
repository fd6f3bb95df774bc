"""Everything that replays of one recorded call have to know of it, read once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from router.engine.environment import TYPED
from router.engine.state import Call, CommandAnswered, CommandConcluded, CommandGiven, LookupFinished, Reconciled
from router.engine.step import CallEvent
from router.history.call_view import trace_of
from router.history.comparison import Way, way_of
from router.history.journal import BY_HAND, CommandRow, Record
from router.history.recorded import (
    CommandFate,
    PresenceHistory,
    RecordedCall,
    fates,
    is_beside,
    legs_made,
    own_event,
    reconciled,
    sealed_digits,
    taken_at,
)
from router.history.recorded_event import event_of
from router.history.recorded_world import values_told
from router.protocol.events import (
    CommandResulted,
    DigitsCollected,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
    RecordingStored,
)

OpenSealed = Callable[..., str]
"""What a caller typed in secret, of its seal and what it is bound to; "" when it cannot be opened."""

OWN: Mapping[str, Any] = {
    "answered": CommandAnswered,
    "concluded": CommandConcluded,
    "lookup": LookupFinished,
    "reconciled": Reconciled,
    BY_HAND: CommandGiven,
}


ANSWERS: Final = frozenset(OWN) - {BY_HAND}
"""Kinds of records that a call was told because it had asked."""

_OF_THE_CALL: Final = (LegChanged, DigitsCollected, JourneyEnded, RecordingChanged, RecordingStored)


def cannot_open(_sealed: str, *_bound_to: str) -> str:
    """Without the account's salt nothing can be opened."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The router's settings while the calls were recorded, as far as their course depends on them."""

    reorder_seconds: float = 0.3
    stale_seconds: float = 14_400.0
    open_sealed: OpenSealed = cannot_open


class Past:
    """A recorded call. `settings` are those of the router that recorded it."""

    def __init__(self, recorded: RecordedCall, presence: PresenceHistory, settings: Settings) -> None:
        self.recorded = recorded
        self.presence = presence
        self.reorder_seconds = settings.reorder_seconds
        self.stale_seconds = settings.stale_seconds
        self._open_sealed = settings.open_sealed
        self.rows: Mapping[str, CommandRow] = {row.command_id: row for row in recorded.commands}
        self.by_hand = frozenset(_named(record) for record in recorded.records if is_beside(record))
        given = (record for record in recorded.records if record.kind == BY_HAND and not is_beside(record))
        self.given = frozenset(_named(record) for record in given)
        self.fates: list[CommandFate] = fates(recorded)
        self.legs_made = legs_made(recorded, self.fates)
        self.successors = {leg.last.taken_from_call_id: call_id for call_id, leg in recorded.call.legs.items()}
        self.reconciled = reconciled(recorded)
        self.sent = {row.command_id: row.sent for row in recorded.commands if row.sent is not None}
        trace = trace_of(recorded.records)
        self.values = values_told(trace)
        self.asks_statistics = any("statistics are asked" in entry.data.get("text", "") for entry in trace)
        self.taken_at = taken_at(recorded)
        self.way: Way = way_of(recorded.call, trace_of(self._by_itself()))

    def _by_itself(self) -> Iterator[Record]:
        """The journal without what people did beside the flow, before it knew of that."""
        return (record for record in self.recorded.records if not is_beside(record))

    def event(self, record: Record) -> CallEvent | None:
        """What a record was to the call, None where it had nothing to do with it."""
        if record.kind in OWN and not is_beside(record):
            return msgspec.json.decode(record.body, type=OWN[record.kind])  # type: ignore[no-any-return]
        if record.kind == "result":
            told = own_event(record, self.rows)
            return told if told is not None and any(entry.kind == "event" for entry in record.trace) else None
        event = event_of(record)
        return event if isinstance(event, _OF_THE_CALL) else None

    def outstanding(self, place: int, made: frozenset[str], call: Call) -> Iterator[tuple[float, CallEvent]]:
        """(when, what) the call is still told from that record on about commands that it has `made`, and about the
        lookup that it waits for."""
        request = call.activity.request if call.activity is not None else ""
        for record in self.recorded.records[place:]:
            event = self.event(record) if record.kind in ANSWERS or record.kind == "result" else None
            match event:
                case CommandAnswered() | CommandConcluded() | CommandResulted() if event.command_id in made:
                    yield record.at, event
                case LookupFinished() if request and event.request_id == request:
                    yield record.at, event
                case Reconciled() if call.asked:
                    yield record.at, event

    def why_not(self, was: tuple[str, str] | None) -> str:
        """Why its own version may not reproduce it; `was` is the first step that differs."""
        if any(self._is_unknown(record) for record in self.recorded.records):
            return "keys were typed in secret, and cannot be opened here"
        if "*" in self.recorded.call.caller_number:
            return "its numbers are masked"
        one, other = was or ("", "")
        return f"replayed under its own version it goes another way: {one or 'nothing'} became {other or 'nothing'}"

    def _is_unknown(self, record: Record) -> bool:
        sealed = sealed_digits(record) if record.kind == "dtmf" else ""
        return bool(sealed) and not self.typed(sealed)

    def typed(self, sealed: str) -> str:
        """The keys of a seal in the journal; "" when it cannot be opened."""
        return self._open_sealed(sealed, self.recorded.call.entry_id, TYPED)


def _named(record: Record) -> str:
    return next((str(entry.data["command_id"]) for entry in record.trace if entry.kind == "command"), "")
