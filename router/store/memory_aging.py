"""`runtime.ports_aging.Aging` over the memory store's tables."""

from collections.abc import Callable, MutableMapping
from typing import Any

from router.engine.state import ENDED
from router.history.journal import QUEUED, SENT
from router.runtime.records import ActiveVersion
from router.store import encoding
from router.store.memory_tables import Tables

ACCOUNT, ENTRY_ID, AT, DEDUPE = (encoding.RECORD_FIELDS.index(name) for name in ("account", "entry_id", "at", "dedupe"))


def old_calls(tables: Tables, before: float) -> list[tuple[str, str]]:
    """Ended by then and without a command under way, oldest first."""
    busy = {(row.account, row.entry_id) for row in tables.commands.values() if row.state in (QUEUED, SENT)}
    found = [
        (row.columns["started"], key)
        for key, row in tables.calls.items()
        if row.columns["status"] == ENDED and row.columns["ended"] < before and key not in busy
    ]
    return [key for _started, key in sorted(found)]


def stray_lines(tables: Tables, before: float) -> list[list[Any]]:
    """Older lines of the journal that belong to no call."""
    return [
        line for line in tables.journal if line[AT] < before and (line[ACCOUNT], line[ENTRY_ID]) not in tables.calls
    ]


def stray_commands(tables: Tables, before: float) -> list[tuple[str, str]]:
    """Older commands that are over and belong to no call."""
    return [
        key
        for key, row in tables.commands.items()
        if row.queued < before
        and row.state not in (QUEUED, SENT)
        and (row.account, row.entry_id) not in tables.calls
    ]  # fmt: skip


class MemoryAging:
    """Mixed into the transaction, whose tables and undoing it uses."""

    _tables: Tables
    _undoing: list[Callable[[], object]]

    def ended_calls(self, before: float, limit: int, *, unmasked: bool = False) -> list[tuple[str, str]]:
        found = old_calls(self._tables, before)
        return [key for key in found if not (unmasked and key in self._tables.masked)][:limit]

    def forget_call(self, account: str, entry_id: str) -> tuple[int, int]:
        lines = self.forget_journal(account, entry_id)
        commands = [
            key for key, row in self._tables.commands.items() if (row.account, row.entry_id) == (account, entry_id)
        ]
        for key in commands:
            self._forget(self._tables.commands, key)
        self._forget(self._tables.calls, (account, entry_id))
        return lines, len(commands)

    def forget_journal(self, account: str, entry_id: str) -> int:
        return self._forget_lines(
            [line for line in self._tables.journal if (line[ACCOUNT], line[ENTRY_ID]) == (account, entry_id)]
        )

    def mark_masked(self, account: str, entry_id: str) -> None:
        self._tables.masked.add((account, entry_id))
        self._undoing.append(lambda: self._tables.masked.discard((account, entry_id)))

    def sweep_journal(self, before: float, after: int, limit: int) -> tuple[int, int | None]:
        """All at once: there is no one to wait for it."""
        return self._forget_lines(stray_lines(self._tables, before)), None

    def forget_commands(self, before: float, limit: int) -> int:
        found = stray_commands(self._tables, before)[:limit]
        for key in found:
            self._forget(self._tables.commands, key)
        return len(found)

    def forget_version(self, account: str, version: str) -> None:
        on_it = any(
            row.live and row.version == version for (owner, _), row in self._tables.calls.items() if owner == account
        )
        serving = self._tables.serving.get(account, ActiveVersion())
        is_served = version in (serving.active, serving.canary)
        if not is_served and not on_it and (account, version) in self._tables.versions:
            self._forget(self._tables.versions, (account, version))

    def _forget_lines(self, lines: list[list[Any]]) -> int:
        before, gone = list(self._tables.journal), {id(line) for line in lines}
        for line in lines:
            if line[DEDUPE] is not None:
                self._forget(self._tables.digests, (line[ACCOUNT], line[DEDUPE]))
        self._tables.journal[:] = [line for line in before if id(line) not in gone]
        self._undoing.append(lambda: self._tables.journal.__setitem__(slice(None), before))
        return len(lines)

    def _forget(self, table: MutableMapping[Any, Any], key: Any) -> None:
        row = table.pop(key)
        self._undoing.append(lambda: table.__setitem__(key, row))
