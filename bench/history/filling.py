"""Fills a database with kept calls, quickly, and from where a run was broken off.

The indexes of the tables are put down before and built anew at the end; how far it has come is a row that is kept with
the rows themselves. Commits do not wait for the disk: what a crash of the machine takes is made again.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import cycle, islice
from typing import Any, Final, Protocol

import psycopg

from bench.history.clones import TABLES, Original, Rows, add_clone, originals
from router.store import open_store
from router.store.postgres.migrate import migrate

ACCOUNT: Final = "bench-0"
CHUNK: Final = 1000  # calls of one commit
YEAR: Final = 365 * 86_400.0
LAST: Final = 1_795_000_000.0  # when the newest call began
_PROGRESS: Final = "CREATE TABLE IF NOT EXISTS bench_history (definition TEXT NOT NULL, calls INTEGER NOT NULL)"
_DONE: Final = "SELECT coalesce(max(calls), 0) FROM bench_history WHERE definition = ''"


class Filled(Protocol):
    """A database that is being filled."""

    def done(self) -> int:
        """How many calls it has."""

    def begin(self) -> None:
        """Put down the indexes."""

    def write(self, rows: Rows, done: int) -> None:
        """In one commit."""

    def finish(self) -> None:
        """Build the indexes, and gather statistics."""


def fill(database: str, calls: int, say: Callable[[int], Any] = lambda done: None) -> None:
    """Have so many calls kept, spread over a year; `say` hears how many there are."""
    with _opened(database) as filled:
        done = filled.done()
        if done >= calls:
            return
        filled.begin()
        played: Iterator[Original] = islice(cycle(originals()), done, None)
        for start in range(done, calls, CHUNK):
            rows = Rows([], [], [])
            end = min(calls, start + CHUNK)
            for number, original in zip(range(start, end), played, strict=False):
                add_clone(rows, original, number, ACCOUNT, LAST - YEAR + YEAR * number / calls)
            rows.journal.sort(key=_at)
            filled.write(rows, end)
            say(end)
        filled.finish()


def _at(row: tuple[Any, ...]) -> float:
    return float(row[_AT])


_AT: Final = TABLES["journal"].index("at")


def _opened(database: str) -> AbstractContextManager[Filled]:
    return _postgres(database) if database.startswith("postgresql:") else _sqlite(database)


# SQLite


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for pragma in ("synchronous = off", "cache_size = -400000", "temp_store = memory"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(_PROGRESS)

    def done(self) -> int:
        return int(self._connection.execute(_DONE).fetchone()[0])

    def begin(self) -> None:
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (?, ?, ?)"
        for name, definition in self._connection.execute(found, tuple(TABLES)).fetchall():
            self._connection.execute("INSERT INTO bench_history VALUES (?, 0)", (definition,))
            self._connection.execute(f"DROP INDEX {name}")
        self._connection.commit()

    def write(self, rows: Rows, done: int) -> None:
        for (table, columns), content in zip(TABLES.items(), rows, strict=True):
            places = ", ".join("?" * len(columns))
            self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", content)
        self._connection.execute("INSERT INTO bench_history VALUES ('', ?)", (done,))
        self._connection.commit()

    def finish(self) -> None:
        wanted = "SELECT DISTINCT definition FROM bench_history WHERE definition <> ''"
        for (definition,) in self._connection.execute(wanted).fetchall():
            self._connection.execute(definition)
        self._connection.execute("DELETE FROM bench_history WHERE definition <> ''")
        self._connection.commit()


@contextmanager
def _sqlite(database: str) -> Iterator[Filled]:
    open_store(database).close()
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        yield _Sqlite(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# PostgreSQL


class _Postgres:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")
        connection.execute(_PROGRESS.encode())

    def done(self) -> int:
        (done,) = self._connection.execute(_DONE.encode()).fetchone() or (0,)
        return int(done)

    def begin(self) -> None:
        found = """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary
        """
        for name, definition in self._connection.execute(found, [list(TABLES)]).fetchall():
            self._connection.execute("INSERT INTO bench_history VALUES (%s, 0)", [definition])
            self._connection.execute(f"DROP INDEX {name}".encode())
        self._connection.commit()

    def write(self, rows: Rows, done: int) -> None:
        for (table, columns), content in zip(TABLES.items(), rows, strict=True):
            _copy(self._connection, table, columns, content)
        self._connection.execute("INSERT INTO bench_history VALUES ('', %s)", [done])
        self._connection.commit()

    def finish(self) -> None:
        wanted = "SELECT DISTINCT definition FROM bench_history WHERE definition <> ''"
        for (definition,) in self._connection.execute(wanted).fetchall():
            self._connection.execute(definition.encode())
        self._connection.execute("DELETE FROM bench_history WHERE definition <> ''")
        self._connection.commit()
        self._connection.autocommit = True
        for table in TABLES:
            self._connection.execute(f"VACUUM (ANALYZE) {table}".encode())


def _copy(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _postgres(database: str) -> Iterator[Filled]:
    migrate(database)
    with psycopg.connect(database) as connection:
        yield _Postgres(connection)
