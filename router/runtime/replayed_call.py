"""One recorded call while it is replayed: step by step as the journal tells, then by itself.

As long as the replayed call goes as the recorded one went, the journal says everything: which event came when, when a
timer took effect (late, perhaps, because no router ran), what was answered to a command, what a list or a presence
was. That is `follow`. From the point at which the two part, the journal tells of a call that is not this one. Then the
PBX's events still come at their recorded instants, timers fire by the recorded clock, and what the call is told about
a command belongs to the recorded command of the same kind and order, as long after the replayed one was queued as it
came then. That is `go_on`. A command that has no counterpart is taken to succeed at once, a lookup without a recorded
answer to fail; both are counted, since from there on the replay is a guess. Legs of recorded commands that the
replayed flow does not make are left out.
"""

import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import msgspec

from router.engine.effects import AskStatistics, Effect, QueueCommand, RememberValue, StartLookup
from router.engine.state import ENDED, Call, CommandAnswered, Entry, LookupFinished, TimerFired
from router.engine.step import CallEvent, new_call, step
from router.engine.surroundings import Surroundings
from router.engine.waits import KnownWaits
from router.flow.model import Bundle, Collect
from router.protocol.codes import REPLACED, SUCCESS, route_outcome
from router.protocol.events import (
    CommandResulted,
    DigitsCollected,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
    RecordingStored,
)
from router.runtime.comparison import Way, way_of
from router.runtime.past import Past
from router.runtime.recorded import HIDDEN_DIGITS, lookup_fates, sealed_digits
from router.runtime.recorded_world import RecordedWorld
from router.runtime.replayed_commands import ReplayedCommands
from router.runtime.rows import Record

TIMER_LATENESS_SECONDS: Final = 0.05
"""A timer may take effect so much late; of one due shortly before an event, the journal says which came first."""

MOST_HAPPENINGS: Final = 20_000

Told = tuple[tuple[str, ...], ...]
"""What one record did to the call's way: steps entered and left, commands made."""


