"""A finished call as the journal holds it: what came, what was answered to its commands, and the way that it took.

Everything that replaying a call, or exporting it as a test, needs to know about the past is read here, once. Commands
are told by order and kind ("the second route"), since their ids mean nothing to another run of the call.
"""

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from router.engine.state import Call, CommandAnswered, CommandConcluded, Entry, LookupFinished, Reconciled
from router.history.call_view import trace_of
from router.history.journal import BY_HAND, EXPIRED, LIMITS, MOST_COMMANDS, SEALED, CommandRow, KeptCalls, Record
from router.history.recorded_event import body_of, event_of
from router.history.whole_call import with_folded_legs
from router.protocol.commands import CONNECTING
from router.protocol.events import PRESENCE, CommandResulted, PresenceChanged
from router.protocol.parse import decode_loosely, parse_event

TOLD: Final[Mapping[str, type[CommandAnswered | CommandConcluded]]] = {
    "answered": CommandAnswered,
    "concluded": CommandConcluded,
}

Told = CommandAnswered | CommandConcluded | CommandResulted


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call's state at its end, its journal (oldest first) and its rows of the outbox."""

    call: Call
    records: tuple[Record, ...]
    commands: tuple[CommandRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFate:
    """What became of one command. Times are in seconds after it was queued."""

    command_id: str
    kind: str  # route, play/start, ...
    label: str
    queued: float  # Unix seconds
    sent_after: float | None = None  # None when it never went out
    withdrawn_after: float | None = None  # it became pointless while it was queued
    told: tuple[tuple[float, Told], ...] = ()  # what the call was told about it, and when


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupFate:
    """One answer to a lookup, `after` so many seconds; None is one that never came."""

    after: float
    answer: LookupFinished | None
    of_task: bool = False  # an employee's id, which a test has no need to tell


def taken_at(recorded: RecordedCall) -> int:
    """The place of the record with which a flow took the call: its first step was entered."""
    entered = (any(entry.kind == "entered" for entry in record.trace) for record in recorded.records)
    return next((place for place, found in enumerate(entered) if found), 0)


def sealed_digits(record: Record) -> str:
    """The seal of what may have been typed in secret; "" of what was kept as it came."""
    return str(decode_loosely(record.body).get(SEALED, ""))


# commands


def is_beside(record: Record) -> bool:
    """Whether a person gave a command of which the call was not told: that was so before commands took calls over."""
    return record.kind == BY_HAND and "type" not in decode_loosely(record.body)


def fates(recorded: RecordedCall) -> list[CommandFate]:
    """Every command that the flow or a person made, in order, with what the call was told about it."""
    rows = {row.command_id: row for row in recorded.commands}
    told = _told(recorded, rows)
    return [
        _fate(entry, rows.get(entry.data["command_id"]), told.get(entry.data["command_id"], []))
        for entry in trace_of(record for record in recorded.records if not is_beside(record))
        if entry.kind == "command"
    ]


def _fate(entry: Entry, row: CommandRow | None, told: Sequence[tuple[float, Told]]) -> CommandFate:
    withdrawn = row.confirmed if row is not None and row.state == EXPIRED and row.sent is None else None
    return CommandFate(
        command_id=entry.data["command_id"],
        kind=entry.data["command"],
        label=entry.data.get("label", ""),
        queued=entry.at,
        sent_after=row.sent - entry.at if row is not None and row.sent is not None else None,
        withdrawn_after=withdrawn - entry.at if withdrawn is not None else None,
        told=tuple((at - entry.at, event) for at, event in told),
    )


def _told(recorded: RecordedCall, rows: Mapping[str, CommandRow]) -> dict[str, list[tuple[float, Told]]]:
    found: dict[str, list[tuple[float, Told]]] = {}
    for record in recorded.records:
        event = own_event(record, rows)
        if event is not None:
            found.setdefault(event.command_id, []).append((record.at, event))
    return found


def own_event(record: Record, rows: Mapping[str, CommandRow]) -> Told | None:
    """What the call was told of one of its commands."""
    if record.kind in TOLD:
        return msgspec.json.decode(record.body, type=TOLD[record.kind])
    if record.kind != "result":
        return None
    body: dict[str, Any] = msgspec.json.decode(record.body)
    row = rows.get(str(body.get("command_id", "")))
    if row is None:
        return None
    event = parse_event(f"result/{row.command}", body_of(record))
    return event if isinstance(event, CommandResulted) else None


def legs_made(recorded: RecordedCall, made: Sequence[CommandFate]) -> dict[str, str]:
    """call_id -> the command that the leg came of. A leg need not name its command: then it is that of the latest
    route or transfer before it."""
    dialled = [fate for fate in made if fate.kind in CONNECTING]
    found = {}
    for call_id in recorded.call.ours:
        leg = recorded.call.legs.get(call_id)
        before = [fate for fate in dialled if leg is not None and fate.queued <= leg.first_seen]
        if leg is not None and (leg.last.command_id or before):
            found[call_id] = leg.last.command_id or before[-1].command_id
    return found


# lookups


def lookup_fates(recorded: RecordedCall) -> dict[str, list[LookupFate]]:
    """Step -> the answers that it got, in turn. Tables answer by themselves: what they said is no part of this."""
    found: dict[str, list[LookupFate]] = {}
    entered: dict[str, float] = {}
    asks = ""  # the step that the call is at, if it is one that asks beside its command
    for record in recorded.records:
        told = False
        for entry in record.trace:
            step = entry.data.get("step", "")
            if entry.kind == "entered":
                entered[step] = entry.at
                asks = step if entry.data["verb"] == "task" else ""
            elif entry.kind == "lookup" and asks:
                fate = LookupFate(after=entry.at - entered[asks], answer=_answer(record), of_task=True)
                found.setdefault(asks, []).append(fate)
            elif entry.kind == "lookup":
                told = True
            elif entry.kind == "left" and entry.data.get("verb") == "lookup" and _ends_request(entry, record, told):
                after = entry.at - entered.get(step, entry.at)
                found.setdefault(step, []).append(LookupFate(after=after, answer=_answer(record)))
                told = False
    return found


def reconciled(recorded: RecordedCall) -> Reconciled | None:
    """What the PBX's statistics told of the call, None when they were not asked or did not answer."""
    told = [record.body for record in recorded.records if record.kind == "reconciled"]
    return msgspec.json.decode(told[-1], type=Reconciled) if told else None


def _ends_request(left: Entry, record: Record, told: bool) -> bool:
    """Whether a lookup step was left because its answer came, or never did."""
    return told if record.kind == "lookup" else record.kind == "timer" and left.data.get("exit") == "failed"


def _answer(record: Record) -> LookupFinished | None:
    return msgspec.json.decode(record.body, type=LookupFinished) if record.kind == "lookup" else None


def waits_seen(record: Record) -> dict[str, float] | None:
    """The waits that the flow saw at this event, None when they were not recorded."""
    return next((dict(entry.data) for entry in record.trace if entry.kind == LIMITS), None)


# presence


@dataclass(slots=True)
class PresenceHistory:
    """Who was online when, as far as the PBX has reported it."""

    _changes: dict[str, tuple[list[float], list[str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record]) -> "PresenceHistory":
        """From the records that belong to no call, oldest first."""
        history = cls()
        for record in records:
            event = event_of(record) if record.kind == "presence" else None
            if isinstance(event, PresenceChanged):
                times, statuses = history._changes.setdefault(event.abonent_id, ([], []))
                times.append(record.at)
                statuses.append(PRESENCE.get(event.status, ""))
        return history

    def at(self, instant: float) -> dict[str, str]:
        """Employee -> status at that instant; an employee without a report is absent."""
        known = {who: self.status(who, instant) for who in self._changes}
        return {who: status for who, status in known.items() if status is not None}

    def status(self, who: str, instant: float) -> str | None:
        """One employee's status at that instant; None without a report."""
        times, statuses = self._changes.get(who, ([], []))
        place = bisect.bisect_right(times, instant)
        return statuses[place - 1] if place else None


# out of a store


def recording(store: KeptCalls, account: str, entry_id: str) -> RecordedCall | None:
    """The call if a flow had it and it is over, else None."""
    call = store.call(account, entry_id)
    if call is None or not call.flow or not call.ended:
        return None
    commands = store.commands(account, entry_id=entry_id, limit=MOST_COMMANDS)
    records = tuple(store.journal(account, entry_id))
    return RecordedCall(call=with_folded_legs(call, records), records=records, commands=tuple(commands))


def presence_of(store: KeptCalls, account: str) -> PresenceHistory:
    """Who was online when: presence is reported apart from calls."""
    return PresenceHistory.of(store.journal(account, ""))
