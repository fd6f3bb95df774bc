"""One process's connections to a SQLite file, and the turn-taking among all its writers.

SQLite's own way to wait for another writer is to sleep in growing steps, which costs a busy router hundreds of
milliseconds at the 99th percentile. So writers queue elsewhere, and SQLite never sees a conflict between them: threads
of a process on a lock, processes on `flock` of the file `<database>-lock`, which the kernel hands over at once and
drops with a process that dies (`write_lock`). What always holds:

- one connection of a process writes, and only under both locks; readers use others, and see committed states only;
- a transaction is over when the disk has it, unless the deployment chose NORMAL. The wait for the disk comes after the
  turn: a commit writes its pages to the `-wal`, the turn passes on, and the thread syncs that file (`sync`). A sync
  covers all commits before it, so a later commit that is durable has nothing before it that is not;
- a connection that met trouble, or whose file was replaced, is given up, so that what was repaired is used at once;
- a file is opened only beside a `-wal` that is its own, and left when its content was replaced (`database_file`);
- a connection is closed only by the thread that has it: the writer under the turn, the watcher under its lock, a
  reader by whoever took it out of the idle ones. SQLite frees what the others would still be reading;
- no connection crosses a fork, since SQLite's bookkeeping would: before it they are closed, between two transactions,
  and both sides open what they need anew.
"""

import errno
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.private_files import create_private, keep_private
from router.store.database import FULL
from router.store.sqlite.checkpoints import Checkpoints
from router.store.sqlite.database_file import WAL, DatabaseFile
from router.store.sqlite.obstacles import mend_sidecars
from router.store.sqlite.opening import open_reader, open_writer
from router.store.sqlite.users import FILES
from router.store.sqlite.write_lock import TURN_SECONDS, WriteLock

READERS_KEPT: Final = 16

log = get_logger()


class _Reader(NamedTuple):
    connection: sqlite3.Connection
    generation: int  # how often the process had given up its connections when this one was opened


