"""What can be read and written inside one transaction of the memory store."""

from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any, Final, TypeVar

import msgspec

from router.engine.state import Call
from router.history.journal import NOTIFY, QUEUED, SENT, CommandRow, Record
from router.runtime.outbox.schedule import serving_order
from router.runtime.records import AccountState, ActiveVersion, EventContext, EventKeys, Share
from router.store import encoding
from router.store.after_commit import AfterCommit
from router.store.memory_aging import MemoryAging
from router.store.memory_tables import CallRow, Tables, VersionRow
from router.store.rebase_clock import Slot, moved

Key = TypeVar("Key")
Row = TypeVar("Row")

_SAVED_COLUMNS: Final = (*encoding.CALL_COLUMNS[:3], "live", *encoding.CALL_COLUMNS[3:], "wake_at", "state")


class MemoryReading:
    """`runtime.ports.Reading`, under the store's lock."""

    def __init__(self, tables: Tables, now: float) -> None:
        self._tables = tables
        self.now = now

    def candidates(self, account: str, limit: int) -> list[CommandRow]:
        mine = [row for row in self._tables.commands.values() if row.account == account and row.command != NOTIFY]
        on_the_wire = {row.entry_id for row in mine if row.state == SENT and row.answered is None} - {""}
        queued = [row for row in mine if row.state == QUEUED and row.entry_id not in on_the_wire]
        taken: Counter[str] = Counter()
        found = []
        for row in sorted(queued, key=serving_order):
            taken[row.command] += 1
            if taken[row.command] <= limit:
                found.append(row)
        return found

    def notifications(self, account: str, limit: int) -> list[CommandRow]:
        found = [
            row
            for row in self._tables.commands.values()
            if (row.account, row.command, row.state) == (account, NOTIFY, QUEUED)
        ]
        return sorted(found, key=lambda row: (row.not_before, row.queued, row.command_id))[:limit]

    def slots(self, account: str) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        mine = [(window, slot) for (owner, window, _claim), slot in self._tables.slots.items() if owner == account]
        for free_at, window in sorted((slot.free_at, window) for window, slot in mine):
            if free_at > self.now:
                found.setdefault(window, []).append(free_at)
        return found

    def shares(self, account: str) -> dict[str, Share]:
        return {window: share for (owner, window), share in self._tables.shares.items() if owner == account}

    def all_slots(self) -> dict[str, dict[str, list[float]]]:
        accounts = sorted({account for account, _window, _claim in self._tables.slots})
        return {account: slots for account in accounts if (slots := self.slots(account))}

    def all_shares(self) -> list[tuple[str, Share]]:
        return [(account, share) for (account, _window), share in self._tables.shares.items()]

    def pauses(self) -> dict[str, AccountState]:
        return {name: row for name, row in self._tables.standings.items() if row.paused_until > self.now}

    def waiting(self, notifications: bool) -> dict[str, int]:
        rows = self._tables.commands.values()
        names = {row.account for row in rows if row.state == QUEUED and (row.command == NOTIFY) == notifications}
        return {name: self._tables.marks.get(name, 0) for name in sorted(names)}

    def clock_shift(self) -> float:
        return self._tables.shift

    def standing(self, account: str) -> AccountState:
        return self._tables.standings.get(account, AccountState())

    def paused_until(self, account: str) -> tuple[float, str]:
        return encoding.paused(self.standing(account), self.serving(account), self.now)

    def serving(self, account: str) -> ActiveVersion:
        return self._tables.serving.get(account, ActiveVersion())

    def unanswered(self, by: float, limit: int) -> list[CommandRow]:
        due = [(row.lease, row.command_id, row) for row in self._sent() if row.answered is None and row.lease]
        return [row for lease, _id, row in sorted(due, key=lambda item: item[:2]) if lease <= by][:limit]

    def unconfirmed(self, by: float, limit: int) -> list[CommandRow]:
        due = [(row.answered, row.command_id, row) for row in self._sent() if row.answered is not None]
        return [row for answered, _id, row in sorted(due, key=lambda item: item[:2]) if answered <= by][:limit]

    def awaited(self) -> tuple[float | None, float | None]:
        leases = [row.lease for row in self._sent() if row.answered is None and row.lease is not None]
        answers = [row.answered for row in self._sent() if row.answered is not None]
        return min(leases, default=None), min(answers, default=None)

    def command(self, account: str, command_id: str) -> CommandRow | None:
        return self._tables.commands.get((account, command_id))

    def presence(self, account: str) -> dict[str, str]:
        return {abonent: status for (owner, abonent), status in self._tables.presence.items() if owner == account}

    def remembers(self, account: str, list_name: str, value: str) -> bool:
        return self._tables.remembered.get((account, list_name, value), self.now) > self.now

    def _sent(self) -> list[CommandRow]:
        return [row for row in self._tables.commands.values() if row.state == SENT]


