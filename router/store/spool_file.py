"""A file of the spool: SQLite's, with one table, written by one process.

What always holds:

- its writer has it alone (`locking_mode = EXCLUSIVE`), so WAL needs no index that is mapped into memory: a full disk is
  an error of SQLite's, never SIGBUS. One sync for each append, and what a death interrupts is nothing;
- it is read without SQLite's locks (`unix-none`): either its writer only appends to the `-wal` meanwhile, or the file
  was moved away and has no writer any more;
- numbers go up and are the nanosecond of their appending: files of several processes are read as one by them.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from router.private_files import create_private

FORM: Final = 1  # of the table, in `user_version`
TABLE: Final = "CREATE TABLE records (number INTEGER PRIMARY KEY, content BLOB NOT NULL)"
TRIAL: Final = "CREATE TABLE IF NOT EXISTS trial (id INTEGER PRIMARY KEY, content BLOB NOT NULL)"
TRY: Final = "INSERT OR REPLACE INTO trial VALUES (1, zeroblob(8192))"  # more than an event takes
INSERT: Final = "INSERT INTO records VALUES (?, ?)"
FORWARD: Final = "SELECT number, content FROM records ORDER BY number"
STANDING: Final = "SELECT count(*), min(number) FROM records"

WAL: Final = "-wal"
JOURNAL: Final = "-journal"  # while the file is made
SIDECARS: Final = (WAL, JOURNAL)

Record = tuple[int, bytes]


class SpoolFile:
    """A new file and its only writer. Not thread-safe. Raises sqlite3.Error and OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0  # about, of what was appended
        self._last = 0
        create_private(path)  # SQLite gives its mode to the sidecars
        try:
            self._connection = _connect(path, "mode=rw")
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA wal_autocheckpoint = 0")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.executescript(f"BEGIN; {TABLE}; PRAGMA user_version = {FORM}; COMMIT")
                sync_directory(path.parent)
            except BaseException:
                self._connection.close()
                raise
        except BaseException:
            with suppress(OSError):
                remove(path)
            raise

    def append(self, records: Sequence[bytes]) -> None:
        """All or none; on disk when it returns."""
        first = max(self._last + 1, time.time_ns())
        rows = list(enumerate(records, first))
        with self._transaction():
            self._connection.executemany(INSERT, rows)
        self._last = first + len(rows)
        self.size += sum(map(len, records))

    def try_out(self) -> None:
        """Write as much as an event takes where the next one would be written, and no record."""
        with self._transaction():
            self._connection.execute(TRIAL)
            self._connection.execute(TRY)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            raise

    def close(self) -> None:
        """If the file is still where it was made its `-wal` goes into it; if not, SQLite leaves both alone."""
        with suppress(sqlite3.Error):
            self._connection.close()


def read(path: Path, losses: list[str]) -> Iterator[Record]:
    """The records of a file that has no writer, in order, as far as they can be read; `losses` says what cannot."""
    try:
        with closing(_connect(path, "mode=rw&vfs=unix-none")) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":  # pages contradict each other, which reading them may not notice
                losses.append(found)
            yield from connection.execute(FORWARD) if _has_table(connection) else ()
    except sqlite3.DatabaseError as error:
        losses.append(str(error))


def delete(path: Path, last: int) -> None:
    """The records up to that number, of a file that has no writer."""
    with closing(_connect(path, "mode=rw&vfs=unix-none")) as connection:
        connection.execute("DELETE FROM records WHERE number <= ?", (last,))


def standing(path: Path) -> tuple[int, float]:
    """(how many records are in the file, the instant of the first); leaves no trace. Raises sqlite3.Error."""
    how = "vfs=unix-none" if os.path.exists(f"{path}{WAL}") else "immutable=1"
    with closing(_connect(path, f"mode=ro&{how}")) as connection:
        count, first = connection.execute(STANDING).fetchone() if _has_table(connection) else (0, 0)
        return count, (first or 0) / 1e9


def move(path: Path, to: Path) -> None:
    """With what it has in the `-wal`."""
    for sidecar in SIDECARS:
        with suppress(FileNotFoundError):
            Path(f"{path}{sidecar}").rename(f"{to}{sidecar}")
    path.rename(to)
    sync_directory(to.parent)
    sync_directory(path.parent)


def remove(path: Path) -> None:
    """The file first: a `-wal` alone is nothing."""
    path.unlink()
    for sidecar in SIDECARS:
        Path(f"{path}{sidecar}").unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Have its names on the disk."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _connect(path: Path, how: str) -> sqlite3.Connection:
    where = f"file:{quote(os.path.abspath(path))}?{how}"
    connection = sqlite3.connect(where, uri=True, timeout=0.0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def _has_table(connection: sqlite3.Connection) -> bool:
    """False for a file whose making was interrupted. Raises sqlite3.DatabaseError for another program's."""
    (form,) = connection.execute("PRAGMA user_version").fetchone()
    if form != FORM and (form or connection.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise sqlite3.DatabaseError("another program's tables are in it")
    return bool(form)
