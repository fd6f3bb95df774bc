"""One recorded call while it is replayed: step by step as the journal tells (`followed_call`), then by itself.

From the point at which the replayed call and the recorded one part, the journal tells of another call. Then the
PBX's events still come at their recorded instants, timers fire by the recorded clock, and what the call is told about
a command belongs to the recorded command of the same kind and order, as long after the replayed one was queued as it
came then. A command that has no counterpart is taken to succeed at once, a lookup without a recorded answer to
fail; both are counted, since from there on the replay is a guess. Legs of recorded commands that the
replayed flow does not make are left out.
"""

import heapq
from typing import Final

import msgspec

from router.engine.effects import AskStatistics, Effect, QueueCommand, RememberValue, StartLookup
from router.engine.state import ENDED, CommandAnswered, LookupFinished, TimerFired
from router.engine.step import CallEvent
from router.history.followed_call import MOST_HAPPENINGS, FollowedCall, Parting
from router.history.journal import Record
from router.protocol.codes import REPLACED, SUCCESS, route_outcome
from router.protocol.events import (
    CommandResulted,
    DigitsCollected,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
    RecordingStored,
)

TIMER_LATENESS_SECONDS: Final = 0.05
"""A timer may take effect so much late; of one due shortly before an event, the journal says which came first."""


class ReplayedCall(FollowedCall):
    """One call under one bundle."""

    def go_on(self, parting: Parting) -> None:
        """From where the call parts from the recorded one, until it is over."""
        self._place = parting.place
        for at, event in self._past.outstanding(parting.place, self._commands.made, self.call):
            heapq.heappush(self._heap, (at, next(self._order), event))
        for effect in parting.effects:
            self._carry_out(effect)
        for place, record in enumerate(self._records[parting.place :], parting.place):
            self._place = place
            self._advance(record.at, 0.0 if record.kind == "timer" else TIMER_LATENESS_SECONDS)
            self._world.see(record)
            self._now = max(self._now, record.at)
            meant = self._meant(record)
            if meant is not None:
                self._feed(meant)
        while self.call.status != ENDED and self._happened < MOST_HAPPENINGS and self._fire_next(float("inf"), 0.0):
            pass

    def _advance(self, until: float, lateness: float) -> None:
        while self._happened < MOST_HAPPENINGS and self._fire_next(until, lateness):
            pass

    def _fire_next(self, until: float, lateness: float) -> bool:
        """Let the next of the timers and answers that are due by then happen; False when there is none."""
        told_at = self._heap[0][0] if self._heap else float("inf")
        wake_at = self.call.wake_at
        timer_at = wake_at if wake_at is not None and wake_at <= until - lateness else float("inf")
        if min(told_at, timer_at) > until or min(told_at, timer_at) == float("inf"):
            return False
        self._happened += 1
        self._now = max(self._now, min(told_at, timer_at))
        self._feed(TimerFired(entry_id=self.call.entry_id) if timer_at < told_at else heapq.heappop(self._heap)[2])
        return True

    def _later(self, after: float, event: CallEvent) -> None:
        heapq.heappush(self._heap, (self._now + max(0.0, after), next(self._order), event))

    def _meant(self, record: Record) -> CallEvent | None:
        """The recorded event as the replayed call has to see it, None for what is none of its business."""
        event = self._event(record) if record.kind in REPORTED else None
        match event:
            case LegChanged():
                return self._leg(event)
            case DigitsCollected() | RecordingChanged() | RecordingStored():
                return event
            case JourneyEnded():
                return self._ended(event)
            case CommandResulted():  # of one that a person gave
                return event if event.command_id in self._past.by_hand else None
        return None

    def _leg(self, event: LegChanged) -> LegChanged | None:
        """Without the legs of commands that are not made here; a caller whom such a leg took away has stayed."""
        command_id = self._commands.replayed_id(event.command_id)
        if command_id is None or self._is_left_out(event.call_id) or event.taken_from_call_id in self._left_out:
            self._left_out.add(event.call_id)
            return None
        if route_outcome(event.disconnect_reason) == REPLACED and self._is_left_out(
            self._past.successors.get(event.call_id)
        ):
            return None
        return msgspec.structs.replace(event, command_id=command_id)

    def _is_left_out(self, call_id: str | None) -> bool:
        command_id = self._past.legs_made.get(call_id or "", "")
        return call_id in self._left_out or self._commands.replayed_id(command_id) is None

    def _ended(self, event: JourneyEnded) -> JourneyEnded:
        """Of a conversation that is left out the summary says nothing."""
        return msgspec.structs.replace(event, talk_time=0) if self._left_out else event

    def _feed(self, event: CallEvent) -> None:
        pending = self.call.pending
        if pending is not None and pending.phase == "queued" and pending.call_id:
            sent_at = self._commands.sent_at(pending.command_id)
            if sent_at is not None and sent_at <= self._now:  # as the runtime does: events can overtake the answer
                sent = CommandAnswered(entry_id=self.call.entry_id, command_id=pending.command_id, sent_at=sent_at)
                self._feed_one(sent)
        self._feed_one(event)

    def _feed_one(self, event: CallEvent) -> None:
        for effect in self._step(event):
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case QueueCommand():
                self._answer_command(effect)
            case StartLookup():
                self._answer_lookup(effect)
            case AskStatistics() if self._past.reconciled is not None:
                self._later(0.0, self._past.reconciled)
            case RememberValue():
                self._world.remember(effect.list_name, effect.value)

    def _answer_command(self, command: QueueCommand) -> None:
        """As its counterpart was answered; one that was withdrawn, or that there is none of, succeeds."""
        fate = self._commands.made_now(command, self._now)
        if fate is not None and fate.told:
            for after, told in fate.told:
                renamed = msgspec.structs.replace(told, command_id=command.command_id)
                self._later(after, _moved(renamed, self._now + (fate.sent_after or 0.0)))
            return
        after = fate.withdrawn_after if fate is not None and fate.withdrawn_after is not None else 0.0
        self._assumed += fate is None
        sent_at = self._now + after
        self._later(after, CommandAnswered(entry_id=self.call.entry_id, command_id=command.command_id, sent_at=sent_at))
        self._later(after, CommandResulted(command=command.command, command_id=command.command_id, result=SUCCESS))

    def _answer_lookup(self, lookup: StartLookup) -> None:
        answers = self._lookups.get(lookup.label, [])
        if not answers:
            self._assumed += 1
            reason = "no answer to it is recorded"
            self._later(
                0.0,
                LookupFinished(
                    entry_id=self.call.entry_id, request_id=lookup.request_id, state="failed", reason=reason
                ),
            )
            return
        fate = answers.pop(0)
        if fate.answer is not None:
            self._later(fate.after, msgspec.structs.replace(fate.answer, request_id=lookup.request_id))


REPORTED: Final = frozenset({"call", "dtmf", "summary", "recording", "record_added", "result"})
"""Kinds of records that hold a notification of the PBX about a call."""


def _moved(event: CallEvent, sent_at: float) -> CallEvent:
    """An answer with the instant at which the replayed command went out."""
    return msgspec.structs.replace(event, sent_at=sent_at) if isinstance(event, CommandAnswered) else event