@dataclass(slots=True, kw_only=True)
class Guide:
    """How a call went, record by record."""

    wakes: list[float | None] = field(default_factory=list)  # its earliest timer before the record
    told: list[Told] = field(default_factory=list)  # what the record did


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Where a replayed call stops going as the recorded one went."""

    place: int  # the records before it were followed
    effects: tuple[Effect, ...] = ()  # of the last one of them: what it asked for is answered by the rules of `go_on`


class ReplayedCall:
    """One call under one bundle."""

    def __init__(self, past: Past, bundle: Bundle, *, taken_from: int = 0) -> None:
        call = past.recorded.call
        self.call: Call = new_call(call.account, call.entry_id, call.token, call.started)
        self.trace: list[Entry] = []
        self.guide = Guide()
        self._past = past
        self._bundle = bundle
        self._taken_from = taken_from  # no flow was there to take the call before this record
        self._records = past.recorded.records
        self._world = RecordedWorld(bundle, past.presence)
        self._now = call.started
        self._assumed = 0
        self._commands = ReplayedCommands(past.fates, f"{call.token}-")
        self._lookups = lookup_fates(past.recorded)
        self._left_out: set[str] = set()  # call_ids
        self._heap: list[tuple[float, int, CallEvent]] = []
        self._order = count()
        self._happened = 0
        self._place = 0

    @property
    def assumed(self) -> int:
        """Answers that nobody recorded."""
        return self._assumed + self._world.assumed

    @property
    def way(self) -> Way:
        return way_of(self.call, self.trace)

    # as the journal tells

    def follow(self, guide: Guide | None = None, until: int | None = None) -> Parting | None:
        """Go through the journal, with a guide only as far as the call goes as the guide says; None at the end."""
        for place, record in enumerate(self._records[:until]):
            if guide is not None and self.call.wake_at != guide.wakes[place]:
                return Parting(place=place)
            self.guide.wakes.append(self.call.wake_at)
            effects, told = self._followed(place, record)
            self.guide.told.append(told)
            if guide is not None and told != guide.told[place]:
                return Parting(place=place + 1, effects=effects)
            for effect in effects:
                self._note(effect)
        return Parting(place=until) if until is not None else None

    def _followed(self, place: int, record: Record) -> tuple[tuple[Effect, ...], Told]:
        """(what the record's event asked for, what it did)."""
        self._place = place
        before = len(self.trace)
        self._quiet_timers(record.at)
        self._world.see(record)
        self._now = record.at
        event = self._event(record)
        effects = (*self._overtaken(), *self._step(event)) if event is not None else ()
        return effects, told_of(self.trace[before:])

    def _quiet_timers(self, until: float) -> None:
        """A timer that does nothing leaves no record."""
        while (wake_at := self.call.wake_at) is not None and wake_at <= until and self._happened < MOST_HAPPENINGS:
            self._happened += 1
            self._now = wake_at
            done = step(self.call, TimerFired(entry_id=self.call.entry_id), self._at_hand, self._now, self._around())
            if done.trace or done.effects:
                return
            self.call = done.call

    def _event(self, record: Record) -> CallEvent | None:
        """What the record's event was to the call, None for what it had nothing to do with."""
        if record.kind == "timer":
            return TimerFired(entry_id=self.call.entry_id)
        event = self._past.event(record)
        if isinstance(event, DigitsCollected) and event.digits == HIDDEN_DIGITS:
            return self._typed_in_secret(event, record)
        return event

    def _overtaken(self) -> tuple[Effect, ...]:
        """As the runtime does: an event may overtake the answer to the request that has left."""
        pending = self.call.pending
        sent = self._past.sent.get(pending.command_id) if pending is not None and pending.phase == "queued" else None
        if pending is None or not pending.call_id or sent is None or sent > self._now:
            return ()
        answered = CommandAnswered(entry_id=self.call.entry_id, command_id=pending.command_id, sent_at=sent)
        return self._step(answered)

    def _note(self, effect: Effect) -> None:
        """Its answer is in the journal; only which command or lookup it is has to be known later."""
        match effect:
            case QueueCommand():
                self._commands.made_now(effect, self._now)
            case StartLookup():
                del self._lookups.get(effect.label, [])[:1]
            case RememberValue():
                self._world.remember(effect.list_name, effect.value)

    # by itself

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

    # both

    @property
    def _at_hand(self) -> Bundle | None:
        return self._bundle if self._place >= self._taken_from else None

    def _around(self) -> Surroundings:
        return Surroundings(
            waits=KnownWaits(self._world.waits),
            presence=self._world.at(self._now),
            memory=self._world,
            reorder_seconds=self._past.reorder_seconds,
            stale_seconds=self._past.stale_seconds,
            has_statistics=self._past.asks_statistics,
            own_commands=self._commands.made | self._past.by_hand,
        )

    def _step(self, event: CallEvent) -> tuple[Effect, ...]:
        done = step(self.call, event, self._at_hand, self._now, self._around())
        self.call = done.call
        self.trace += done.trace
        return done.effects

    def _typed_in_secret(self, event: DigitsCollected, record: Record) -> DigitsCollected:
        """The keys, where they can be opened; else as many as were typed, the last of which ends the input if it did
        so then."""
        opened = self._past.open_sealed(sealed_digits(record))
        if opened:
            return msgspec.structs.replace(event, digits=opened)
        settings = self._listening()
        shown = next((entry.data["digits"] for entry in record.trace if entry.kind == "digits"), HIDDEN_DIGITS)
        if settings is None:
            return event
        before = len(self.call.activity.buffer) if self.call.activity is not None else 0
        digits = stand_in(settings, len(shown), before=before, ended=_left_by_next(record))
        return msgspec.structs.replace(event, digits=digits)

    def _listening(self) -> Collect | None:
        """The secret collect that the replayed call is at."""
        flow = self._bundle.flows.get(self.call.within or self.call.flow)
        settings = flow.steps[self.call.step].settings if flow is not None and self.call.step in flow.steps else None
        return settings if isinstance(settings, Collect) and settings.secret else None


REPORTED: Final = frozenset({"call", "dtmf", "summary", "recording", "record_added", "result"})
"""Kinds of records that hold a notification of the PBX about a call."""


def told_of(trace: list[Entry]) -> Told:
    """What entries of a trace say of the call's way."""
    return tuple(_way_entry(entry) for entry in trace if entry.kind in _WAY)


_WAY: Final = {
    "entered": ("within", "step"),
    "left": ("within", "step", "exit"),
    "command": ("command", "label"),
}


def _way_entry(entry: Entry) -> tuple[str, ...]:
    return (entry.kind, *(str(entry.data.get(name, "")) for name in _WAY[entry.kind]))


def _moved(event: CallEvent, sent_at: float) -> CallEvent:
    """An answer with the instant at which the replayed command went out."""
    return msgspec.structs.replace(event, sent_at=sent_at) if isinstance(event, CommandAnswered) else event


def _left_by_next(record: Record) -> bool:
    return any(entry.kind == "left" and entry.data.get("exit") == "next" for entry in record.trace)


def stand_in(settings: Collect, length: int, *, before: int, ended: bool) -> str:
    """Keys in place of a packet of secret ones: zeros, and the key that ended the input if one did. `before` is how
    many keys were typed before the packet."""
    if ended and before + length < settings.max_length and (settings.terminator or settings.keys is None):
        return "0" * (length - 1) + (settings.terminator or "#")
    return "0" * length
