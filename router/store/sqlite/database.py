"""The database on one machine: a SQLite file that all processes of the host share, or the memory of one process.

A transaction is one `with` block in the writers' turn; every answer to the PBX waits for its commit. `now` of a
transaction is read after its turn came, so that the limiter's instants follow the order of the commits.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from router.errors import ConfigurationError, StoreUnavailable
from router.runtime.monitoring.outage import database_away
from router.runtime.records import EventKeys
from router.store import encoding, statements
from router.store.database import FULL, Found, Session
from router.store.sqlite.connections import ProcessConnections
from router.store.sqlite.memory import MemoryConnections
from router.store.sqlite.obstacles import explained
from router.store.statement import Asked, Row, Statement, Value

Now = Callable[[], float]


class SqliteSession:
    """`database.Session`; who has begun it has the whole file."""

    asks_ahead = False
    dialect = 1

    def __init__(self, connection: sqlite3.Connection, now: float, keep: Callable[[], object]) -> None:
        """`keep` commits."""
        self.now = now
        self._execute = connection.execute
        self._keep = keep

    def run(self, asked: Sequence[Asked]) -> list[list[Row]]:
        execute = self._execute
        return [execute(statement.sqlite, values).fetchall() if statement.sqlite else [] for statement, values in asked]

    def load(self, before: Sequence[Asked], several: Sequence[EventKeys]) -> list[Found]:
        self.run(before)
        return [self._load(names) for names in several]

    def _load(self, names: EventKeys) -> Found:
        account, entry_id, commands = names.account, names.entry_id, []
        if names.command_id:
            found = self._execute(statements.COMMAND.sqlite, (account, names.command_id)).fetchall()
            commands = [encoding.command_from(columns) for columns in found]
            entry_id = entry_id or "".join(command.entry_id for command in commands)
        row = self._execute(statements.LOAD.sqlite, (account, names.dedupe, entry_id)).fetchone()
        digest, state, shift, *serving = row
        return Found(entry_id, digest, state, shift, serving, commands, open_commands=False, presence=None)

    def lock_account(self, account: str) -> None:
        """It is locked."""

    def commit(self, writes: Sequence[Asked]) -> None:
        self.run(writes)
        self._keep()


class SqliteDatabase:
    """`database.Database`. `now` yields Unix seconds."""

    side_by_side = False

    def __init__(self, connections: ProcessConnections | MemoryConnections, now: Now = time.time) -> None:
        self.now = now
        self._process = connections

    @classmethod
    def at(cls, path: str, now: Now = time.time, durability: str = FULL, *, migrates: bool = True) -> "SqliteDatabase":
        """The file at a path; with `migrates` it is made if need be, and brought up to date."""
        directory = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(directory):
            raise ConfigurationError(f"the database {path} cannot be made: there is no directory {directory}")
        database = cls(ProcessConnections(path, durability), now)
        if migrates:
            try:
                with _failing_as_unavailable(path):
                    database._process.here.migrate()
            except StoreUnavailable as error:
                database_away(error, "the start")
        return database

    def read(self, statement: Statement, values: Sequence[Value]) -> list[Row]:
        here = self._process.here
        with _failing_as_unavailable(here.path), here.reading() as connection:
            return connection.execute(statement.sqlite, values).fetchall()

    @contextmanager
    def writing(self, patience_seconds: float | None) -> Iterator[Session]:
        here = self._process.here
        with _failing_as_unavailable(here.path), here.writing() as connection:
            here.begin(connection)
            try:
                yield SqliteSession(connection, self.now(), lambda: here.commit(connection))
            finally:
                connection.rollback()  # does nothing after a commit

    @contextmanager
    def looking(self) -> Iterator[Session]:
        here = self._process.here
        with _failing_as_unavailable(here.path), here.looking() as connection:
            yield SqliteSession(connection, self.now(), connection.rollback)

    def committed(self, *, news: bool) -> None:
        """SQLite counts changes by itself."""

    def commits_seen(self) -> int:
        here = self._process.here
        with _failing_as_unavailable(here.path):
            return here.commits_seen()

    def verify(self) -> None:
        """Opening it brought it up to date."""

    def close(self) -> None:
        self._process.here.close()


@contextmanager
def _failing_as_unavailable(path: str) -> Iterator[None]:
    """What SQLite or the disk refuse (full, read-only, locked, damaged) is one error; a second row of one key is a
    mistake of the caller."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise ValueError(f"the store already has it: {error}") from error
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"the database does not take it: {explained(path, error)}") from error
