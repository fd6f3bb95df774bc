"""SQLite in the memory of one process: for tests and for programs that may forget.

One connection, and one lock around it: a thread that has it does with it what several connections to a file would do.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache

from router.errors import StoreUnavailable
from router.store.sqlite.opening import STATEMENTS_CACHED
from router.store.sqlite.schema import migrate


class MemoryConnections:
    """What `connections.Connections` is to a file."""

    path = ":memory:"

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._connection = _connect()
        self._connection.deserialize(_empty())
        self._commits = 0

    @property
    def here(self) -> "MemoryConnections":
        return self

    def take(self) -> sqlite3.Connection:
        self._lock.acquire()
        if self._connection.in_transaction:
            self._lock.release()
            raise StoreUnavailable("a transaction within a transaction never gets its turn")
        return self._connection

    def give_back(self, error: BaseException | None) -> None:
        self._lock.release()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._connection

    looking = reading

    def begin(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")

    def commit(self, connection: sqlite3.Connection) -> int:
        connection.commit()
        self._commits += 1
        return self._commits

    def sync(self, generation: int) -> None:
        """There is no disk."""

    def commits_seen(self) -> int:
        return self._commits

    def migrate(self) -> None:
        """It was made up to date."""

    def close(self) -> None:
        """Nothing is left of it when nobody refers to it."""


def _connect() -> sqlite3.Connection:
    return sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_CACHED
    )


@cache
def _empty() -> bytes:
    """The tables without a row; copying them is quicker than making them."""
    with closing(_connect()) as connection:
        migrate(connection)
        return connection.serialize()
