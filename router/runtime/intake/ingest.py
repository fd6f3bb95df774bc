"""Accepting what the PBX reports: dedupe, order, step and write, in one transaction; then it is answered.

An event is accepted when its transaction is on disk. The same key with the same content is a duplicate and changes
nothing; the same key with other content is a conflict, which is traced and changes nothing either.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from router.engine.state import Entry, Step
from router.history.journal import CONCLUSIVE, CONFIRMED, FAILED, SEALED, CommandRow, Record
from router.protocol.codes import is_success
from router.protocol.events import (
    PRESENCE,
    AddressBookChanged,
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    PresenceChanged,
    RecordingChanged,
    RecordingStored,
    RecordingTagged,
    SmsReported,
    Unhandled,
)
from router.protocol.parse import decode_loosely
from router.runtime.calls.apply import Calls
from router.runtime.calls.catch_up import catch_up_to
from router.runtime.calls.write_effects import concluded
from router.runtime.group_commit import WAIT_SECONDS, GroupCommit
from router.runtime.intake.digests import Digests
from router.runtime.intake.trace_notes import note_of
from router.runtime.lookups.contacts import remember_change
from router.runtime.lookups.employee_directory import Directory
from router.runtime.monitoring.metrics import count_command
from router.runtime.monitoring.refusals import COMMAND, refusals
from router.runtime.outbox.outcomes import reason_of
from router.runtime.ports import Store, Transaction
from router.runtime.records import EventContext, EventKeys

STORED = "stored"
DUPLICATE = "duplicate"
CONFLICT = "conflict"
HIDDEN: Final = "***"
DIGITS: Final = '"dtmf"'


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One verified notification of the PBX."""

    account: str
    path: str  # without a prefix: "events/call"
    event: Event
    body: str  # the json as received
    dedupe: str  # the same for every repetition of it
    digest: bytes  # of its content
    odd: tuple[str, ...] = ()  # what was odd about fields that only decorate it, for the trace


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that came earlier and was kept elsewhere; `at` is when."""

    at: float
    notification: Notification


class Ingest:
    """The use case behind the webhook. `wake` is told after each event whether it left something to send."""

    def __init__(
        self,
        store: Store,
        calls: Calls,
        *,
        wake: Callable[[bool], None],
        digests: Mapping[str, Digests],
        group: GroupCommit | None = None,
        directory: Directory | None = None,
        api_urls: Mapping[str, str] | None = None,
        watch_clock: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._group = group or GroupCommit(store)
        self._calls = calls
        self._wake = wake
        self._digests = digests
        self._directory = directory
        self._api_urls = api_urls or {}
        self._watch_clock = watch_clock

    def accept(self, account: str, path: str, event: Event, body: str, dedupe: str, digest: bytes) -> str:
        """Take one event in; answers stored, duplicate or conflict. Raises StoreUnavailable when it is not kept."""
        notification = Notification(account=account, path=path, event=event, body=body, dedupe=dedupe, digest=digest)
        (outcome,) = self.accept_all([notification])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def accept_all(self, notifications: Sequence[Notification]) -> list[str | Exception]:
        """Take several in, at best in one transaction; for each what `accept` answers, or what it would raise."""
        self._watch_clock()
        named = [(one, _names(one)) for one in notifications]
        works = [(partial(self._take, one, names), names) for one, names in named]
        taken = self._group.run_all(works, WAIT_SECONDS)
        outcomes = [one if isinstance(one, Exception) else one[0] for one in taken]
        self._wake(any(one[1] for one in taken if not isinstance(one, Exception)))
        return outcomes

    def take_late(self, received: Sequence[Received]) -> None:
        """Take in what came earlier, in order and in one transaction, each as of the instant when it came."""
        named = [(one, _names(one.notification)) for one in received]
        with self._store.transaction() as tx:
            tx.expect([names for _, names in named])
            now = tx.now
            for one, names in named:
                self._take_as_of_then(tx, one, names, now)
        self._wake(True)

    def _take_as_of_then(self, tx: Transaction, received: Received, names: EventKeys, now: float) -> None:
        loaded = tx.load(names.account, dedupe=names.dedupe, entry_id=names.entry_id, command_id=names.command_id)
        if loaded.known is None:
            catch_up_to(tx, self._calls, loaded.call, received.at, now)
        waited = max(0.0, now - received.at)
        note = Entry(at=tx.now, kind="note", data={"text": f"kept for {waited:.1f} s: the database was away"})
        self._take(received.notification, names, tx, note)

    def _take(self, notification: Notification, names: EventKeys, tx: Transaction, *notes: Entry) -> tuple[str, bool]:
        """(what became of it, whether the dispatcher has something new to look at). `notes` go into its trace."""
        account, event, digests = notification.account, notification.event, self._digests[notification.account]
        entry_id = names.entry_id
        loaded = tx.load(account, dedupe=names.dedupe, entry_id=entry_id, command_id=names.command_id)
        if loaded.known is not None:
            if digests.is_same(loaded.known, notification.digest):
                return DUPLICATE, False
            return self._conflict(tx, notification, entry_id), False
        notes += tuple(Entry(at=tx.now, kind="note", data={"text": text}) for text in notification.odd)
        done = None
        if (strange := _of_another_command(event, loaded.command)) is not None:
            notes += (Entry(at=tx.now, kind="note", data={"text": strange}),)
        else:
            done = self._apply(tx, account, event, loaded)
        call = done.call if done is not None else loaded.call
        tx.record(
            Record(
                account=account,
                entry_id=call.entry_id if call is not None else entry_id,
                at=tx.now,
                kind=_kind(event),
                dedupe=notification.dedupe,
                digest=digests.keep(notification.digest),
                body=self._stored_body(notification, done),
                trace=(*notes, *(done.trace if done is not None else ()), *self._note(account, event, tx.now)),
            )
        )
        return STORED, done is not None and self._calls.leaves_work(done)

    def _stored_body(self, notification: Notification, done: Step | None) -> str:
        """As it came. Digits that may have been typed in secret are sealed: a replay with the account's salt can open
        them. Other kinds have no digits, and a field of that name there means nothing."""
        event, body = notification.event, notification.body
        if not isinstance(event, DigitsCollected):
            return _without_digits(body) if DIGITS in body else body
        kept = done.kept_digits if done is not None else HIDDEN
        if kept is None or kept == event.digits:
            return body
        return _without_digits(body, kept, self._calls.seal_typed(notification.account, event.entry_id, event.digits))

    def _conflict(self, tx: Transaction, notification: Notification, entry_id: str) -> str:
        """Trace it, once for each content."""
        account, event, body = notification.account, notification.event, notification.body
        digest = self._digests[account].keep(notification.digest)
        dedupe = f"{notification.dedupe} is also {digest.hex()}"
        if tx.load(account, dedupe=dedupe).known is None:
            text = f"conflict: a {_kind(event)} with a known key differs"
            tx.record(
                Record(
                    account=account,
                    entry_id=entry_id,
                    at=tx.now,
                    kind=CONFLICT,
                    dedupe=dedupe,
                    digest=digest,
                    body=_without_digits(body),  # of any kind: one body may have fields of two
                    trace=(Entry(at=tx.now, kind="note", data={"text": text}),),
                )
            )
        return CONFLICT

    def _apply(self, tx: Transaction, account: str, event: Event, loaded: EventContext) -> Step | None:
        """What the event does to its call; None when it has none, or does nothing to it."""
        match event:
            case LegChanged() | DigitsCollected() | JourneyEnded():
                call = loaded.call or self._calls.new(account, event.entry_id, tx.now, loaded.clock_shift)
                return self._calls.apply(tx, call, event, loaded.serving)
            case CommandResulted():
                if loaded.command is not None:
                    _conclude(tx, loaded.command, event)
                if loaded.call is not None:
                    return self._calls.apply(tx, loaded.call, event, loaded.serving)
            case RecordingChanged() | RecordingStored():
                if loaded.call is not None:
                    return self._calls.apply(tx, loaded.call, event, loaded.serving)
            case PresenceChanged():
                self._note_presence(tx, account, event)
            case AddressBookChanged():
                remember_change(tx, account, event)
        return None

    def _note(self, account: str, event: Event, now: float) -> tuple[Entry, ...]:
        """What the trace says of an event that changes nothing in a call's course."""
        note = note_of(event, self._api_urls.get(account, ""))
        return () if note is None else (Entry(at=now, kind="note", data=note),)

    def _note_presence(self, tx: Transaction, account: str, event: PresenceChanged) -> None:
        """Under the id that came, and under the extension: flows know people by that."""
        status = PRESENCE.get(event.status, "")
        tx.set_presence(account, event.abonent_id, status)
        if self._directory is None:
            return
        directory = self._directory
        extension = directory.extension(account, event.abonent_id)
        if extension:
            tx.set_presence(account, extension, status)
        else:
            tx.after_commit(lambda: directory.learn(account))


