"""The database on one machine: a SQLite file that all processes of the host share, or the memory of one process.

A transaction is one `with` block in the writers' turn; every answer to the PBX waits for the disk. `now` of a
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
from router.store.sqlite.connections import Connections
from router.store.sqlite.forks import ProcessConnections
from router.store.sqlite.memory import MemoryConnections
from router.store.sqlite.obstacles import explained
from router.store.statement import Asked, Row, Statement, Value

Now = Callable[[], float]


class SqliteSession:
    """`database.Session`; one that writes has the whole file until its `end`."""

    asks_ahead = False
    dialect = 1

    def __init__(
        self, connection: sqlite3.Connection, clock: Now, here: Connections | MemoryConnections | None = None
    ) -> None:
        """`here` lent the connection for writing; without it this is a look."""
        self.now = clock()
        self._clock = clock
        self._connection = connection
        self._execute = connection.execute
        self._here = here
        self._given: set[str] = set()  # accounts whose row of `active` was read
        self._kept: int | None = None  # what a commit answered

    def run(self, asked: Sequence[Asked]) -> list[list[Row]]:
        execute = self._execute
        return [execute(statement.sqlite, values).fetchall() if statement.sqlite else [] for statement, values in asked]

    def load(self, before: Sequence[Asked], several: Sequence[EventKeys]) -> list[Found]:
        if before:
            self.run(before)
        return [self._load(names) for names in several]

    def _load(self, names: EventKeys) -> Found:
        account, entry_id, commands = names.account, names.entry_id, []
        if names.command_id:
            found = self._execute(statements.COMMAND.sqlite, (account, names.command_id)).fetchall()
            commands = [encoding.command_from(columns) for columns in found]
            entry_id = entry_id or "".join(command.entry_id for command in commands)
        asked = (account, names.dedupe, entry_id)
        if account in self._given:
            digest, state = self._execute(statements.LOAD_MORE.sqlite, asked).fetchone()
            return Found(entry_id, digest, state, None, None, commands, False, None)
        self._given.add(account)
        digest, state, shift, *serving = self._execute(statements.LOAD.sqlite, asked).fetchone()
        return Found(entry_id, digest, state, shift, serving, commands, False, None)

    def lock_account(self, account: str) -> None:
        """It is locked."""

    def try_account(self, before: Sequence[Asked], account: str, ahead: Sequence[Asked]) -> list[list[Row]] | None:
        self.run(before)
        self.now = self._clock()
        return []

    def commit(self, writes: Sequence[Asked]) -> None:
        self.run(writes)
        if self._here is not None:
            self._kept = self._here.commit(self._connection)

    def end(self, error: BaseException | None) -> None:
        """Give the turn to write back, and then wait for the disk."""
        if self._here is None:
            return
        try:
            self._connection.rollback()  # does nothing after a commit
        except sqlite3.Error as failed:
            error = error or failed
            raise
        finally:
            self._here.give_back(error)
        if self._kept is not None:
            self._here.sync(self._kept)


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
                database._process.here.migrate()
            except StoreUnavailable as error:
                database_away(error, "the start")
            except (sqlite3.Error, OSError) as error:
                database_away(StoreUnavailable(f"the database does not take it: {explained(path, error)}"), "the start")
        return database

    def read(self, statement: Statement, values: Sequence[Value]) -> list[Row]:
        try:
            with self._process.here.reading() as connection:
                return connection.execute(statement.sqlite, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise self.translated(error) from error

    def begin(self, patience_seconds: float | None) -> Session:
        here = self._process.here
        connection = here.take()
        session = SqliteSession(connection, self.now, here)
        try:
            here.begin(connection)
        except BaseException as error:
            session.end(error)
            raise
        return session

    @contextmanager
    def looking(self) -> Iterator[Session]:
        try:
            with self._process.here.looking() as connection:
                yield SqliteSession(connection, self.now)
        except (sqlite3.Error, OSError) as error:
            raise self.translated(error) from error

    def translated(self, error: BaseException) -> BaseException:
        if isinstance(error, sqlite3.IntegrityError):
            return ValueError(f"the store already has it: {error}")
        if isinstance(error, sqlite3.Error | OSError):
            return StoreUnavailable(f"the database does not take it: {explained(self._process.here.path, error)}")
        return error

    def committed(self, *, news: bool) -> None:
        """SQLite counts changes by itself."""

    def commits_seen(self) -> int:
        try:
            return self._process.here.commits_seen()
        except (sqlite3.Error, OSError) as error:
            raise self.translated(error) from error

    def last_line(self) -> int:
        """One transaction writes at a time, so that numbers are given out in the order of commits."""
        return int(self.read(statements.LAST_RECORD, ())[0][0])

    final_lines = last_line

    def verify(self) -> None:
        """Opening it brought it up to date."""

    def close(self) -> None:
        self._process.here.close()
