"""Events on disk while the database is away: SQLite files in a directory, one for each process that has spooled.

No writer waits for another process, and whether anything waits is one look at the disk (`spool_reader`). What always
holds: a record that was appended is on disk, and is handed over at least once, after all that were appended before it.
Files that lie beside `waiting/`, moved back or left by an earlier version (`old_spool`), are taken in, too.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from router.errors import SpoolUnavailable
from router.logs import get_logger
from router.private_files import make_private_directory
from router.store import old_spool, spool_file
from router.store.spool_file import SpoolFile
from router.store.spool_reader import (
    KIND,
    OPEN,
    SET_ASIDE,
    WAITING,
    SpoolReader,
    Take,
    inode_of,
    locked,
    opened,
    set_aside_in,
    waiting_in,
)

PROBE: Final = ".probe"  # the end of a file's name that tries the disk, and begins with its process
PROBE_BYTES: Final = 4096
FILE_BYTES: Final = 4 << 20  # about this much is in one file
TURN_SECONDS: Final = 2.2  # a wait for the other threads

log = get_logger()

_OF_PARENTS: Final[list[SpoolFile]] = []  # files that a fork brought along: closing them here would change them


class DiskSpool:
    """`runtime.intake.spooling.Spool` in a directory, which is made if need be. Threads and processes may share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting = directory / WAITING
        self._path = str(self._waiting)
        self._open = self._waiting / OPEN
        self._reader = SpoolReader(directory)
        self._threads = threading.Lock()
        self._file: SpoolFile | None = None
        self._file_in: tuple[int, int] = (0, 0)  # the process that made it, and the inode of `open/` then
        self._waits = False  # what the last look found
        self._is_made = False
        self._has_refused = False  # the last append, so that a probe has to try where it failed
        try:
            self._make()
            self._reader.gather()
            for path in (*(directory / name for name in old_spool.NOTES), *directory.glob(f"*{PROBE}*")):
                if PROBE not in path.name or not Path(f"/proc/{path.name.partition('-')[0]}").exists():
                    path.unlink(missing_ok=True)
        except OSError as error:
            log.error("events could not be spooled now", directory=str(directory), error=str(error))

    def is_empty(self) -> bool:
        """Whether nothing waits, as far as any process of this machine knows; what cannot be seen stays as it was."""
        if not (self._waits or self._file or os.access(self._path, os.F_OK)):  # faster than an exception
            return True
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self._waits = False
            if self._file is not None:
                self._let_go()
        except OSError:
            pass
        else:
            self._waits = found.st_mtime_ns != self._reader.done
        return not self._waits

    def append(self, records: Sequence[bytes], seconds: float = TURN_SECONDS) -> None:
        """Keep records, all or none, behind all others; on disk when it returns. SpoolUnavailable when they are not
        kept, at the latest when another thread has not come to an end for so many seconds."""
        try:
            with self._alone(seconds):
                self._has_refused = True
                self._make()
                self._append(records)
                self._has_refused = False
        except (OSError, sqlite3.Error) as error:
            raise SpoolUnavailable(f"the spool does not take it: {error}") from error

    def probe(self) -> None:
        """Write what an event takes, to the disk, and take it back. SpoolUnavailable when that fails.

        After an append that failed it is written where that one was to go: a new file may find room where a long one
        does not.
        """
        path = self._directory / f"{os.getpid()}-{threading.get_ident()}{PROBE}"
        try:
            self._make()
            if self._has_refused and self._file is not None:
                with self._alone(TURN_SECONDS), self._inside() as file:
                    file.try_out()
                    self._has_refused = False
                return
            with closing(SpoolFile(path)) as probed:
                probed.append([bytes(PROBE_BYTES)])
            spool_file.remove(path)
        except (OSError, sqlite3.Error) as error:
            raise SpoolUnavailable(f"the spool does not take it: {error}") from error

    def drain(self, take: Take) -> None:
        """Hand over all that waits, in order, until nothing does. Returns at once if another process is doing so.

        What `take` raises ends it; what it had not taken waits for the next time. OSError when the spool cannot be
        used.
        """
        self._make()
        self._reader.drain(take)

    def waiting(self) -> int:
        """How many records wait, as far as their files can be read."""
        return 0 if self.is_empty() else sum(count for count, _ in waiting_in(self._directory, lambda *_: None))

    def set_aside(self) -> int:
        """How many files somebody has to look at."""
        return len(set_aside_in(self._directory))

    # writing

    def _make(self) -> None:
        if not (self._directory / SET_ASIDE).is_dir():
            if self._is_made:
                log.error("the spool was deleted; it begins anew", directory=str(self._directory))
            make_private_directory(self._directory / SET_ASIDE)
        self._is_made = True

    @contextmanager
    def _alone(self, seconds: float) -> Iterator[None]:
        if not self._threads.acquire(timeout=max(0.0, seconds)):
            raise TimeoutError(f"another thread has been writing for {seconds:.2g} s")
        try:
            yield
        finally:
            self._threads.release()

    def _let_go(self) -> None:
        """Close a file that was read and deleted: its room is given back only then."""
        if self._threads.acquire(blocking=False):
            try:
                self._give_up_file()
            finally:
                self._threads.release()

    def _append(self, records: Sequence[bytes]) -> None:
        with self._inside() as file:
            try:
                file.append(records)
            except sqlite3.OperationalError:  # its disk is to blame
                raise
            except sqlite3.DatabaseError:  # the file is: the next append begins another one
                self._give_up_file()
                raise

    @contextmanager
    def _inside(self) -> Iterator[SpoolFile]:
        """This process's file in `open/`, which no reader reads meanwhile."""
        until = time.monotonic() + TURN_SECONDS
        while time.monotonic() < until:
            place = self._entered()
            try:
                if place >= 0 and (file := self._usable_file(os.fstat(place).st_ino)) is not None:
                    yield file
                    return
            finally:
                if place >= 0:
                    os.close(place)
        raise TimeoutError(f"{self._open} is moved or locked all the time")

    def _entered(self) -> int:
        """`open/`, opened and locked for writing in it; -1 when a reader has moved it away."""
        with suppress(FileNotFoundError):
            if not self._open.is_dir():
                make_private_directory(self._open)
                spool_file.sync_directory(self._waiting)
                spool_file.sync_directory(self._directory)
            place = os.open(self._open, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if locked(place, fcntl.LOCK_SH, 0.0):
                return place
            os.close(place)
        return -1

    def _usable_file(self, inode: int) -> SpoolFile | None:
        """None when `open/` is another directory by now. A file is made only while it stays where it is: SQLite opens
        sidecars by their names."""
        file, here = self._file, (os.getpid(), inode)
        if file is not None and self._file_in == here and file.size < FILE_BYTES and file.path.exists():
            return file
        self._give_up_file()
        with suppress(FileNotFoundError), opened(self._waiting) as waiting:
            if not locked(waiting, fcntl.LOCK_SH, TURN_SECONDS):
                raise TimeoutError(f"another program has locked {self._waiting}")
            if inode_of(self._open) == inode:
                self._file = SpoolFile(self._open / f"{time.time_ns()}-{os.getpid()}{KIND}")
                self._file_in = here
        return self._file

    def _give_up_file(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        if self._file_in[0] == os.getpid():
            file.close()
        else:
            _OF_PARENTS.append(file)
