"""A SQLite file: what it is, whose, whole or damaged, and what a write costs.

SQLite itself is asked last: a FIFO, a directory or another program's file is told as what it is.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Final
from urllib.parse import quote

from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, several, wrong
from router.cli.doctor.machine import file_system, kind_of, owned, remedy_of, this_user
from router.store import encoding, statements
from router.store.sqlite.database import SqliteSession
from router.store.sqlite.database_file import of_one_state
from router.store.sqlite.obstacles import RESTORE as PUT_BACK
from router.store.sqlite.schema import MIGRATIONS

AREA: Final = "database"
NO_FILE: Final = f"if there was one: put it back, or {PUT_BACK}; else start the router once, or mend IVR_DATABASE"
HEADER: Final = b"SQLite format 3\0"
NETWORK_FILE_SYSTEMS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})
OURS: Final = frozenset({"calls", "journal", "commands", "versions"})
CHECK_SECONDS: Final = 1.0  # of reading it through: a large file is looked at in part
CHECK_STEPS: Final = 2000  # SQLite's, between two looks at the clock
TURN_SECONDS: Final = 2.0
WRITES: Final = 3
SLOW_SECONDS: Final = 0.05
FULL_BYTES: Final = 256 * 1024  # less is left: SQLite needs that for a transaction and its shared memory
RESTORE: Final = "stop the router and restore a backup: `ivr restore BACKUP` keeps the file aside"

Usable = Generator[Diagnosis, None, bool]
"""Yields what was found, and answers whether it can be read."""


def sqlite_file(path: Path) -> Usable:
    """All of it, in the order in which one thing makes the next one possible."""
    if not (yield from _is_there(path)):
        return False
    if not (yield from _is_sqlite(path)):
        return False
    if not of_one_state(str(path)):  # before SQLite applies one to the other
        told = f"{path}-wal belongs to another state of the database than {path}: a backup was copied there"
        yield wrong(AREA, told, "stop the router and run `ivr restore BACKUP` (docs/restore.md)")
        return False
    kind = file_system(path.absolute())
    if kind in NETWORK_FILE_SYSTEMS:
        yield wrong(AREA, f"{path} is on {kind}", "SQLite needs a local disk; several machines need PostgreSQL")
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=rw", uri=True, timeout=1.0, isolation_level=None
        )
    except sqlite3.Error as error:
        yield wrong(AREA, f"{path}: {error}", _remedy(error, path))
        return False
    try:
        return (yield from _inside(path, connection))
    finally:
        connection.close()


def _is_there(path: Path) -> Usable:
    """Whether there is an ordinary file that this user may use."""
    try:
        found = path.stat()
    except FileNotFoundError:
        where = "" if path.absolute().parent.is_dir() else f" (nor a directory {path.absolute().parent})"
        yield wrong(AREA, f"there is no database {path}{where}", NO_FILE)
        return False
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        yield wrong(
            AREA, f"{path}: {why}", remedy_of(error, path) if isinstance(error, OSError) else "mend IVR_DATABASE"
        )
        return False
    if kind := kind_of(found):
        yield wrong(AREA, f"{path} is {kind}, not a database", "mend IVR_DATABASE: sqlite:///PATH names a file")
        return False
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        told = f"the file system of {path} is read-only"
        yield wrong(AREA, told, "mount it writable (mount -o remount,rw); dmesg says whether the disk failed")
        return False
    if not os.access(path, os.R_OK | os.W_OK):
        told = f"{this_user()} cannot read and write {path}: {owned(found)}"
        yield wrong(AREA, told, "run ivr doctor as the router's user, or mend owner and mode")
        return os.access(path, os.R_OK)
    return True


def _is_sqlite(path: Path) -> Usable:
    try:
        with path.open("rb") as file:
            header = file.read(len(HEADER))
    except OSError as error:
        yield wrong(AREA, f"{path} cannot be read: {error.strerror}", remedy_of(error, path))
        return False
    if header == HEADER:
        return True
    if not header:
        told = f"{path} is empty: no router has written to it"
        yield wrong(AREA, told, "start the router: it makes its tables; if it had some, restore a backup")
    else:
        told = f"{path} is no SQLite database, or its beginning is damaged"
        yield wrong(AREA, told, f"mend IVR_DATABASE, or {RESTORE}")
    return False


def _inside(path: Path, connection: sqlite3.Connection) -> Usable:
    try:
        done = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        yield wrong(AREA, f"{path}: {error}", _remedy(error, path))
        return False
    if not tables >= OURS:
        is_empty = not tables and not done
        told = (
            "has no tables" if is_empty else f"is another program's: its tables are {several(sorted(tables)) or 'none'}"
        )
        remedy = (
            "start the router: it makes its tables" if is_empty else "mend IVR_DATABASE: the router needs its own file"
        )
        yield wrong(AREA, f"{path} {told}", remedy)
        return False
    yield from _whole(path, connection)
    if done > len(MIGRATIONS):
        told = f"{path} has {done} migrations and this version knows {len(MIGRATIONS)}"
        yield wrong(AREA, told, "a newer router has used it: install that version here")
        return False
    yield from _writes(path, connection)
    if done < len(MIGRATIONS):
        told = f"{path} has {done} of {len(MIGRATIONS)} migrations"
        yield dubious(AREA, told, "the router makes the others when it starts with this version: restart it")
        return False
    return True


def _whole(path: Path, connection: sqlite3.Connection) -> Iterator[Diagnosis]:
    """What SQLite's own check finds in the time that it may take."""
    until = monotonic() + CHECK_SECONDS
    connection.set_progress_handler(lambda: monotonic() > until, CHECK_STEPS)
    try:
        found = [str(text) for (text,) in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            yield wrong(AREA, f"{path}: {error}", _remedy(error, path))
        return  # a large file: nothing was found in the part that was read
    except sqlite3.Error as error:
        yield wrong(AREA, f"{path} is damaged: {error}", RESTORE)
        return
    finally:
        connection.set_progress_handler(None, 0)
    if found != ["ok"]:
        yield wrong(AREA, f"{path} is damaged: {'; '.join(found)}", RESTORE)


def _writes(path: Path, connection: sqlite3.Connection) -> Iterator[Diagnosis]:
    """A write that changes pages, as an event's does. Waiting for one's turn is no slowness of the disk."""
    try:
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # that is the router's work
        took = min(_write_seconds(path, connection) for _ in range(WRITES))
    except TimeoutError:
        told = f"another process has kept the turn to write for {TURN_SECONDS:g} s ({path}-lock)"
        yield wrong(AREA, told, "a suspended or hanging router holds it: fuser -v on that file names it")
        return
    except (sqlite3.Error, OSError) as error:
        yield wrong(AREA, f"{path} takes no write: {error}", _remedy(error, path))
        return
    told = f"takes a write in {1000 * took:.0f} ms"
    slow = "the disk is slow to sync: every event waits for it"
    yield fine(AREA, told) if took < SLOW_SECONDS else dubious(AREA, told, slow)


def _write_seconds(path: Path, connection: sqlite3.Connection) -> float:
    with _turn(Path(f"{path}-lock")):
        connection.execute("BEGIN IMMEDIATE")
        begun = perf_counter()
        try:
            for statement in statements.TOUCH[SqliteSession.dialect]:
                connection.execute(statement.sqlite, (encoding.NO_ACCOUNT,))
            connection.commit()
        finally:
            if connection.in_transaction:
                connection.rollback()
        return perf_counter() - begun


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """The routers' own order of writing, where one has made its lock; the file is not made here."""
    try:
        file = os.open(lock, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield  # SQLite's own locks hold, too
        return
    try:
        until = monotonic() + TURN_SECONDS
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if monotonic() > until:
                raise TimeoutError
            sleep(0.005)
        yield
    finally:
        os.close(file)


REMEDIES: Final = (
    (
        "readonly",
        "mend owner and mode of the file, of its -wal and -shm, and of its directory; or the disk is read-only",
    ),
    ("unable to open", "mend owner and mode of the directory and of the files beside it"),
    ("full", "make room on its disk"),
    ("locked", "another program holds it: fuser -v on the file names it"),
    ("malformed", RESTORE),
    ("not a database", f"mend IVR_DATABASE, or {RESTORE}"),
    ("encrypted", f"mend IVR_DATABASE, or {RESTORE}"),
    ("I/O", "look at the disk (dmesg)"),
)


def _remedy(error: Exception, path: Path) -> str:
    """SQLite calls a full disk an I/O error where it cannot even make its shared memory."""
    with suppress(OSError):
        if shutil.disk_usage(path.absolute().parent).free < FULL_BYTES:
            return "make room on its disk: it is full"
    return next((remedy for word, remedy in REMEDIES if word in str(error)), "see docs/operations.md, SQLite")
