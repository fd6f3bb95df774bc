"""A backup in the place of a SQLite database, while no router runs.

What always holds: the new file is whole, checked and on disk before it gets its name; the old one is kept aside under a
name that says when; and no `-wal` of the old one is left beside the new one. Whoever is interrupted finds either
database, or one that the router refuses to mix (`database_file`); doing it again mends that.

A backup is older than the world: since it was made, its calls have ended and its commands may have been sent. So its
queued commands are given up, those on the wire end `unknown`, and its live calls are closed, unless the caller knows
that no router has worked since (`as_it_was`).
"""

import itertools
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.engine.codec import decode_call
from router.engine.state import ENDED, Call, Entry
from router.errors import ConfigurationError
from router.history.journal import EXPIRED, QUEUED, SENT, UNKNOWN, Record
from router.private_files import FILE, keep_private, open_private
from router.store.sqlite.backup import Content, being_made, inspected, sync_directory
from router.store.sqlite.database import SqliteSession
from router.store.sqlite.database_file import belong_together, stamp_of, stamps_in_wal
from router.store.sqlite.users import LOCK, have_alone, open_lock, users
from router.store.transaction import Transaction

SIDECARS: Final = ("-wal", "-shm", "-journal")
CLOSED: Final = "the database was restored from a backup: the call is over by now"
GIVEN_UP: Final = "the database was restored from a backup: it may have been sent before"
HEAD_BYTES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was done."""

    content: Content  # of the backup
    kept_aside: str  # the old database, "" when there was none
    commands_given_up: int
    calls_closed: int


def restore_file(database: str, source: Path, *, as_it_was: bool) -> Restored:
    """Put the backup `source` into the place of the database. Raises ConfigurationError."""
    if not source.is_file():
        raise ConfigurationError(f"there is no file {source}")
    place = Path(os.path.abspath(database))
    if not place.parent.is_dir():
        raise ConfigurationError(f"there is no directory {place.parent} for the database; IVR_DATABASE names it")
    if place.exists() and source.samefile(place):
        raise ConfigurationError(f"{source} is the database itself: name a backup")
    with _alone(place), being_made(place) as made:
        content = _copied(source, made)
        commands, calls = (0, 0) if as_it_was else _settled(made)
        aside = _swapped(made, place)
    return Restored(content=content, kept_aside=aside, commands_given_up=commands, calls_closed=calls)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """While no router has the database open, and none can begin to."""
    lock = open_lock(f"{place}{LOCK}")
    try:
        if not have_alone(lock):
            names = ", ".join(users(str(place))) or "a process that is not seen from here, as in another container"
            raise ConfigurationError(f"a router runs on {place}: stop {names}, then restore")
        yield
        _like(place, Path(f"{place}{LOCK}"))
    finally:
        os.close(lock)


def _copied(source: Path, made: Path) -> Content:
    """A whole copy with all that a `-wal` of its own says."""
    shutil.copyfile(source, made)
    wal = Path(f"{source}-wal")
    if wal.exists():
        with source.open("rb") as file:
            stamp = stamp_of(file.read(HEAD_BYTES))
        if not belong_together(stamp, stamps_in_wal(str(wal))):
            raise ConfigurationError(f"{wal} belongs to another state than {source}: move one of them away")
        os.close(open_private(f"{made}-wal"))
        shutil.copyfile(wal, f"{made}-wal")
    inspected(made, source, only_tables=True)
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return inspected(made, source)


def _settled(made: Path) -> tuple[int, int]:
    """(commands, calls) that a router would go on with."""
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        expired = connection.execute(
            "UPDATE commands SET state = ?, reason = ? WHERE state = ?", (EXPIRED, GIVEN_UP, QUEUED)
        ).rowcount
        unclear = connection.execute(
            "UPDATE commands SET state = ?, reason = ?, lease = NULL WHERE state = ?", (UNKNOWN, GIVEN_UP, SENT)
        ).rowcount
        now = time.time()
        states = connection.execute("SELECT state FROM calls WHERE live = 1 OR wake_at IS NOT NULL").fetchall()
        if states and "sip_call_id" not in {row[1] for row in connection.execute("PRAGMA table_info(calls)")}:
            raise ConfigurationError("the backup is of an older router: restore it with that one, then upgrade")
        transaction = Transaction(SqliteSession(connection, lambda: now))
        for (state,) in states:
            _close(transaction, decode_call(state), now)
        transaction.commit()
        _rename(connection)
        connection.commit()
    return expired + unclear, len(states)


def _rename(connection: sqlite3.Connection) -> None:
    """Listeners know events of the old database by numbers that this one gives out anew: its name tells them apart. An
    older router's backup has none, and gets one when it is opened."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'identity'").fetchone():
        connection.execute("UPDATE identity SET name = lower(hex(randomblob(5)))")


def _close(transaction: Transaction, call: Call, now: float) -> None:
    call.status, call.ended, call.timers = ENDED, call.over_at or call.last_news or call.started, {}
    if call.flow and not call.outcome:
        call.outcome = "answered" if call.answered else "missed"
    transaction.save_call(call)
    note = Entry(at=now, kind="note", data={"text": CLOSED})
    transaction.record(Record(account=call.account, entry_id=call.entry_id, at=now, kind="restored", trace=(note,)))


def _swapped(made: Path, place: Path) -> str:
    """The new file takes the old one's name, its owner and its mode."""
    aside = ""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    _like(place if place.exists() else place.parent, made)
    if place.exists():
        aside = _kept_aside(place)
    os.replace(made, place)
    for sidecar in SIDECARS:
        with suppress(FileNotFoundError):
            os.unlink(f"{place}{sidecar}")
    sync_directory(place.parent)
    return aside


def _kept_aside(place: Path) -> str:
    """The old database under another name, with its `-wal`: opened there it is what it was."""
    aside = _free_name(f"{place}.before-restore-{time.strftime('%Y%m%dT%H%M%S')}")
    for sidecar in ("", "-wal"):
        with suppress(FileNotFoundError):
            try:
                os.link(f"{place}{sidecar}", f"{aside}{sidecar}")
            except PermissionError:  # of a file system without links
                os.close(open_private(f"{aside}{sidecar}"))
                shutil.copy2(f"{place}{sidecar}", f"{aside}{sidecar}")
            keep_private(f"{aside}{sidecar}")
    sync_directory(place.parent)
    return aside


def _free_name(name: str) -> str:
    """The name, or with a number behind it: several restores may fall into one second."""
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(one for one in names if not any(os.path.lexists(f"{one}{sidecar}") for sidecar in ("", *SIDECARS)))


def _like(model: Path, file: Path) -> None:
    """Give a file the owner of another one, so that the router can go on; only root can and has to."""
    found = model.stat()
    if os.geteuid() == 0:
        os.chown(file, found.st_uid, found.st_gid)
    if stat.S_ISREG(found.st_mode):
        os.chmod(file, FILE)
