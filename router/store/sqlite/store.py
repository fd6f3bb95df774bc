"""The store on one machine: a SQLite file that all processes of the host share.

A transaction is one `with` block in the writers' turn; every answer to the PBX waits for its commit. What always holds:
an event, its call's state and its commands are kept together or not at all, and `now` of a transaction is read after
its turn came, so that the limiter's instants follow the order of the commits.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from router.engine.codec import decode_call
from router.engine.state import Call
from router.errors import ConfigurationError, StoreUnavailable
from router.history.journal import CommandRow, Record
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Reading, Transaction
from router.runtime.records import Activation, ActiveVersion, Figures
from router.store import encoding
from router.store.sqlite import sql
from router.store.sqlite.connections import FULL, ProcessConnections
from router.store.sqlite.obstacles import explained
from router.store.sqlite.transaction import SqliteReading, SqliteTransaction

log = structlog.get_logger()


class SqliteStore:
    """`runtime.ports.Store` over the file `path`; `now` yields Unix seconds."""

    writers = 1
    side_by_side = False

    def __init__(
        self, path: str, now: Callable[[], float] = time.time, durability: str = FULL, *, migrates: bool = True
    ) -> None:
        directory = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(directory):
            raise ConfigurationError(f"the database {path} cannot be made: there is no directory {directory}")
        self.now = self._now = now
        self._path = path
        self._connections = ProcessConnections(path, durability)
        if not migrates:
            return
        try:
            with self._failing_as_unavailable():
                self._connections.here.migrate()
        except StoreUnavailable as error:
            database_away(error, "the start")

    @contextmanager
    def transaction(self, patience_seconds: float | None = None) -> Iterator[Transaction]:
        here = self._connections.here
        with self._failing_as_unavailable(), here.writing() as connection:
            here.begin(connection)
            transaction = SqliteTransaction(connection, self._now())
            try:
                yield transaction
                here.commit(connection)
            except BaseException:
                connection.rollback()
                raise
        transaction.actions.run()

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        with self._reading() as connection:
            connection.execute("BEGIN")
            try:
                yield SqliteReading(connection, self._now())
            finally:
                connection.rollback()

    def due_calls(self, before: float, limit: int = 100) -> list[tuple[str, str]]:
        return self._rows(sql.DUE_CALLS, (before, limit))

    def next_wake(self) -> float | None:
        found: float | None = self._row(sql.NEXT_WAKE)[0]
        return found

    def changed(self) -> int:
        with self._failing_as_unavailable():
            return self._connections.here.commits_seen()

    def version_content(self, account: str, version: str) -> bytes | None:
        found = self._rows(sql.VERSION_CONTENT, (account, version))
        return found[0][0] if found else None

    def version_of(self, account: str, content: bytes) -> str | None:
        found = self._rows(sql.VERSION_OF, (account, content))
        return found[0][0] if found else None

    def version_image(self, account: str, version: str) -> bytes:
        found = self._rows(sql.VERSION_IMAGE, (account, version))
        return found[0][0] if found else b""

    def accounts(self) -> list[str]:
        return [name for (name,) in self._rows(sql.ACCOUNTS)]

    def versions(self, account: str) -> list[dict[str, Any]]:
        return [encoding.version_item(*columns) for columns in self._rows(sql.VERSIONS, (account,))]

    def serving(self, account: str) -> ActiveVersion:
        found = self._rows(sql.SERVING, (account,))
        return encoding.serving_from(found[0] if found else None)

    def pause_note(self, account: str) -> tuple[float, str]:
        found = self._rows(sql.PAUSE_NOTE, (account,))
        return (found[0][0], found[0][1]) if found else (0.0, "")

    def active_versions(self) -> dict[str, Activation]:
        return {account: encoding.active_from(columns) for account, *columns in self._rows(sql.ACTIVE_VERSIONS)}

    def last_events(self, limit: int) -> dict[str, float]:
        return dict(self._rows(sql.LAST_EVENTS, (limit,)))

    def canaries(self) -> dict[str, ActiveVersion]:
        return {account: encoding.serving_from(serving) for account, *serving in self._rows(sql.CANARIES)}

    def figures(self, account: str, version: str, since: float) -> Figures:
        calls, missed, failing = self._row(sql.FIGURES, (account, version, since))
        return Figures(calls=calls, missed=missed, failing=failing)

    def calls(self, account: str | None, filters: Mapping[str, str], limit: int, after: str) -> list[dict[str, Any]]:
        wanted = encoding.read_filters(filters)
        if account is not None:
            wanted["account"] = account
        conditions = [sql.CALL_FILTERS[name] for name in wanted]
        values = list(wanted.values())
        if after:
            conditions.append(sql.CALL_FILTERS["cursor"])
            values.extend(encoding.decode_cursor(after))
        statement = sql.CALLS.format(conditions=" AND ".join(conditions) or "TRUE")
        return [encoding.call_item(columns) for columns in self._rows(statement, (*values, limit))]

    def call(self, account: str | None, entry_id: str) -> Call | None:
        if account is None:
            found = self._rows(sql.CALL_OF_ANY_ACCOUNT, (entry_id,))
        else:
            found = self._rows(sql.CALL, (account, entry_id))
        return decode_call(found[0][0]) if found else None

    def journal(self, account: str, entry_id: str) -> list[Record]:
        return [encoding.record_from(columns) for columns in self._rows(sql.JOURNAL, (account, entry_id))]

    def last_record(self) -> int:
        return int(self._row(sql.LAST_RECORD)[0])

    def records_after(self, number: int, limit: int) -> list[tuple[int, str, str, float, str]]:
        return self._rows(sql.RECORDS_AFTER, (number, limit))

    def commands(
        self, account: str | None, *, entry_id: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[CommandRow]:
        if entry_id is None:
            found = self._rows(sql.COMMANDS_NEWEST, (account, state, limit))
        else:
            found = self._rows(sql.COMMANDS_OF_CALL, (entry_id, account, state, limit))
        return [encoding.command_from(columns) for columns in found]

    def queue_depths(self) -> dict[tuple[str, str], int]:
        return {(account, command): depth for account, command, depth in self._rows(sql.QUEUE_DEPTHS)}

    def slots(self, account: str) -> dict[str, list[float]]:
        with self.snapshot() as reading:
            return reading.slots(account)

    def live_calls(self) -> dict[tuple[str, str], int]:
        return {(account, flow): count for account, flow, count in self._rows(sql.LIVE_CALLS)}

    def older_than(self, before: float) -> dict[str, int]:
        return dict(zip(("calls", "events", "commands"), self._row(sql.OLDER_THAN, (before,)), strict=True))

    def ping(self) -> None:
        self._row(sql.PING)

    def verify(self) -> None:
        """Opening it brought it up to date."""

    def close(self) -> None:
        self._connections.here.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._failing_as_unavailable(), self._connections.here.reading() as connection:
            yield connection

    def _rows(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._reading() as connection:
            return connection.execute(statement, values).fetchall()

    def _row(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        return self._rows(statement, values)[0]

    @contextmanager
    def _failing_as_unavailable(self) -> Iterator[None]:
        """What SQLite or the disk refuse (full, read-only, locked, damaged) is one error; a second row of one key is a
        mistake of the caller."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise ValueError(f"the store already has it: {error}") from error
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"the database does not take it: {explained(self._path, error)}") from error
