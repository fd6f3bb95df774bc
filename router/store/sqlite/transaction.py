"""What can be read and written inside one transaction of the SQLite store; begun and ended by `sqlite`."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from router.engine.state import Call
from router.history.journal import CommandRow, Record
from router.runtime.outbox.schedule import serving_order
from router.runtime.records import AccountState, ActiveVersion, EventContext, EventKeys, Share
from router.store import encoding
from router.store.after_commit import AfterCommit
from router.store.sqlite import sql
from router.store.sqlite.aging import SqliteAging

SHARE_FIELDS: Final = Share.__struct_fields__
STANDING_FIELDS: Final = AccountState.__struct_fields__


class SqliteReading:
    """`runtime.ports.Reading` over one connection, inside a transaction of whatever kind."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        self._connection = connection
        self._execute = connection.execute
        self.now = now

    def candidates(self, account: str, limit: int) -> list[CommandRow]:
        found: list[CommandRow] = []
        for (kind,) in self._execute(sql.QUEUED_KINDS, (account,)).fetchall():
            found.extend(self._commands(sql.CANDIDATES, (account, kind, limit)))
        found.sort(key=serving_order)
        return found

    def notifications(self, account: str, limit: int) -> list[CommandRow]:
        return self._commands(sql.NOTIFICATIONS, (account, limit))

    def slots(self, account: str) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for window, free_at in self._execute(sql.SLOTS, (account, self.now)):
            found.setdefault(window, []).append(free_at)
        return found

    def shares(self, account: str) -> dict[str, Share]:
        return {
            row[0]: Share(**dict(zip(SHARE_FIELDS, row, strict=True))) for row in self._execute(sql.SHARES, (account,))
        }

    def all_slots(self) -> dict[str, dict[str, list[float]]]:
        found: dict[str, dict[str, list[float]]] = {}
        for account, window, free_at in self._execute(sql.ALL_SLOTS, (self.now,)):
            found.setdefault(account, {}).setdefault(window, []).append(free_at)
        return found

    def all_shares(self) -> list[tuple[str, Share]]:
        return [
            (row[0], Share(**dict(zip(SHARE_FIELDS, row[1:], strict=True)))) for row in self._execute(sql.ALL_SHARES)
        ]

    def pauses(self) -> dict[str, AccountState]:
        found = self._execute(sql.PAUSES, (self.now,))
        return {row[0]: AccountState(**dict(zip(STANDING_FIELDS, row[1:], strict=True))) for row in found}

    def waiting(self, notifications: bool) -> dict[str, int]:
        return dict(self._execute(sql.WAITING_NOTIFICATIONS if notifications else sql.WAITING).fetchall())

    def clock_shift(self) -> float:
        shift: float = self._execute(sql.CLOCK_SHIFT).fetchone()[0]
        return shift

    def standing(self, account: str) -> AccountState:
        found = self._execute(sql.STANDING, (account,)).fetchone()
        return AccountState() if found is None else AccountState(**dict(zip(STANDING_FIELDS, found, strict=True)))

    def paused_until(self, account: str) -> tuple[float, str]:
        return encoding.paused(self.standing(account), self.serving(account), self.now)

    def serving(self, account: str) -> ActiveVersion:
        return encoding.serving_from(self._execute(sql.SERVING, (account,)).fetchone())

    def unanswered(self, by: float, limit: int) -> list[CommandRow]:
        return self._commands(sql.UNANSWERED, (by, limit))

    def unconfirmed(self, by: float, limit: int) -> list[CommandRow]:
        return self._commands(sql.UNCONFIRMED, (by, limit))

    def awaited(self) -> tuple[float | None, float | None]:
        lease, answered = self._execute(sql.AWAITED).fetchone()
        return lease, answered

    def command(self, account: str, command_id: str) -> CommandRow | None:
        found = self._commands(sql.COMMAND, (account, command_id))
        return found[0] if found else None

    def presence(self, account: str) -> dict[str, str]:
        return dict(self._execute(sql.PRESENCE, (account,)).fetchall())

    def remembers(self, account: str, list_name: str, value: str) -> bool:
        return bool(self._execute(sql.REMEMBERS, (account, list_name, value, self.now)).fetchone()[0])

    def _commands(self, statement: str, values: tuple[str | float, ...]) -> list[CommandRow]:
        return [encoding.command_from(columns) for columns in self._execute(statement, values).fetchall()]


