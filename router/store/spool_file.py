"""A file of the spool: SQLite's, with one table, opened for one transaction and closed again.

What always holds:

- nothing of it is mapped into memory, as WAL's index would be: a full disk is an error of SQLite's, never SIGBUS;
- its journal is on the disk before the file is changed, and is struck out before a commit returns (`PERSIST` syncs
  that, too). A page that was half written when a process or the machine died is put back when it is opened next;
- numbers go up from the nanosecond in which the table was made: since when something waits.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from router.private_files import create_private, keep_private

FOREIGN_WAIT_SECONDS: Final = 0.2  # for programs that use the file without the spool's locks
BATCH: Final = 64  # records that are read at once
FORM: Final = 1  # of the table, in `user_version`
TABLE: Final = "CREATE TABLE records (number INTEGER PRIMARY KEY, content BLOB NOT NULL)"
INSERT: Final = "INSERT INTO records SELECT coalesce(max(number), ?) + 1, ? FROM records"
DELETE: Final = "DELETE FROM records WHERE number BETWEEN ? AND ?"
NEXT: Final = "SELECT number, content FROM records WHERE number > ? ORDER BY number LIMIT ?"
BEHIND: Final = "SELECT number, content FROM records WHERE number > ? ORDER BY number DESC"
STANDING: Final = "SELECT count(*), min(number) FROM records"
PADDING: Final = bytes(4096)
"""A record that tries the disk; a process that dies at that leaves it behind."""

JOURNAL: Final = "-journal"
DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}
)

Numbered = list[tuple[int, bytes]]


class Unfit(sqlite3.DatabaseError):
    """A file that SQLite reads, and that is not, or no longer, what the spool wrote."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is to blame and not its disk, its mode or another program: trying again is of no use."""
    code = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, Unfit) or code in DAMAGE or code & 0xFF in DAMAGE


def append(path: Path, records: Sequence[bytes]) -> int:
    """Put records behind all others, all or none; answers the last one's number once they are on the disk. The file is
    made if need be. Raises sqlite3.Error and OSError, here and below."""
    with _transaction(path) as connection:
        connection.executemany(INSERT, [(time.time_ns(), record) for record in records])
        number: int = connection.execute("SELECT max(number) FROM records").fetchone()[0]
        return number


def delete(path: Path, last: int, first: int = 0) -> None:
    """The records of these numbers."""
    with _transaction(path) as connection:
        connection.execute(DELETE, (first, last))


def following(path: Path, number: int) -> Numbered:
    """The next records behind that number, in order; needs no room on the disk."""
    with closing(_connect(path)) as connection:
        return connection.execute(NEXT, (number, BATCH)).fetchall() if _has_table(connection) else []


def batches(path: Path, losses: list[str]) -> Iterator[Numbered]:
    """All records of a file that nobody else uses, in order. What is unreadable is told in `losses`, and what lies
    behind it is read from the end."""
    last = 0
    try:
        while found := following(path, last):
            yield found
            if not last:  # and the first ones are taken
                losses.extend(_contradictions(path))
            last = found[-1][0]
    except sqlite3.DatabaseError as error:
        losses.append(str(error))
        if found := _behind(path, last):
            yield found


def standing(path: Path) -> tuple[int, float]:
    """(how many records are in the file, the instant of the first), without writing to it."""
    try:
        return _standing(path, "ro")
    except sqlite3.OperationalError:  # a writer was killed, and the next one has to put a page back
        return _standing(path, "ro&immutable=1")


def move(path: Path, to: Path) -> None:
    """With its journal: a damaged one may need it."""
    path.rename(to)
    with suppress(FileNotFoundError):
        Path(f"{path}{JOURNAL}").rename(f"{to}{JOURNAL}")
    sync_directory(to.parent)
    sync_directory(path.parent)


def remove(path: Path) -> None:
    """With its journal, which is nothing alone."""
    path.unlink()
    Path(f"{path}{JOURNAL}").unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Have its names on the disk."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def _transaction(path: Path) -> Iterator[sqlite3.Connection]:
    is_new = not path.exists()
    create_private(path)  # SQLite gives its mode to the journal
    keep_private(path)
    with closing(_connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = PERSIST")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not _has_table(connection):
                connection.execute(TABLE)
                connection.execute(f"PRAGMA user_version = {FORM}")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # what cannot be rolled back now, the journal puts back later
                connection.rollback()
            raise
    if is_new:
        sync_directory(path.parent)


def _connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    where = f"file:{quote(os.path.abspath(path))}?mode={mode}"
    connection = sqlite3.connect(where, uri=True, timeout=FOREIGN_WAIT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA mmap_size = 0")
    return connection


def _has_table(connection: sqlite3.Connection) -> bool:
    """False for a file that is new, or whose making was interrupted. Raises Unfit."""
    (form,) = connection.execute("PRAGMA user_version").fetchone()
    if form == FORM:
        return True
    if form or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise Unfit("another program's tables are in it")
    return False


def _contradictions(path: Path) -> Iterator[str]:
    """Between pages, which reading them may not notice."""
    try:
        with closing(_connect(path)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        yield found


def _behind(path: Path, last: int) -> Numbered:
    found: Numbered = []
    with suppress(sqlite3.DatabaseError), closing(_connect(path)) as connection:
        for record in connection.execute(BEHIND, (last,)):
            found.append(record)
    return found[::-1]


def _standing(path: Path, mode: str) -> tuple[int, float]:
    with closing(_connect(path, mode)) as connection:
        if not _has_table(connection):
            return 0, 0.0
        count, first = connection.execute(STANDING).fetchone()
        return count, (first or 0) / 1e9