class MemoryTransaction(MemoryReading, MemoryAging):
    """`runtime.ports.Transaction`."""

    def __init__(self, tables: Tables, now: float) -> None:
        super().__init__(tables, now)
        self.actions = AfterCommit()
        self.after_commit = self.actions.add
        self._undoing: list[Callable[[], object]] = []

    def undo(self) -> None:
        """Take back every write, the last one first."""
        while self._undoing:
            self._undoing.pop()()

    def expect(self, several: Sequence[EventKeys]) -> None:
        """What is read takes no way that could be saved."""

    def load(
        self, account: str, *, dedupe: str | None = None, entry_id: str = "", command_id: str = ""
    ) -> EventContext:
        command = self.command(account, command_id) if command_id else None
        row = self._tables.calls.get((account, entry_id or (command.entry_id if command is not None else "")))
        return EventContext(
            known=None if dedupe is None else self._tables.digests.get((account, dedupe)),
            call=None if row is None else encoding.call_from(row.state, self._tables.shift),
            command=command,
            serving=self.serving(account),
            clock_shift=self._tables.shift,
        )

    def save_call(self, call: Call) -> None:
        columns = dict(zip(_SAVED_COLUMNS, encoding.call_columns(call), strict=True))
        key = (call.account, call.entry_id)
        self._put(self._tables.calls, key, CallRow(columns=columns))
        if key in self._tables.masked:
            self._tables.masked.discard(key)
            self._undoing.append(lambda: self._tables.masked.add(key))

    def record(self, record: Record) -> None:
        if record.dedupe is not None:
            self._put_new(self._tables.digests, (record.account, record.dedupe), record.digest)
        self._tables.journal.append(encoding.record_columns(record))
        self._undoing.append(self._tables.journal.pop)

    def queue(self, command: CommandRow) -> None:
        self._put_new(self._tables.commands, (command.account, command.command_id), command)
        self._mark(command.account)

    def update_command(self, command: CommandRow) -> None:
        if (command.account, command.command_id) in self._tables.commands:
            self._put(self._tables.commands, (command.account, command.command_id), command)
            self._mark(command.account)

    def queued_commands(self, account: str, entry_id: str) -> list[CommandRow]:
        found = [
            row
            for row in self._tables.commands.values()
            if (row.account, row.entry_id, row.state) == (account, entry_id, QUEUED)
        ]
        return sorted(found, key=serving_order)

    def claim(self, row: CommandRow) -> bool:
        return self.command(row.account, row.command_id) == row

    def take_slot(self, account: str, window: str, claim: str, free_at: float) -> None:
        for key, slot in tuple(self._tables.slots.items()):
            if key[0] == account and slot.free_at <= self.now:
                self._drop(self._tables.slots, key)
        self._put(self._tables.slots, (account, window, claim), Slot(free_at=free_at))
        self._mark(account)

    def free_slots(self, account: str, claim: str, free_at: Mapping[str, float]) -> None:
        for window, instant in free_at.items():
            if (account, window, claim) in self._tables.slots:
                self._put(self._tables.slots, (account, window, claim), Slot(free_at=instant))
        self._mark(account)

    def save_standing(self, account: str, standing: AccountState) -> None:
        self._put(self._tables.standings, account, standing)
        self._mark(account)

    def save_share(self, account: str, share: Share) -> None:
        self._put(self._tables.shares, (account, share.window), share)
        self._mark(account)

    def shift_clock(self, seconds: float) -> None:
        self._tables.shift += seconds
        self._undoing.append(lambda: setattr(self._tables, "shift", self._tables.shift - seconds))
        tables = self._tables
        open_ones: tuple[dict[Any, Any], ...] = (tables.slots, tables.standings, tables.shares, tables.commands)
        for table in open_ones:
            for key, row in tuple(table.items()):
                self._put(table, key, moved(row, seconds))
        for key, call in tuple(tables.calls.items()):
            if call.wake_at is not None:
                self._put(tables.calls, key, CallRow(columns={**call.columns, "wake_at": call.wake_at + seconds}))
        for account in tuple(self._tables.marks):
            self._mark(account)

    def pause(self, account: str, until: float, reason: str) -> None:
        paused = msgspec.structs.replace(self.standing(account), paused_until=until, reason=reason)
        self.save_standing(account, paused)

    def set_presence(self, account: str, abonent: str, status: str) -> None:
        self._put(self._tables.presence, (account, abonent), status)

    def remember(self, account: str, list_name: str, value: str, keep_seconds: float | None) -> None:
        for key, kept_until in tuple(self._tables.remembered.items()):
            if kept_until <= self.now:
                self._drop(self._tables.remembered, key)
        self._put(
            self._tables.remembered,
            (account, list_name, value),
            inf if keep_seconds is None else self.now + keep_seconds,
        )

    def store_version(self, account: str, version: str, content: bytes, activate: bool, image: bytes = b"") -> None:
        key = (account, version)
        row = self._tables.versions.get(key) or VersionRow(version=version, content=content, created=self.now)
        self._put(self._tables.versions, key, replace(row, image=image or row.image))
        if activate:
            self.save_serving(account, ActiveVersion(active=version, paused=self.serving(account).paused))

    def save_serving(self, account: str, serving: ActiveVersion) -> None:
        before = self.serving(account)
        self._mark(account)
        self._put(self._tables.serving, account, serving)
        for version in {serving.active, serving.canary} - {before.active, before.canary, None, ""}:
            self._change_version(account, str(version), activated=self.now)

    def touch(self) -> None:
        """Memory takes every write."""

    def note_pause(self, account: str, by: str) -> None:
        self._put(self._tables.pause_notes, account, (self.now if by else 0.0, by))

    def followed(self, account: str) -> dict[str, float]:
        rows = self._tables.versions.items()
        return {version: row.followed for (owner, version), row in rows if owner == account and row.followed}

    def note_followed(self, account: str, version: str, at: float) -> None:
        self._change_version(account, version, followed=at)

    def note_version(self, account: str, version: str, note: str) -> None:
        self._change_version(account, version, note=note)

    def _change_version(self, account: str, version: str, **fields: Any) -> None:
        row = self._tables.versions.get((account, version))
        if row is not None:
            self._put(self._tables.versions, (account, version), replace(row, **fields))

    def _mark(self, account: str) -> None:
        self._put(self._tables.marks, account, self._tables.marks.get(account, 0) + 1)

    def _put(self, table: MutableMapping[Key, Row], key: Key, row: Row) -> None:
        if key in table:
            before = table[key]
            self._undoing.append(lambda: table.__setitem__(key, before))
        else:
            self._undoing.append(lambda: table.__delitem__(key))
        table[key] = row

    def _put_new(self, table: MutableMapping[Key, Row], key: Key, row: Row) -> None:
        if key in table:
            raise ValueError(f"the store already has it: {key}")
        self._put(table, key, row)

    def _drop(self, table: MutableMapping[Key, Row], key: Key) -> None:
        before = table.pop(key)
        self._undoing.append(lambda: table.__setitem__(key, before))
