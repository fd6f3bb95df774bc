"""One recorded call while it is followed through its journal.

As long as the replayed call goes as the recorded one went, the journal says everything: which event came when, when a
timer took effect (late, perhaps, because no router ran), what was answered to a command, what a list or a presence
was. Nothing of it is guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import msgspec

from router.engine.effects import Effect, QueueCommand, RememberValue, StartLookup
from router.engine.environment import Environment
from router.engine.queue_waits import KnownWaits
from router.engine.state import Call, CommandAnswered, Entry, TimerFired
from router.engine.step import CallEvent, new_call, step
from router.flow.model import Bundle, Collect
from router.history.comparison import Way, way_of
from router.history.journal import Record
from router.history.past import Past
from router.history.recorded import lookup_fates, sealed_digits
from router.history.recorded_world import RecordedWorld
from router.history.replayed_commands import ReplayedCommands
from router.protocol.events import (
    DigitsCollected,
)

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


class FollowedCall:
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
        if isinstance(event, DigitsCollected) and (sealed := sealed_digits(record)):
            return self._typed_in_secret(event, record, sealed)
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

    # one event

    @property
    def _at_hand(self) -> Bundle | None:
        return self._bundle if self._place >= self._taken_from else None

    def _around(self) -> Environment:
        return Environment(
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

    def _typed_in_secret(self, event: DigitsCollected, record: Record, sealed: str) -> DigitsCollected:
        """The keys, where they can be opened; else as many as were typed: of a secret the last one ends the input if it
        did so then, and what no step took is zeros."""
        opened = self._past.typed(sealed)
        if opened:
            return msgspec.structs.replace(event, digits=opened)
        settings = self._listening()
        told = next((entry.data for entry in record.trace if entry.kind == "digits"), {"digits": event.digits})
        if settings is None:
            return msgspec.structs.replace(event, digits=without_stars(told))
        before = len(self.call.activity.buffer) if self.call.activity is not None else 0
        digits = stand_in(settings, len(told["digits"]), before=before, ended=_left_by_next(record))
        return msgspec.structs.replace(event, digits=digits)

    def _listening(self) -> Collect | None:
        """The secret collect that the replayed call is at."""
        flow = self._bundle.flows.get(self.call.within or self.call.flow)
        settings = flow.steps[self.call.step].settings if flow is not None and self.call.step in flow.steps else None
        return settings if isinstance(settings, Collect) and settings.secret else None


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


def _left_by_next(record: Record) -> bool:
    return any(entry.kind == "left" and entry.data.get("exit") == "next" for entry in record.trace)


def without_stars(told: Mapping[str, Any]) -> str:
    """The digits of an entry, with zeros for those that were hidden."""
    digits: str = told["digits"]
    hidden: int = told.get("hidden", 0)
    shown = digits[: len(digits) - hidden]
    return shown + "0" * hidden


def stand_in(settings: Collect, length: int, *, before: int, ended: bool) -> str:
    """Keys in place of a packet of secret ones: zeros, and the key that ended the input if one did. `before` is how
    many keys were typed before the packet."""
    if ended and before + length < settings.max_length and (settings.terminator or settings.keys is None):
        return "0" * (length - 1) + (settings.terminator or "#")
    return "0" * length
