"""What can be read and written in one transaction of the PostgreSQL store.

Theory of operation. Transactions of different calls run at the same time, on any number of hosts; PostgreSQL lets
their commits share a sync of the disk. What must not run at the same time takes turns, by advisory locks that end with
the transaction:

- a *call's turn* is taken by `load` and by `command`, also for a call that has no row yet. It covers the call and all
  of its commands;
- an *account's turn* is taken by a transaction that begins with the account's outbox, limits or standing. It covers
  the slots, and so the claims, of all hosts. Within it `now` never goes backwards from one transaction to the next.

The order is always account, then one call; so nobody waits in a circle. A transaction that has a call's turn reads
an account's outbox plainly, without its turn.

A round trip is dear, so one brings everything that a call's event may ask about, and answers come from that while they
are still true; writes are collected, a later one of the same row replacing the earlier, and go out before the next
question or with the commit.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

import msgspec

from router.engine.state import Call
from router.history.journal import QUEUED, CommandRow, Record
from router.runtime.outbox.schedule import serving_order
from router.runtime.records import AccountState, ActiveVersion, EventContext, EventKeys, Share
from router.store import encoding
from router.store.after_commit import AfterCommit
from router.store.postgres import sql
from router.store.postgres.aging import PostgresAging
from router.store.postgres.pipeline import Asked, Pipeline, Row, Statement, Unanswered, Value
from router.store.postgres.reading import Now

UNCONFIRMED: Final = (
    "the commit was not confirmed: a lock is waited for, the server's disk hangs, or a standby that"
    " synchronous_standby_names asks for is away (pg_stat_replication)"
)
_commands_of: Final = msgspec.json.Decoder(list[CommandRow]).decode
_presence_of: Final = msgspec.json.Decoder(dict[str, str]).decode


class PostgresTransaction(PostgresAging):
    """`runtime.ports.Transaction`."""

    _begin = sql.BEGIN

    def __init__(self, pipeline: Pipeline, now: Now | None) -> None:
        super().__init__(pipeline, now)
        self.actions = AfterCommit()
        self.after_commit = self.actions.add
        self._marked: set[str] = set()  # accounts whose outbox, slots or standing were changed
        self._wakes = False  # whether a call has a timer
        self._failed = False
        self._has_turn = False  # of an account or a call
        self._locks: list[Asked] = []
        self._writes: dict[Hashable, Asked] = {}  # by what they write, in the order of their first writing
        self._read: dict[EventKeys, str] = {}  # what was loaded, with its call's entry_id
        self._digests: dict[tuple[str, str | None], bytes] = {}
        self._calls: dict[tuple[str, str], Call | None] = {}  # whose turn it has
        self._known: dict[tuple[str, str], CommandRow] = {}  # commands of those calls: all that are not over
        self._presence: dict[str, dict[str, str]] = {}
        self._serving: dict[str, ActiveVersion] = {}
        self._shift = 0.0  # of the clock, as it was read last

    # reading

    def expect(self, several: Sequence[EventKeys]) -> None:
        if not several:
            return
        self._has_turn = True
        asked = msgspec.json.encode(several)
        _locked, found = self._trip((sql.LOCK_CALLS, (asked,)), (sql.LOAD_CALLS, (asked,)))
        for names, columns in zip(several, found, strict=True):
            self._keep(names, columns)

    def load(
        self, account: str, *, dedupe: str | None = None, entry_id: str = "", command_id: str = ""
    ) -> EventContext:
        names = EventKeys(account=account, dedupe=dedupe, entry_id=entry_id, command_id=command_id)
        if dedupe is None and not command_id and (account, entry_id) in self._calls:
            self._read[names] = entry_id
        if names not in self._read:
            self.expect([names])
        return EventContext(
            known=self._digests.get((account, dedupe)),
            call=self._calls[account, self._read[names]],
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
        if (account, entry_id) not in self._calls:
            return self._commands(sql.QUEUED_OF_CALL, account, entry_id)
        mine = [row for row in self._known.values() if (row.account, row.entry_id) == (account, entry_id)]
        return sorted((row for row in mine if row.state == QUEUED), key=serving_order)

    def serving(self, account: str) -> ActiveVersion:
        return self._serving.get(account) or super().serving(account)

    def presence(self, account: str) -> dict[str, str]:
        if account not in self._presence:
            self._presence[account] = super().presence(account)
        return self._presence[account]

    # writing

    def save_call(self, call: Call) -> None:
        key = (call.account, call.entry_id)
        if key in self._calls:
            self._calls[key] = call
        self._wakes = self._wakes or call.wake_at is not None
        self._write(("call", *key), sql.SAVE_CALL, *encoding.call_columns(call))

    def record(self, record: Record) -> None:
        if record.dedupe is not None:
            if (record.account, record.dedupe) in self._digests:
                raise ValueError(f"the store already has it: {record.dedupe}")
            self._digests[record.account, record.dedupe] = record.digest
        self._write(("record", len(self._writes)), sql.RECORD, *encoding.record_columns(record))

    def queue(self, command: CommandRow) -> None:
        if _key(command) in self._writes:
            raise ValueError(f"the store already has it: {command.command_id}")
        self._write_command(command, sql.QUEUE)

    def update_command(self, command: CommandRow) -> None:
        waiting = self._writes.get(_key(command))
        self._write_command(command, sql.UPDATE_COMMAND if waiting is None else waiting[0])

    def claim(self, row: CommandRow) -> bool:
        turn = (sql.TRY_CALL, (row.account, row.entry_id, row.command_id))
        ((taken,),), found = self._ask(turn, (sql.COMMAND, (row.account, row.command_id)))
        return bool(taken) and [encoding.command_from(columns) for columns in found] == [row]

    def take_slot(self, account: str, window: str, claim: str, free_at: float) -> None:
        self._open_account(account)
        self._write(("free", account), sql.DROP_FREE_SLOTS, account, self.now)
        self._write(("slot", account, window, claim), sql.TAKE_SLOT, account, window, claim, free_at)

        self._marked.add(account)

    def free_slots(self, account: str, claim: str, free_at: Mapping[str, float]) -> None:
        self._open_account(account)
        for window, instant in free_at.items():
            self._write(("unslot", account, window, claim), sql.FREE_SLOT, instant, account, window, claim)
        self._marked.add(account)

    def save_standing(self, account: str, standing: AccountState) -> None:
        self._open_account(account)
        self._write(("standing", account), sql.SAVE_STANDING, account, *msgspec.structs.astuple(standing))
        self._marked.add(account)

    def save_share(self, account: str, share: Share) -> None:
        self._open_account(account)
        self._write(("share", account, share.window), sql.SAVE_SHARE, account, *msgspec.structs.astuple(share))
        self._marked.add(account)

    def clock_shift(self) -> float:
        return float(self._rows(sql.CLOCK_SHIFT_LOCKED)[0][0])

    def shift_clock(self, seconds: float) -> None:
        for statement in sql.SHIFT_CLOCK:
            self._write(("shift", len(self._writes)), statement, seconds)
        self._known.clear()
        self._calls.clear()
        self._read.clear()

    def pause(self, account: str, until: float, reason: str) -> None:
        self.save_standing(account, msgspec.structs.replace(self.standing(account), paused_until=until, reason=reason))

    def set_presence(self, account: str, abonent: str, status: str) -> None:
        self._presence.pop(account, None)
        self._write(("presence", account, abonent), sql.SET_PRESENCE, account, abonent, status)

    def remember(self, account: str, list_name: str, value: str, keep_seconds: float | None) -> None:
        kept_until = None if keep_seconds is None else self.now + keep_seconds
        self._write("forget", sql.FORGET, self.now)
        self._write(("list", account, list_name, value), sql.REMEMBER, account, list_name, value, kept_until)

    def store_version(self, account: str, version: str, content: bytes, activate: bool, image: bytes = b"") -> None:
        self._write(("version", account, version), sql.STORE_VERSION, account, version, content, self.now)
        if image:
            self._write(("image", account, version), sql.STORE_IMAGE, image, account, version)
        if activate:
            self.save_serving(account, ActiveVersion(active=version, paused=self.serving(account).paused))

    def save_serving(self, account: str, serving: ActiveVersion) -> None:
        before = self.serving(account)
        self._marked.add(account)
        self._write(("serving", account), sql.SAVE_SERVING, account, *encoding.serving_columns(serving))
        for version in {serving.active, serving.canary} - {before.active, before.canary, None, ""}:
            self._write(("stamp", account, version), sql.STAMP_ACTIVATION, self.now, account, version)
        if account in self._serving:
            self._serving[account] = serving

    def touch(self) -> None:
        self._marked.add(encoding.NO_ACCOUNT)

    def note_pause(self, account: str, by: str) -> None:
        self._write(("pause", account), sql.NOTE_PAUSE, self.now if by else 0.0, by, account)

    def followed(self, account: str) -> dict[str, float]:
        self._open_account(account)
        return dict(self._rows(sql.FOLLOWED, account))

    def note_followed(self, account: str, version: str, at: float) -> None:
        self._write(("followed", account, version), sql.NOTE_FOLLOWED, at, account, version)

    def note_version(self, account: str, version: str, note: str) -> None:
        self._write(("note", account, version), sql.NOTE_VERSION, note, account, version)

    # ending

    def commit(self) -> None:
        """Keep everything."""
        if self._failed:
            raise RuntimeError("a transaction whose statement failed cannot be kept")
        if self._begun or self._writes:
            marks: list[Asked] = [(sql.MARK, (account,)) for account in sorted(self._marked)]
            try:
                self._trip(*marks, (sql.COMMIT, ()))
            except Unanswered as error:
                raise Unanswered(f"{error}; {UNCONFIRMED}") from error

    @property
    def news(self) -> bool:
        """Whether other processes may have something to do because of it."""
        return self._wakes or bool(self._marked)

    # How it is asked.

    def _open_account(self, account: str) -> None:
        if not self._has_turn:
            self._has_turn = True
            self._locks.append((sql.LOCK_ACCOUNT, (account,)))
            self._now = None  # an instant from before the turn is none of it

    def _trip(self, *asked: Asked) -> list[list[Row]]:
        self._failed = True  # until the answer is here: a caller that goes on after an error keeps nothing
        answers = super()._trip(*asked)
        self._failed = False
        return answers

    def _ahead(self) -> list[Asked]:
        ahead = [*self._locks, *self._writes.values()]
        self._locks.clear()
        self._writes.clear()
        return ahead

    def _write(self, key: Hashable, statement: Statement, *values: Value) -> None:
        self._accounts.clear()
        self._writes[key] = (statement, values)

    def _write_command(self, command: CommandRow, statement: Statement) -> None:
        self._marked.add(command.account)
        self._write(_key(command), statement, *encoding.command_columns(command))
        if (command.account, command.entry_id) in self._calls:
            self._known[command.account, command.command_id] = command

    def _keep(self, names: EventKeys, found: Row) -> None:
        """Note what was read for an event."""
        account = names.account
        entry_id, digest, state, now, presence, commands, self._shift, *serving = found
        self._read[names] = entry_id
        if digest is not None:
            self._digests[account, names.dedupe] = digest
        self._calls[account, entry_id] = encoding.call_from(state, self._shift)
        self._serving[account] = encoding.serving_from(serving)
        self._presence[account] = _presence_of(presence) if presence else {}
        self._now = self._instant(now)
        for row in _commands_of(commands) if commands else ():
            self._known[account, row.command_id] = row


def _key(command: CommandRow) -> Hashable:
    return "command", command.account, command.command_id
