"""The store without a disk: for tests, the simulator and one process that may forget.

It holds the same bytes as the others (a call's state and a trace are encoded on the way in), obeys the same contract,
and shares nothing between processes. A transaction holds the one lock and notes how to undo each write; that is all its
atomicity.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from router.engine.codec import decode_call
from router.engine.state import Call
from router.errors import StoreUnavailable
from router.history.journal import FAILED, QUEUED, CommandRow, Record
from router.runtime.ports import Reading, Transaction
from router.runtime.records import Activation, ActiveVersion, Figures
from router.store import encoding
from router.store.memory_aging import ACCOUNT, ENTRY_ID, old_calls, stray_commands, stray_lines
from router.store.memory_tables import Tables
from router.store.memory_transaction import MemoryReading, MemoryTransaction


class MemoryStore:
    """`runtime.ports.Store` in this process's memory; `now` yields Unix seconds."""

    writers = 1
    side_by_side = False

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = self._now = now
        self._lock = threading.RLock()
        self._tables = Tables()
        self._writing = False

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Transaction]:
        with self._lock:
            if self._writing:
                raise StoreUnavailable("a transaction within a transaction never gets its turn")
            transaction = MemoryTransaction(self._tables, self._now())
            self._writing = True
            try:
                yield transaction
            except BaseException:
                transaction.undo()
                raise
            else:
                self._tables.commits += 1
            finally:
                self._writing = False
        transaction.actions.run()

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        with self._lock:
            yield MemoryReading(self._tables, self._now())

    def due_calls(self, before: float, limit: int = 100) -> list[tuple[str, str]]:
        due = sorted((row.wake_at, key) for key, row in self._calls() if row.wake_at is not None)
        return [key for wake_at, key in due if wake_at <= before][:limit]

    def next_wake(self) -> float | None:
        return min((row.wake_at for _key, row in self._calls() if row.wake_at is not None), default=None)

    def changed(self) -> int:
        with self._lock:
            return self._tables.commits

    def version_content(self, account: str, version: str) -> bytes | None:
        with self._lock:
            found = self._tables.versions.get((account, version))
            return None if found is None else found.content

    def version_of(self, account: str, content: bytes) -> str | None:
        with self._lock:
            stored = self._tables.versions.items()
            return next(
                (row.version for (owner, _), row in stored if owner == account and row.content == content), None
            )

    def version_image(self, account: str, version: str) -> bytes:
        with self._lock:
            found = self._tables.versions.get((account, version))
            return b"" if found is None else found.image

    def accounts(self) -> list[str]:
        with self._lock:
            return sorted({account for account, _ in self._tables.versions})

    def versions(self, account: str) -> list[dict[str, Any]]:
        with self._lock:
            serving = self._tables.serving.get(account, ActiveVersion())
            live = [row.version for (owner, _), row in self._tables.calls.items() if owner == account and row.live]
            stored = [row for (owner, _), row in self._tables.versions.items() if owner == account]
        stored.sort(key=lambda row: row.created)
        return [
            encoding.version_item(
                row.version,
                row.created,
                row.activated,
                row.version == serving.active,
                row.version == serving.canary,
                live.count(row.version),
                row.note,
            )
            for row in reversed(stored)
        ]

    def serving(self, account: str) -> ActiveVersion:
        with self._lock:
            return self._tables.serving.get(account, ActiveVersion())

    def pause_note(self, account: str) -> tuple[float, str]:
        with self._lock:
            return self._tables.pause_notes.get(account, (0.0, ""))

    def active_versions(self) -> dict[str, Activation]:
        with self._lock:
            return {
                account: Activation(
                    version=serving.active or "",
                    canary=serving.canary,
                    activated=self._activated(account, serving.active) or 0.0,
                    paused=serving.paused,
                )
                for account, serving in self._tables.serving.items()
            }

    def _activated(self, account: str, version: str | None) -> float | None:
        row = self._tables.versions.get((account, version or ""))
        return None if row is None else row.activated

    def last_events(self, limit: int) -> dict[str, float]:
        with self._lock:
            found = [encoding.record_from(columns) for columns in self._tables.journal]
        told = [record for record in found if record.dedupe is not None][-limit:]
        return {record.account: max(one.at for one in told if one.account == record.account) for record in told}

    def canaries(self) -> dict[str, ActiveVersion]:
        with self._lock:
            return {account: serving for account, serving in self._tables.serving.items() if serving.canary}

    def figures(self, account: str, version: str, since: float) -> Figures:
        failing = {(row.account, row.entry_id) for row in self._commands() if row.state == FAILED}
        over = [
            (key, row.columns["outcome"])
            for key, row in self._calls()
            if key[0] == account and row.version == version and not row.live and row.columns["started"] >= since
        ]
        return Figures(
            calls=len(over),
            missed=sum(outcome == "missed" for _, outcome in over),
            failing=sum(key in failing for key, _ in over),
        )

    def calls(self, account: str | None, filters: Mapping[str, str], limit: int, after: str) -> list[dict[str, Any]]:
        wanted = encoding.read_filters(filters)
        since = wanted.pop("since", None)
        if account is not None:
            wanted["account"] = account
        place = encoding.decode_cursor(after) if after else None
        found = [
            row.columns
            for _key, row in self._calls()
            if all(row.columns[name] == value for name, value in wanted.items())
            and (since is None or row.columns["started"] >= since)
            and (place is None or _place(row.columns) < place)
        ]
        found.sort(key=_place, reverse=True)
        return [encoding.call_item([columns[name] for name in encoding.CALL_COLUMNS]) for columns in found[:limit]]

    def call(self, account: str | None, entry_id: str) -> Call | None:
        found = sorted(
            (key, row.state)
            for key, row in self._calls()
            if key[1] == entry_id and (account is None or key[0] == account)
        )
        return decode_call(found[0][1]) if found else None

    def journal(self, account: str, entry_id: str) -> list[Record]:
        with self._lock:
            lines = list(self._tables.journal)
        found = [encoding.record_from(columns) for columns in lines]
        return [record for record in found if (record.account, record.entry_id) == (account, entry_id)]

    def last_record(self) -> int:
        with self._lock:
            return len(self._tables.journal)

    def records_after(self, number: int, limit: int) -> list[tuple[int, str, str, float, str]]:
        with self._lock:
            lines = self._tables.journal[number : number + limit]
        found = enumerate(map(encoding.record_from, lines), start=number + 1)
        return [(place, record.account, record.entry_id, record.at, record.kind) for place, record in found]

    def commands(
        self, account: str | None, *, entry_id: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[CommandRow]:
        found = [
            row
            for row in self._commands()
            if (account is None or row.account == account)
            and (entry_id is None or row.entry_id == entry_id)
            and (state is None or row.state == state)
        ]
        found.sort(key=lambda row: row.queued)
        return found[:limit] if entry_id is not None else found[::-1][:limit]

    def queue_depths(self) -> dict[tuple[str, str], int]:
        return _count((row.account, row.command) for row in self._commands() if row.state == QUEUED)

    def slots(self, account: str) -> dict[str, list[float]]:
        with self.snapshot() as reading:
            return reading.slots(account)

    def live_calls(self) -> dict[tuple[str, str], int]:
        return _count((key[0], row.columns["flow"]) for key, row in self._calls() if row.live)

    def older_than(self, before: float) -> dict[str, int]:
        with self._lock:
            old = set(old_calls(self._tables, before))
            lines = [line for line in self._tables.journal if (line[ACCOUNT], line[ENTRY_ID]) in old]
            commands = [row for row in self._tables.commands.values() if (row.account, row.entry_id) in old]
            return {
                "calls": len(old),
                "events": len(lines) + len(stray_lines(self._tables, before)),
                "commands": len(commands) + len(stray_commands(self._tables, before)),
            }

    def ping(self) -> None:
        """Memory always answers."""

    def verify(self) -> None:
        """Memory fits."""

    def close(self) -> None:
        """Nothing is held open."""

    def _calls(self) -> list[tuple[tuple[str, str], Any]]:
        with self._lock:
            return list(self._tables.calls.items())

    def _commands(self) -> list[CommandRow]:
        with self._lock:
            return list(self._tables.commands.values())


def _place(columns: Mapping[str, Any]) -> tuple[float, str, str]:
    return columns["started"], columns["entry_id"], columns["account"]


def _count(keys: Iterator[tuple[str, str]]) -> dict[tuple[str, str], int]:
    counted: dict[tuple[str, str], int] = {}
    for key in keys:
        counted[key] = counted.get(key, 0) + 1
    return counted
