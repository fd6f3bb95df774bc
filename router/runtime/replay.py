"""A recorded call once more, under another bundle: would it go elsewhere?

Theory of operation. The PBX's events come at their recorded instants; timers are those of the replayed state and fire
by the recorded clock. What the call was told about a command (taken, refused, its result) belongs to the recorded
command of the same kind and order, as long after the replayed one was queued as it came then. A command that has no
counterpart is taken to succeed at once, a lookup without a recorded answer to fail; both are counted, since from there
on the replay is a guess. Legs of recorded commands that the replayed flow does not make are left out.

What is not recorded cannot be replayed: what other calls had put into lists by `remember`, and which keys were typed
in secret (keys of the same number stand in for them).
"""

import heapq
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
from router.runtime.comparison import Comparison, way_of
from router.runtime.recorded import (
    CommandFate,
    PresenceHistory,
    RecordedCall,
    event_of,
    fates,
    legs_made,
    lookup_fates,
    reconciled,
    waits_seen,
)
from router.runtime.rows import Record
from router.runtime.view import trace_of

TIMER_LATENESS_SECONDS: Final = 0.05
"""A timer may take effect so much late; of one due shortly before an event, the journal says which came first."""

MOST_HAPPENINGS: Final = 20_000
SECRET: Final = "***"
"""What the journal holds in place of keys typed in secret."""


def compare(recorded: RecordedCall, bundle: Bundle, presence: PresenceHistory | None = None) -> Comparison:
    """Replay the call under the bundle and set it beside what is recorded."""
    replay = _Replay(recorded, bundle, presence or PresenceHistory())
    replay.run()
    return Comparison(
        entry_id=recorded.call.entry_id,
        version=recorded.call.version,
        recorded=way_of(recorded.call, trace_of(recorded.records)),
        replayed=way_of(replay.call, replay.trace),
        assumed=replay.assumed,
    )


