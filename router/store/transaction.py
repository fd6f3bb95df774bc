"""What can be read and written in one transaction.

Theory of operation. Where transactions run side by side, what must not run at the same time takes turns, by locks that
end with the transaction:

- a *call's lock* is taken by `load` and by `command`, also for a call that has no row yet. It covers the call and all
  of its commands;
- an *account's lock* is taken by a transaction that begins with the account's outbox, limits or standing. It covers
  the slots, and so the claims, of all hosts. Within it `now` never goes backwards from one transaction to the next.

The order is always account, then one call, so no two wait in a circle; with a call's lock an account is read plainly.

What was loaded answers the questions that follow, for as long as it is true. Writes are collected, a later one of the
same row replacing the earlier, and go out before the next question or with the commit: each row is written once, and
over a network they cost no round trip of their own.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import msgspec

from router.engine.codec import encode_call
from router.engine.state import ENDED, LIVE, Call
from router.history.journal import QUEUED, CommandRow, Record
from router.runtime.outbox.schedule import serving_order
from router.runtime.records import AccountState, ActiveVersion, EventContext, EventKeys, Share
from router.store import encoding, statements
from router.store.administration import Administration
from router.store.database import Found, Session
from router.store.figures import Figuring
from router.store.hooks import Hooks
from router.store.reading import ACCOUNT
from router.store.statement import Asked, Row, Statement, Value
from router.store.version_writes import VersionWrites

_Keys = tuple[str, str | None, str, str]  # of `EventKeys`: account, dedupe, entry_id and command_id


class Transaction(VersionWrites, Administration, Figuring, Hooks):
    """`runtime.ports.Transaction`."""

    def __init__(self, session: Session) -> None:
        VersionWrites.__init__(self, session)
        Hooks.__init__(self)
        self._marked: set[str] = set()  # accounts whose outbox, slots or standing were changed
        self._wakes = False  # whether a call has a timer
        self._has_lock = False  # of an account or a call
        self._writes: dict[Hashable, Asked] = {}  # by what they write, in the order of their first writing
        self._loaded: dict[_Keys, tuple[str, str]] = {}  # which call was loaded for an event
        self._digests: dict[tuple[str, str | None], bytes] = {}
        self._calls: dict[tuple[str, str], Call | None] = {}  # whose lock it has
        self._summaries: dict[tuple[str, str], tuple[Any, ...]] = {}  # what lists show of those that have a row
        self._known: dict[tuple[str, str], CommandRow] = {}  # commands of those calls
        self._all_known: set[tuple[str, str]] = set()  # calls of which `_known` has every command that is not over
        self._presence: dict[str, dict[str, str]] = {}
        self._serving: dict[str, ActiveVersion] = {}
        self._shift = 0.0  # of the clock, as it was read last

    # reading

    def expect(self, several: Sequence[EventKeys]) -> None:
        if several:
            self._load(several)

    def load(
        self, account: str, *, dedupe: str | None = None, entry_id: str = "", command_id: str = ""
    ) -> EventContext:
        keys = (account, dedupe, entry_id, command_id)
        call = self._loaded.get(keys)
        if call is None and dedupe is None and not command_id and (account, entry_id) in self._calls:
            call = (account, entry_id)
        if call is None:
            self._load([EventKeys(account=account, dedupe=dedupe, entry_id=entry_id, command_id=command_id)])
            call = self._loaded[keys]
        return EventContext(
            known=self._digests.get((account, dedupe)),
            call=self._calls[call],
            command=self._known.get((account, command_id)),
            serving=self._serving[account],
            clock_shift=self._shift,
        )

    def command(self, account: str, command_id: str) -> CommandRow | None:
        known = self._known.get((account, command_id))
        if known is not None or self._calls:
            return known or super().command(account, command_id)
        return self.load(account, command_id=command_id).command

    def queued_commands(self, account: str, entry_id: str) -> list[CommandRow]:
        if (account, entry_id) not in self._all_known:
            return self._commands(statements.QUEUED_OF_CALL, account, entry_id)
        mine = [row for row in self._known.values() if (row.account, row.entry_id) == (account, entry_id)]
        return sorted((row for row in mine if row.state == QUEUED), key=serving_order)

    def serving(self, account: str) -> ActiveVersion:
        return self._serving.get(account) or super().serving(account)

    def presence(self, account: str) -> dict[str, str]:
        if account not in self._presence:
            self._presence[account] = super().presence(account)
        return self._presence[account]

    def clock_shift(self) -> float:
        return float(self._rows(statements.CLOCK_SHIFT_LOCKED)[0][0])

    # writing

    def save_call(self, call: Call) -> None:
        key = (call.account, call.entry_id)
        if key in self._calls:
            self._calls[key] = call
        summary, wake_at, state = encoding.call_summary(call), call.wake_at, encode_call(call)
        self._wakes = self._wakes or wake_at is not None
        waiting = self._writes.get(key)
        only_state = call.status != ENDED and self._summaries.get(key) == summary
        if only_state and (waiting is None or waiting[0] is statements.SAVE_STATE):
            self._write(key, statements.SAVE_STATE, wake_at, state, call.account, call.entry_id)
        else:
            changed_at = None if call.status in LIVE else self.now  # of a live one its state tells
            self._write(key, statements.SAVE_CALL, *summary, changed_at, wake_at, state)
            self._summaries[key] = summary

    def record(self, record: Record) -> None:
        if record.dedupe is not None:
            if (record.account, record.dedupe) in self._digests:
                raise ValueError(f"the store already has it: {record.dedupe}")
            self._digests[record.account, record.dedupe] = record.digest
        self._write(len(self._writes), statements.RECORD, *encoding.record_columns(record))

    def queue(self, command: CommandRow) -> None:
        if _key(command) in self._writes:
            raise ValueError(f"the store already has it: {command.command_id}")
        self._write_command(command, statements.QUEUE)

    def update_command(self, command: CommandRow) -> None:
        waiting = self._writes.get(_key(command))
        self._write_command(command, statements.UPDATE_COMMAND if waiting is None else waiting[0])

    def hold_back(self, notification: CommandRow, until: float) -> None:
        row = notification
        key = ("hold", row.account, row.command_id)
        self._write(key, statements.HOLD_BACK, until, row.account, row.entry_id, row.receiver, row.command_id)

    def claim(self, row: CommandRow) -> bool:
        if self._known.get((row.account, row.command_id)) == row:
            return True  # of a call whose lock it has
        lock = (statements.TRY_CALL, (row.account, row.entry_id, row.command_id))
        taken, found = self._ask(lock, (statements.COMMAND, (row.account, row.command_id)))
        return all(is_taken for (is_taken,) in taken) and [encoding.command_from(columns) for columns in found] == [row]

    def try_account(self, account: str, candidates: int) -> bool:
        if self._set_to is not None:
            return False
        ahead = [(statements.CANDIDATES, (account, candidates)), *((one, (account,)) for one in ACCOUNT)]
        found = self._session.try_account(self._take_writes(), account, ahead)
        self._failed = False
        self._answers = dict(zip(ahead, found or (), strict=False))
        return found is not None

    def take_slot(self, account: str, window: str, claim: str, free_at: float) -> None:
        self._change_account(account)
        self._write(("free", account), statements.DROP_FREE_SLOTS, account, self.now)
        self._write(("slot", account, window, claim), statements.TAKE_SLOT, account, window, claim, free_at)

    def free_slots(self, account: str, claim: str, free_at: Mapping[str, float]) -> None:
        self._change_account(account)
        for window, instant in free_at.items():
            self._write(("unslot", account, window, claim), statements.FREE_SLOT, instant, account, window, claim)

    def save_standing(self, account: str, standing: AccountState) -> None:
        self._change_account(account)
        self._write(("standing", account), statements.SAVE_STANDING, account, *msgspec.structs.astuple(standing))

    def save_share(self, account: str, share: Share) -> None:
        self._change_account(account)
        self._write(("share", account, share.window), statements.SAVE_SHARE, account, *msgspec.structs.astuple(share))

    def shift_clock(self, seconds: float) -> None:
        for statement in statements.SHIFT_CLOCK:
            self._write(("shift", len(self._writes)), statement, seconds)
        for kept in (self._known, self._all_known, self._calls, self._loaded, self._summaries):
            kept.clear()
        self._shift += seconds

    def set_presence(self, account: str, abonent: str, status: str) -> None:
        self._presence.pop(account, None)
        self._write(("presence", account, abonent), statements.SET_PRESENCE, account, abonent, status)

    def remember(self, account: str, list_name: str, value: str, keep_seconds: float | None) -> None:
        kept_until = None if keep_seconds is None else self.now + keep_seconds
        self._write("forget", statements.FORGET, self.now)
        key = ("list", account, list_name, value)
        self._write(key, statements.REMEMBER, account, list_name, value, kept_until)

    def lock_request(self, account: str, name: str) -> None:
        self._rows(statements.LOCK_REQUEST, account, name)

    def request(self, account: str, name: str) -> tuple[bytes, bytes] | None:
        found = self._rows(statements.REQUEST, account, name, self.now)
        return (bytes(found[0][0]), bytes(found[0][1])) if found else None

    def keep_request(self, account: str, name: str, digest: bytes, answer: bytes, until: float) -> None:
        self._write("forget requests", statements.FORGET_REQUESTS, self.now)
        self._write(("request", account, name), statements.KEEP_REQUEST, account, name, digest, answer, until)

    def save_serving(self, account: str, serving: ActiveVersion) -> None:
        before = self.serving(account)
        self._marked.add(account)
        self._write(("serving", account), statements.SAVE_SERVING, account, *encoding.serving_columns(serving))
        for version in {serving.active, serving.canary} - {before.active, before.canary, None, ""}:
            self._write(("stamp", account, version), statements.STAMP_ACTIVATION, self.now, account, version)
        if account in self._serving:
            self._serving[account] = serving

    def touch(self) -> None:
        for statement in statements.TOUCH[self._session.dialect]:
            self._write(statement, statement, encoding.NO_ACCOUNT)

    def note_pause(self, account: str, by: str) -> None:
        self._write(("pause", account), statements.NOTE_PAUSE, self.now if by else 0.0, by, account)

    # ending

    def commit(self) -> None:
        """Keep everything."""
        if self._failed:
            raise RuntimeError("a transaction whose statement failed cannot be kept")
        marks = [(statements.MARK, (account,)) for account in sorted(self._marked)]
        self._session.commit([*self._writes.values(), *marks])

    @property
    def news(self) -> bool:
        """Whether other processes may have something to do because of it."""
        return self._wakes or bool(self._marked)

    # How it is asked.

    def _lock_account(self, account: str) -> None:
        if not self._has_lock:
            self._has_lock = True
            self._session.lock_account(account)

    def _change_account(self, account: str) -> None:
        self._lock_account(account)
        self._marked.add(account)

    def _ask(self, *asked: Asked) -> list[list[Row]]:
        before = self._take_writes()
        answers = self._session.run((*before, *asked))[len(before) :]
        self._failed = False
        return answers

    def _load(self, several: Sequence[EventKeys]) -> None:
        self._has_lock = True
        for names, found in zip(several, self._session.load(self._take_writes(), several), strict=True):
            self._keep(names, found)
        self._failed = False

    def _take_writes(self) -> list[Asked]:
        """What has to go before the next question; it has failed until that is answered."""
        self._failed = True
        writes = list(self._writes.values())
        self._writes.clear()
        return writes

    def _write(self, key: Hashable, statement: Statement, *values: Value) -> None:
        self._answers.clear()
        self._writes[key] = (statement, values)

    def _write_command(self, command: CommandRow, statement: Statement) -> None:
        self._marked.add(command.account)
        self._write(_key(command), statement, *encoding.command_columns(command))
        if (command.account, command.entry_id) in self._calls:
            self._known[command.account, command.command_id] = command

    def _keep(self, names: EventKeys, found: Found) -> None:
        """Note what was read for an event."""
        account, key = names.account, (names.account, found.entry_id)
        self._loaded[account, names.dedupe, names.entry_id, names.command_id] = key
        if found.serving is not None and found.clock_shift is not None:
            self._shift = found.clock_shift
            self._serving[account] = encoding.serving_from(found.serving)
        if found.digest is not None:
            self._digests[account, names.dedupe] = found.digest
        self._calls[key] = call = encoding.call_from(found.state, self._shift)
        if call is not None:
            self._summaries[key] = encoding.call_summary(call)
        if found.presence is not None:
            self._presence[account] = found.presence
        if found.open_commands:
            self._all_known.add(key)
        for row in found.commands:
            self._known[account, row.command_id] = row


def _key(command: CommandRow) -> Hashable:
    return "command", command.account, command.command_id