def _of_another_command(event: Event, row: CommandRow | None) -> str | None:
    """What to note of a result that came at the path of another command: the sign does not cover the path."""
    if row is None or not isinstance(event, CommandResulted) or event.command == row.command:
        return None
    return f"result/{event.command} says {event.result} of {row.command} {row.command_id}: left alone"


def _conclude(tx: Transaction, row: CommandRow, event: CommandResulted) -> None:
    """The first conclusive outcome counts; a late result still settles what was unknown."""
    if row.state not in CONCLUSIVE:
        state = CONFIRMED if is_success(event.result) else FAILED
        done = concluded(row, state, tx.now, code=event.result)
        tx.update_command(done)
        reason = reason_of(done)
        tx.after_commit(partial(count_command, row.command, state, account=row.account, reason=reason))
        if state == FAILED:
            tx.after_commit(partial(refusals.note, COMMAND, row.account, reason, row.command))
    elif row.code is None:  # it was confirmed by its leg: the result only completes the row
        tx.update_command(msgspec.structs.replace(row, code=event.result))


def _names(notification: Notification) -> EventKeys:
    entry_id, command_id = _keys(notification.event)
    return EventKeys(account=notification.account, dedupe=notification.dedupe, entry_id=entry_id, command_id=command_id)


def _keys(event: Event) -> tuple[str, str]:
    """(entry_id, command_id) by which the event finds its call."""
    match event:
        case LegChanged() | DigitsCollected() | JourneyEnded():
            return event.entry_id, ""
        case CommandResulted():
            return "", event.command_id
        case RecordingChanged() | Unhandled():
            return event.entry_id, event.command_id
        case RecordingStored() | RecordingTagged():
            return event.entry_id, ""
        case SmsReported():
            return "", event.command_id
    return "", ""


def _without_digits(body: str, kept: str = HIDDEN, sealed: str = "") -> str:
    """A notification's json with `kept` in the place of what was typed, and beside it what was typed, `sealed`."""
    fields = decode_loosely(body)
    if "dtmf" not in fields:
        return body
    fields |= {"dtmf": kept} | ({SEALED: sealed} if sealed else {})
    try:
        return msgspec.json.encode(fields).decode()
    except (UnicodeEncodeError, OverflowError):  # of halves of surrogate pairs, and of huge numbers
        return json.dumps(fields)


def _kind(event: Event) -> str:
    return str(type(event).__struct_config__.tag)
