"""A copy of a SQLite database while routers use it: one committed state, whole, in one file.

What always holds: the file appears under its name only when all of it is on disk and SQLite finds no fault in it; what
had the name before stays until then. Nothing is changed in the database.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.errors import ConfigurationError
from router.private_files import open_private
from router.store.sqlite.database_file import DatabaseFile
from router.store.sqlite.opening import FOREIGN_WAIT_SECONDS
from router.store.sqlite.schema import MIGRATIONS
from router.store.sqlite.users import LOCK
from router.store.sqlite.write_lock import WriteLock

TABLES: Final = frozenset({"calls", "journal", "commands", "versions", "active"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a database file holds."""

    file: str
    bytes: int
    migrations: int
    calls: int
    live_calls: int
    queued_commands: int
    newest: float | None  # the instant of the newest line of the journal, Unix seconds


def backup_file(database: str, target: Path) -> Content:
    """Copy the database to `target`, which is replaced at once or not at all. Raises ConfigurationError."""
    if not os.path.exists(database):
        raise ConfigurationError(f"there is no database {database} to copy; IVR_DATABASE says where it is")
    _require_a_place(database, target)
    with being_made(target) as made:
        with opened(database) as source, closing(sqlite3.connect(made)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which any medium can hold
        content = inspected(made, target)
        os.replace(made, target)
        sync_directory(target.parent)
    return content


@contextmanager
def opened(database: str) -> Iterator[sqlite3.Connection]:
    """A connection that reads; the file is neither made nor migrated."""
    lock = WriteLock(database + LOCK)
    try:
        with lock.held():
            DatabaseFile(database).check()
        with closing(sqlite3.connect(database, timeout=FOREIGN_WAIT_SECONDS)) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield connection
    finally:
        lock.close()


def _require_a_place(database: str, target: Path) -> None:
    if not target.parent.is_dir():
        raise ConfigurationError(f"there is no directory {target.parent}")
    if not target.exists():
        return
    if not target.is_file():
        raise ConfigurationError(f"{target} is no file: name one")
    if any(os.path.exists(name) and target.samefile(name) for name in (database, f"{database}-wal", f"{database}-shm")):
        raise ConfigurationError(f"{target} belongs to the database itself: name another file")
    if target.stat().st_size:
        inspected(target, target, only_tables=True)  # what is overwritten was a backup, too


@contextmanager
def being_made(target: Path) -> Iterator[Path]:
    """A new file beside the target, of this user alone, which is gone afterwards unless it was moved."""
    made = target.with_name(f".{target.name}.{os.getpid()}")
    os.close(open_private(made, os.O_RDWR | os.O_TRUNC))
    try:
        yield made
    finally:
        for sidecar in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                os.unlink(f"{made}{sidecar}")


def inspected(file: Path, name: Path, *, only_tables: bool = False) -> Content:
    """What the file holds; ConfigurationError, which calls it `name`, when it is no sound database of a router that
    this version can work with."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            _require_a_router(connection, name)
            if not only_tables:
                _require_sound(connection, name)
            return _content(connection, name)
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(f"{name} is no database that can be read: {error}") from error


def _require_a_router(connection: sqlite3.Connection, name: Path) -> None:
    tables = {table for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if missing := sorted(TABLES - tables):
        raise ConfigurationError(f"{name} is no router's database: it has no table {missing[0]}")
    migrations = connection.execute("PRAGMA user_version").fetchone()[0]
    if migrations > len(MIGRATIONS):
        raise ConfigurationError(
            f"{name} has {migrations} migrations and this version knows {len(MIGRATIONS)}: it is of a newer "
            "router, and only such a one can work with it"
        )


def _require_sound(connection: sqlite3.Connection, name: Path) -> None:
    faults = [fault for (fault,) in connection.execute("PRAGMA integrity_check(3)")]
    if faults != ["ok"]:
        raise ConfigurationError(f"{name} is damaged: {'; '.join(fault.splitlines()[0] for fault in faults)}")


def _content(connection: sqlite3.Connection, name: Path) -> Content:
    def one(statement: str) -> int:
        found: int = connection.execute(statement).fetchone()[0]
        return found

    return Content(
        file=str(name),
        bytes=one("PRAGMA page_count") * one("PRAGMA page_size"),
        migrations=one("PRAGMA user_version"),
        calls=one("SELECT count(*) FROM calls"),
        live_calls=one("SELECT count(*) FROM calls WHERE live = 1"),
        queued_commands=one("SELECT count(*) FROM commands WHERE state = 'queued'"),
        newest=connection.execute("SELECT at FROM journal ORDER BY id DESC LIMIT 1").fetchone()[0]
        if one("SELECT count(*) FROM (SELECT 1 FROM journal LIMIT 1)")
        else None,
    )


def sync_directory(directory: Path) -> None:
    """Let new names survive a power cut."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
