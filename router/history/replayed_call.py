"""One recorded call while it is replayed: as its journal tells, then by rules.

As long as the replayed call goes as the recorded one went, the journal says everything: which event came when, when a
timer took effect (late, perhaps, because no router ran), what was answered to a command, what a list or a presence
was. Nothing of it is guessed. From the point at which the two part, the journal tells of another call. Then the PBX's
events still come at their recorded instants, timers fire by the recorded clock, and the answers to its commands and
lookups are those of `RecordedAnswers`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec

from router.engine.driver import Driver
from router.engine.effects import AskStatistics, Effect, QueueCommand, RememberValue, StartLookup
from router.engine.environment import Environment
from router.engine.state import ENDED, Call, Entry, TimerFired
from router.engine.step import CallEvent, new_call
from router.flow.model import Bundle
from router.flow.verbs.collect import Collect
from router.history.comparison import Way, way_of
from router.history.journal import Record
from router.history.past import Past
from router.history.recorded import sealed_digits
from router.history.recorded_answers import RecordedAnswers
from router.history.recorded_world import RecordedWorld
from router.history.replayed_events import ReplayedEvents
from router.history.typed_digits import typed_in_secret
from router.protocol.events import DigitsCollected
from router.virtual_clock import SAME_INSTANT

MOST_HAPPENINGS: Final = 20_000

TIMER_LATENESS_SECONDS: Final = 0.05
"""A timer may take effect so much late; of one due shortly before an event, the journal says which came first."""

RecordWay = tuple[tuple[str, ...], ...]
"""What one record did to the call's way: steps entered and left, commands made."""