class Connections:
    """The connections of one process; opened when first needed."""

    def __init__(self, path: str, durability: str) -> None:
        self.path = path
        self._durability = durability
        self._lock = WriteLock(f"{path}-lock")
        self._forking = False
        self._writer: sqlite3.Connection | None = None
        self._wal = -1  # a descriptor of the file that `sync` syncs; of none with NORMAL
        self._syncing = threading.Lock()  # held while `_wal` is used, or closed and the generation ends
        self._file = DatabaseFile(path)
        self._is_stamped = False  # the transaction of this turn
        self._watcher: sqlite3.Connection | None = None
        self._watching = threading.Lock()
        self._idle_readers: deque[_Reader] = deque()
        self._readers = threading.Condition()
        self._reading = 0  # threads inside `reading`; under `_readers`
        self._generation = 0  # of connections: one that was opened before the last trouble is not used again
        self._unsynced = -1  # the last of them whose commits may not be on disk
        self._checkpoints = Checkpoints(self.reading, self.writing)

    def take(self) -> sqlite3.Connection:
        """The writing connection, in this thread's turn, which `give_back` ends; the tables are up to date."""
        self._lock.acquire()
        try:
            return self._usable_writer()
        except BaseException as error:
            self.give_back(error)
            raise

    def give_back(self, error: BaseException | None) -> None:
        """End this thread's turn; a connection that met trouble is given up."""
        try:
            if isinstance(error, sqlite3.Error | OSError) and not isinstance(error, sqlite3.IntegrityError):
                self._give_up()
        finally:
            self._lock.release()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """`take` and `give_back` around a block."""
        connection = self.take()
        try:
            yield connection
        except BaseException as error:
            self.give_back(error)
            raise
        self.give_back(None)

    def _usable_writer(self) -> sqlite3.Connection:
        if self._writer is not None:
            if not self._file.look():
                self._give_up()
            elif lost := self._file.lost():
                self._save_what_was_deleted(self._writer, lost)
                self._give_up()
        if self._writer is None:
            self._file.check()
            mend_sidecars(self.path)
            self._keep_private()
            writer = open_writer(self.path, "rw" if self._file.was_opened else "rwc")
            self._file.opened(writer)
            self._writer = writer
            if self._durability == FULL:
                self._wal = os.open(self.path + WAL, os.O_RDONLY | os.O_CLOEXEC)
        return self._writer

    def _keep_private(self) -> None:
        """Nobody else may read the files, whatever the umask; SQLite gives the file's mode to `-wal` and `-shm`."""
        if not self._file.was_opened:
            with suppress(OSError):  # SQLite says better what is wrong
                create_private(self.path)
        if {keep_private(self.path + sidecar) for sidecar in FILES} != {True}:
            log.warning("others may read the database: chmod go= it, as the user that it belongs to", file=self.path)

    def _save_what_was_deleted(self, writer: sqlite3.Connection, lost: str) -> None:
        """Somebody has deleted a sidecar, and it lives only as long as it is open: copy what is in the `-wal`.

        One that still has its name is not truncated: another process may have gone on in it already.
        """
        how = "TRUNCATE" if lost == WAL else "PASSIVE"
        busy, logged, copied = writer.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        if busy or logged != copied:
            raise StoreUnavailable(f"{self.path}{lost} was deleted: its content is saved once nobody reads it")
        log.warning("a file of the database was deleted while it was open; nothing is lost", file=self.path + lost)

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin the transaction of this turn."""
        connection.execute("BEGIN IMMEDIATE")
        self._is_stamped = self._file.stamp(connection)

    def commit(self, connection: sqlite3.Connection) -> int:
        """Keep it, for every process to see; what is answered is for `sync`, which has the disk keep it."""
        connection.commit()
        if self._is_stamped:
            self._file.stamped()
        self._checkpoints.committed(connection.total_changes)
        return self._generation

    def sync(self, generation: int) -> None:
        """Return when the disk has all that was committed so far. Not in the turn: others write meanwhile.

        Raises OSError when the disk cannot say so, also when a connection that was given up since could not be synced.
        """
        try:
            with self._syncing:
                if generation <= self._unsynced:
                    raise OSError(errno.EIO, "the last commits could not be synced", self.path)
                if generation == self._generation and self._wal >= 0:
                    os.fdatasync(self._wal)
        except OSError:
            self._unsynced = generation  # the kernel tells of a failure once, and others may ask after us
            self._lock.acquire()
            self.give_back(OSError())
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that no other thread uses meanwhile; it cannot write."""
        self._require_the_file()
        with self._readers:
            self._reading += 1
        try:
            with self._lent_reader() as connection:
                yield connection
        finally:
            with self._readers:
                self._reading -= 1
                self._readers.notify_all()

    @contextmanager
    def looking(self) -> Iterator[sqlite3.Connection]:
        """The same, on one committed state."""
        with self.reading() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    def _require_the_file(self) -> None:
        """Nothing is read of a file that the writer would not take."""
        if not self._file.look():
            with self.writing():
                pass

    @contextmanager
    def _lent_reader(self) -> Iterator[sqlite3.Connection]:
        reader = self._idle_reader() or _Reader(open_reader(self.path), self._generation)
        is_sound = True
        try:
            yield reader.connection
        except (sqlite3.Error, OSError):
            is_sound = False
            raise
        finally:
            if is_sound and reader.generation == self._generation and len(self._idle_readers) < READERS_KEPT:
                self._idle_readers.append(reader)
            else:
                reader.connection.close()

    def _idle_reader(self) -> _Reader | None:
        """One that has been opened since the last trouble."""
        with suppress(IndexError):
            while True:
                reader = self._idle_readers.pop()
                if reader.generation == self._generation:
                    return reader
                reader.connection.close()
        return None

    def commits_seen(self) -> int:
        """SQLite's own count of changes by others; one connection asks, since counts of two cannot be compared."""
        if self._watcher is None:
            self._require_the_file()
        with self._watching:
            if self._watcher is None:
                self._watcher = open_reader(self.path)
            try:
                version: int = self._watcher.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                self._close_watcher()
                raise
            return version

    def migrate(self) -> None:
        """Bring the file's tables up to date; harmless when they are, or when several processes start at once."""
        with self.writing():
            pass

    def close(self) -> None:
        """Close what no thread is using; the file is complete without it."""
        self._checkpoints.end()
        if self._lock.threads.acquire(timeout=TURN_SECONDS):
            try:
                self._give_up()
            finally:
                self._lock.threads.release()
        self._lock.close()

    def before_fork(self) -> None:
        """Wait until no thread is inside SQLite, whose locks the child would keep for ever, and close what is open.

        A thread that does not come out in time is left alone.
        """
        self._forking = self._lock.threads.acquire(timeout=TURN_SECONDS)
        if self._forking:
            self._readers.acquire()
            self._readers.wait_for(lambda: not self._reading, timeout=TURN_SECONDS)
            self._give_up()
            self._watching.acquire()

    def after_fork_in_parent(self) -> None:
        """Let the threads go on."""
        if self._forking:
            self._readers.release()
            self._watching.release()
            self._lock.threads.release()

    def after_fork_in_child(self) -> None:
        """This process has connections of its own; the parent's lock file is not its business."""
        self._lock.close()

    def __del__(self) -> None:
        """As SQLite's connections end with the object, so does the descriptor."""
        wal, self._wal = self._wal, -1
        if wal >= 0:
            os.close(wal)

    def _give_up(self) -> None:
        """Close the connections that no thread is using, and let the others close theirs; in the turn to write."""
        writer, self._writer = self._writer, None
        with self._syncing:
            self._generation += 1
            wal, self._wal = self._wal, -1
            if wal >= 0:
                try:
                    os.fdatasync(wal)  # of threads that have committed, and will ask only now
                except OSError:
                    self._unsynced = self._generation - 1
                os.close(wal)
        if writer is not None:
            writer.close()
        with self._watching:
            self._close_watcher()
        with suppress(IndexError):
            while True:
                self._idle_readers.pop().connection.close()

    def _close_watcher(self) -> None:
        """Under `_watching`."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.close()