class SqliteTransaction(SqliteReading, SqliteAging):
    """`runtime.ports.Transaction`; the whole database is its lock."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        super().__init__(connection, now)
        self.actions = AfterCommit()
        self.after_commit = self.actions.add

    def expect(self, several: Sequence[EventKeys]) -> None:
        """What is read takes no way that could be saved."""

    def load(
        self, account: str, *, dedupe: str | None = None, entry_id: str = "", command_id: str = ""
    ) -> EventContext:
        command = self.command(account, command_id) if command_id else None
        wanted = entry_id or (command.entry_id if command is not None else "")
        known, state, shift, *serving = self._execute(sql.LOAD, (account, dedupe, wanted)).fetchone()
        call = encoding.call_from(state, shift)
        return EventContext(
            known=known, call=call, command=command, serving=encoding.serving_from(serving), clock_shift=shift
        )

    def save_call(self, call: Call) -> None:
        self._execute(sql.SAVE_CALL, encoding.call_columns(call))

    def record(self, record: Record) -> None:
        self._execute(sql.RECORD, encoding.record_columns(record))

    def queue(self, command: CommandRow) -> None:
        self._execute(sql.QUEUE, encoding.command_columns(command))
        self._mark(command.account)

    def update_command(self, command: CommandRow) -> None:
        self._execute(sql.UPDATE_COMMAND, (*encoding.command_columns(command), command.account, command.command_id))
        self._mark(command.account)

    def queued_commands(self, account: str, entry_id: str) -> list[CommandRow]:
        return self._commands(sql.QUEUED_OF_CALL, (account, entry_id))

    def claim(self, row: CommandRow) -> bool:
        return self.command(row.account, row.command_id) == row

    def take_slot(self, account: str, window: str, claim: str, free_at: float) -> None:
        self._execute(sql.DROP_FREE_SLOTS, (account, self.now))
        self._execute(sql.TAKE_SLOT, (account, window, claim, free_at))
        self._mark(account)

    def free_slots(self, account: str, claim: str, free_at: Mapping[str, float]) -> None:
        for window, instant in free_at.items():
            self._execute(sql.FREE_SLOT, (instant, account, window, claim))
        self._mark(account)

    def save_standing(self, account: str, standing: AccountState) -> None:
        self._execute(sql.SAVE_STANDING, (account, *msgspec.structs.astuple(standing)))
        self._mark(account)

    def save_share(self, account: str, share: Share) -> None:
        self._execute(sql.SAVE_SHARE, (account, *msgspec.structs.astuple(share)))
        self._mark(account)

    def shift_clock(self, seconds: float) -> None:
        for statement in sql.SHIFT_CLOCK:
            self._execute(statement, (seconds,) if "?1" in statement else ())

    def _mark(self, account: str) -> None:
        """Every process looks at the account again."""
        self._execute(sql.MARK, (account,))

    def pause(self, account: str, until: float, reason: str) -> None:
        self.save_standing(account, msgspec.structs.replace(self.standing(account), paused_until=until, reason=reason))

    def set_presence(self, account: str, abonent: str, status: str) -> None:
        self._execute(sql.SET_PRESENCE, (account, abonent, status))

    def remember(self, account: str, list_name: str, value: str, keep_seconds: float | None) -> None:
        kept_until = None if keep_seconds is None else self.now + keep_seconds
        self._execute(sql.FORGET, (self.now,))
        self._execute(sql.REMEMBER, (account, list_name, value, kept_until))

    def store_version(self, account: str, version: str, content: bytes, activate: bool, image: bytes = b"") -> None:
        self._execute(sql.STORE_VERSION, (account, version, content, self.now))
        if image:
            self._execute(sql.STORE_IMAGE, (image, account, version))
        if activate:
            serving = self.serving(account)
            self.save_serving(account, ActiveVersion(active=version, paused=serving.paused))

    def save_serving(self, account: str, serving: ActiveVersion) -> None:
        before = self.serving(account)
        self._mark(account)
        self._execute(sql.SAVE_SERVING, (account, *encoding.serving_columns(serving)))
        for version in {serving.active, serving.canary} - {before.active, before.canary, None, ""}:
            self._execute(sql.STAMP_ACTIVATION, (self.now, account, version))

    def touch(self) -> None:
        for statement in sql.TOUCH:
            self._execute(statement, (encoding.NO_ACCOUNT,))

    def note_pause(self, account: str, by: str) -> None:
        self._execute(sql.NOTE_PAUSE, (self.now if by else 0.0, by, account))

    def followed(self, account: str) -> dict[str, float]:
        return dict(self._execute(sql.FOLLOWED, (account,)).fetchall())

    def note_followed(self, account: str, version: str, at: float) -> None:
        self._execute(sql.NOTE_FOLLOWED, (at, account, version))

    def note_version(self, account: str, version: str, note: str) -> None:
        self._execute(sql.NOTE_VERSION, (note, account, version))
