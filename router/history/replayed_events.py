"""The PBX's recorded events as a replayed call has to see them, once it goes another way than the recorded one.

Legs of recorded commands that the replayed flow does not make are left out; a caller whom such a leg took away has
stayed where he was. Where a phone is rung in place of a group there is no queue, and the caller came to the phone from
where he came to the queue.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from router.engine.state import CommandGiven
from router.engine.step import CallEvent
from router.history.journal import BY_HAND, Record
from router.history.past import Past
from router.history.recorded_answers import RecordedAnswers
from router.protocol.codes import REPLACED, route_outcome
from router.protocol.events import (
    QUEUE,
    CommandResulted,
    DigitsCollected,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
    RecordingStored,
)

REPORTED: Final = frozenset({"call", "dtmf", "summary", "recording", "record_added", "result"})
"""Kinds of records that hold a notification of the PBX about a call."""


class ReplayedEvents:
    """The events of one call. `answers` knows which commands the replayed one has made."""

    def __init__(self, past: Past, answers: RecordedAnswers) -> None:
        self._past = past
        self._answers = answers
        self._left_out: set[str] = set()  # call_ids
        self._queues: dict[str, str] = {}  # of a group that is not rung -> where its caller came from

    def meant(self, record: Record, event_of: Callable[[Record], CallEvent | None]) -> CallEvent | None:
        """The recorded event as the replayed call has to see it, None for what is none of its business."""
        event = event_of(record) if record.kind in (*REPORTED, BY_HAND) else None
        match event:
            case CommandGiven():
                return event
            case LegChanged():
                return self._leg(event)
            case DigitsCollected() | RecordingChanged() | RecordingStored():
                return event
            case JourneyEnded():  # of a conversation that is left out it says nothing
                return msgspec.structs.replace(event, talk_time=0) if self._left_out else event
            case CommandResulted():  # of one that a person gave
                return event if event.command_id in self._past.by_hand else None
        return None

    def _leg(self, event: LegChanged) -> LegChanged | None:
        command_id = self._answers.replayed_id(event.command_id)
        if command_id is None or self._is_left_out(event.call_id) or event.taken_from_call_id in self._left_out:
            self._left_out.add(event.call_id)
            return None
        if event.location == QUEUE and event.command_id and not self._answers.goes_to_group(event.command_id):
            self._queues.setdefault(event.call_id, event.taken_from_call_id)
            return None
        if event.taken_from_call_id in self._queues:
            origin = self._queues[event.taken_from_call_id]
            event = msgspec.structs.replace(event, taken_from_call_id=origin, acd_group="")
        successor = self._past.successors.get(event.call_id)
        if route_outcome(event.disconnect_reason) == REPLACED and self._is_left_out(successor):
            return None
        return msgspec.structs.replace(event, command_id=command_id)

    def _is_left_out(self, call_id: str | None) -> bool:
        command_id = self._past.legs_made.get(call_id or "", "")
        return call_id in self._left_out or self._answers.replayed_id(command_id) is None