@dataclass(slots=True, kw_only=True)
class Guide:
    """How a call went, record by record."""

    wakes: list[float | None] = field(default_factory=list)  # its earliest timer before the record
    did: list[RecordWay] = field(default_factory=list)  # what the record did


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Where a replayed call stops going as the recorded one went."""

    place: int  # the records before it were followed
    effects: tuple[Effect, ...] = ()  # of the last one of them: what it asked for is answered by rules


class ReplayedCall:
    """One call under one bundle."""

    def __init__(self, past: Past, bundle: Bundle, *, taken_from: int = 0) -> None:
        call = past.recorded.call
        self.guide = Guide()
        self._past = past
        self._bundle = bundle
        self._taken_from = taken_from  # no flow was there to take the call before this record
        self._records = past.recorded.records
        self._world = RecordedWorld(bundle, past.presence, lambda: self._clock.now)
        self._answers = RecordedAnswers(past)
        self._events = ReplayedEvents(past, self._answers)
        self._environment = Environment(
            waits=self._world,
            presence=self._world,
            memory=self._world,
            values=past.values,
            reorder_seconds=past.reorder_seconds,
            stale_seconds=past.stale_seconds,
            has_statistics=past.asks_statistics,
            own_commands=past.by_hand,
        )
        self._place = 0
        self._by_rules = False
        self._driver = Driver(
            new_call(call.account, call.entry_id, call.token, call.started),
            call.started,
            sees=self._sees,
            sent_at=self._sent_at,
            ports={
                QueueCommand: self._queue,
                StartLookup: lambda lookup: self._come(self._answers.to_lookup(lookup)),
                AskStatistics: lambda _: self._come(self._answers.to_statistics()),
                RememberValue: self._world.remember,
            },
        )
        self._clock = self._driver.clock

    @property
    def call(self) -> Call:
        return self._driver.call

    @property
    def assumed(self) -> int:
        """Answers that were not recorded."""
        return self._world.assumed + (self._answers.assumed if self._by_rules else 0)

    @property
    def way(self) -> Way:
        return way_of(self.call, self._driver.trace)

    # as the journal tells

    def follow(self, guide: Guide | None = None, until: int | None = None) -> Parting | None:
        """Go through the journal, with a guide only as far as the call goes as the guide says; None at the end."""
        for place, record in enumerate(self._records[:until]):
            if guide is not None and self.call.wake_at != guide.wakes[place]:
                return Parting(place=place)
            self.guide.wakes.append(self.call.wake_at)
            effects, did = self._followed(place, record)
            self.guide.did.append(did)
            if guide is not None and did != guide.did[place]:
                return Parting(place=place + 1, effects=effects)
            self._driver.carry_out(effects)
        return Parting(place=until) if until is not None else None

    def _followed(self, place: int, record: Record) -> tuple[tuple[Effect, ...], RecordWay]:
        """(what the record's event asked for, what it did)."""
        self._place = place
        before = len(self._driver.trace)
        self._quiet_timers(record.at)
        self._world.see(record)
        self._clock.now = record.at
        event = self._event(record)
        if event is None:
            return (), ()
        done = self._driver.stepped(event)
        self._driver.take(done)
        return done.effects, record_way(self._driver.trace[before:])

    def _quiet_timers(self, until: float) -> None:
        """A timer that does nothing leaves no record."""
        clock = self._clock
        while (wake_at := self.call.wake_at) is not None and wake_at <= until and clock.happened < MOST_HAPPENINGS:
            clock.happened += 1
            clock.now = wake_at
            done = self._driver.stepped(TimerFired(entry_id=self.call.entry_id))
            if done.trace or done.effects:
                return
            self._driver.take(done)

    # by rules

    def go_on(self, parting: Parting) -> None:
        """From where the call parts from the recorded one, until it is over."""
        self._by_rules, self._answers.assumed = True, 0
        self._place = parting.place
        for at, answer in self._past.outstanding(parting.place, self._answers.made, self.call):
            self._clock.at(at, partial(self._driver.feed, answer))
        self._driver.carry_out(parting.effects)
        for place, record in enumerate(self._records[parting.place :], parting.place):
            self._place = place
            self._advance(record.at, 0.0 if record.kind == "timer" else TIMER_LATENESS_SECONDS)
            self._world.see(record)
            self._clock.now = max(self._clock.now, record.at)
            event = self._events.meant(record, self._event)
            if event is not None:
                self._driver.feed(event)
        while self.call.status != ENDED and self._clock.happened < MOST_HAPPENINGS and self._clock.run_next():
            pass

    def _advance(self, until: float, late_by: float) -> None:
        while self._clock.happened < MOST_HAPPENINGS and self._clock.run_next(until, alarm_late_by=late_by):
            pass

    def _come(self, answers: Iterable[tuple[float, CallEvent]]) -> None:
        """Answers come so many seconds later. While the journal is followed they are records of it."""
        if self._by_rules:
            for after, answer in answers:
                self._clock.after(after, partial(self._driver.feed, answer))

    # what a step sees

    def _sees(self) -> tuple[Bundle | None, Environment]:
        return self._bundle if self._place >= self._taken_from else None, self._environment

    def _queue(self, command: QueueCommand) -> None:
        answers = self._answers.to_command(command, self._clock.now)
        own = self._environment.own_commands | {command.command_id}
        self._environment = msgspec.structs.replace(self._environment, own_commands=own)
        self._come(answers)

    def _sent_at(self, command_id: str) -> float | None:
        sent = self._answers.sent_at(command_id)
        return sent if sent is not None and sent <= self._clock.now + SAME_INSTANT else None

    def _event(self, record: Record) -> CallEvent | None:
        """What the record's event was to the call, None for what it had nothing to do with."""
        if record.kind == "timer":
            return TimerFired(entry_id=self.call.entry_id)
        event = self._past.event(record)
        if isinstance(event, DigitsCollected) and (sealed := sealed_digits(record)):
            typed_before = len(self.call.activity.buffer) if self.call.activity is not None else 0
            return typed_in_secret(event, record, self._past.typed(sealed), self._listening(), typed_before)
        return event

    def _listening(self) -> Collect | None:
        """The secret collect that the replayed call is at."""
        if self.call.takeover is not None:
            return None
        flow = self._bundle.flows.get(self.call.within or self.call.flow)
        settings = flow.steps[self.call.step].settings if flow is not None and self.call.step in flow.steps else None
        return settings if isinstance(settings, Collect) and settings.secret else None


def record_way(trace: Iterable[Entry]) -> RecordWay:
    """What entries of a trace say of the call's way."""
    return tuple(_way_entry(entry) for entry in trace if entry.kind in _WAY)


_WAY: Final = {
    "entered": ("within", "step"),
    "left": ("within", "step", "exit"),
    "command": ("command", "label"),
}


def _way_entry(entry: Entry) -> tuple[str, ...]:
    return (entry.kind, *(str(entry.data.get(name, "")) for name in _WAY[entry.kind]))