class _Replay:
    """One call while it is replayed."""

    def __init__(self, recorded: RecordedCall, bundle: Bundle, presence: PresenceHistory) -> None:
        past = recorded.call
        self.call: Call = new_call(past.account, past.entry_id, past.token, past.started)
        self.trace: list[Entry] = []
        self.assumed = 0
        self._records = recorded.records
        self._bundle = bundle
        self._presence = presence
        self._now = past.started
        made = fates(recorded)
        self._commands = _Commands(made, f"{past.token}-")
        self._legs_made = legs_made(recorded, made)
        self._successors = {leg.last.taken_from_call_id: call_id for call_id, leg in past.legs.items()}
        self._lookups = lookup_fates(recorded)
        self._reconciled = reconciled(recorded)
        self._left_out: set[str] = set()  # call_ids
        self._remembered: set[tuple[str, str]] = set()
        self._waits: dict[str, float] = {}
        self._heap: list[tuple[float, int, CallEvent]] = []
        self._order = count()
        self._happened = 0

    def remembers(self, list_name: str, value: str) -> bool:
        """`engine.state.Memory`: what this very call has put into lists."""
        return (list_name, value) in self._remembered

    def run(self) -> None:
        """Through the journal, and on until the call is over."""
        for record in self._records:
            self._advance(record.at, 0.0 if record.kind == "timer" else TIMER_LATENESS_SECONDS)
            self._waits = waits_seen(record) or self._waits
            self._now = max(self._now, record.at)
            event = self._meant(record)
            if event is not None:
                self._feed(event)
        while self.call.status != ENDED and self._happened < MOST_HAPPENINGS and self._fire_next(float("inf"), 0.0):
            pass

    # time

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

    # events

    def _meant(self, record: Record) -> CallEvent | None:
        """The recorded event as the replayed call has to see it, None for what is none of its business."""
        event = event_of(record)
        match event:
            case LegChanged():
                return self._leg(event)
            case DigitsCollected(digits="***"):
                return self._typed_in_secret(event, record)
            case DigitsCollected() | RecordingChanged() | RecordingStored():
                return event
            case JourneyEnded():
                return self._ended(event)
        return None

    def _leg(self, event: LegChanged) -> LegChanged | None:
        """Without the legs of commands that are not made here; a caller whom such a leg took away has stayed."""
        command_id = self._commands.replayed_id(event.command_id)
        if command_id is None or self._is_left_out(event.call_id) or event.taken_from_call_id in self._left_out:
            self._left_out.add(event.call_id)
            return None
        if route_outcome(event.disconnect_reason) == REPLACED and self._is_left_out(
            self._successors.get(event.call_id)
        ):
            return None
        return msgspec.structs.replace(event, command_id=command_id)

    def _is_left_out(self, call_id: str | None) -> bool:
        command_id = self._legs_made.get(call_id or "", "")
        return call_id in self._left_out or self._commands.replayed_id(command_id) is None

    def _ended(self, event: JourneyEnded) -> JourneyEnded:
        """Of a conversation that is left out the summary says nothing."""
        return msgspec.structs.replace(event, talk_time=0) if self._left_out else event

    def _typed_in_secret(self, event: DigitsCollected, record: Record) -> DigitsCollected:
        """As many keys as were typed; the last one ends the input if it did so then."""
        settings = self._listening()
        shown = next((entry.data["digits"] for entry in record.trace if entry.kind == "digits"), SECRET)
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

    def _feed(self, event: CallEvent) -> None:
        pending = self.call.pending
        if pending is not None and pending.phase == "queued" and pending.call_id:
            sent_at = self._commands.sent_at(pending.command_id)
            if sent_at is not None and sent_at <= self._now:  # as the runtime does: events can overtake the answer
                sent = CommandAnswered(entry_id=self.call.entry_id, command_id=pending.command_id, sent_at=sent_at)
                self._step(sent)
        self._step(event)

    def _step(self, event: CallEvent) -> None:
        around = Surroundings(
            waits=KnownWaits(self._waits),
            presence=self._presence.at(self._now),
            memory=self,
            has_statistics=self._reconciled is not None,
            own_commands=self._commands.made,
        )
        done = step(self.call, event, self._bundle, self._now, around)
        self.call = done.call
        self.trace += done.trace
        for effect in done.effects:
            self._carry_out(effect)

    # effects

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case QueueCommand():
                self._answer_command(effect)
            case StartLookup():
                self._answer_lookup(effect)
            case AskStatistics() if self._reconciled is not None:
                self._later(0.0, self._reconciled)
            case RememberValue():
                self._remembered.add((effect.list_name, effect.value))

    def _answer_command(self, command: QueueCommand) -> None:
        """As its counterpart was answered; one that was withdrawn, or that there is none of, succeeds."""
        fate = self._commands.made_now(command, self._now)
        if fate is not None and fate.told:
            for after, told in fate.told:
                renamed = msgspec.structs.replace(told, command_id=command.command_id)
                self._later(after, _moved(renamed, self._now + (fate.sent_after or 0.0)))
            return
        after = fate.withdrawn_after if fate is not None and fate.withdrawn_after is not None else 0.0
        self.assumed += fate is None
        sent_at = self._now + after
        self._later(after, CommandAnswered(entry_id=self.call.entry_id, command_id=command.command_id, sent_at=sent_at))
        self._later(after, CommandResulted(command=command.command, command_id=command.command_id, result=SUCCESS))

    def _answer_lookup(self, lookup: StartLookup) -> None:
        answers = self._lookups.get(lookup.label, [])
        if not answers:
            self.assumed += 1
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


class _Commands:
    """Which replayed command stands for which recorded one: the n-th of a kind for the n-th of that kind."""

    def __init__(self, recorded: list[CommandFate], prefix: str) -> None:
        self.made: frozenset[str] = frozenset()
        self._prefix = prefix
        self._waiting: dict[str, list[CommandFate]] = {}
        self._replayed: dict[str, str] = {}  # recorded command_id -> replayed one
        self._sent: dict[str, float] = {}  # replayed command_id -> when it went out
        for fate in recorded:
            self._waiting.setdefault(fate.kind, []).append(fate)

    def made_now(self, command: QueueCommand, now: float) -> CommandFate | None:
        """The replayed flow made a command: the fate of its counterpart, None when it has none."""
        self.made |= {command.command_id}
        waiting = self._waiting.get(command.command, [])
        if not waiting:
            self._sent[command.command_id] = now
            return None
        fate = waiting.pop(0)
        self._replayed[fate.command_id] = command.command_id
        if fate.sent_after is not None:
            self._sent[command.command_id] = now + fate.sent_after
        return fate

    def sent_at(self, command_id: str) -> float | None:
        """When a replayed command went out, None when it never does."""
        return self._sent.get(command_id)

    def replayed_id(self, command_id: str) -> str | None:
        """What a leg's command is called in the replay; None for one of ours that was not made (yet)."""
        if not command_id.startswith(self._prefix):
            return command_id
        return self._replayed.get(command_id)
