"""Events on disk while the database is away: a SQLite file, shared by all processes of the machine.

Writers append to `waiting/spool.db`, in turns (`flock` of `write.lock`). A file that is about to be read gets a number
for its name, so that nobody writes to it any more. One process at a time reads (`flock` of `drain.lock`) and deletes
each file when all of it has been taken, and `waiting/` when it is empty: whether anything waits is one look at the
disk, and an emptied spool gives its room back even on a full one. What always holds:

- a record that was appended is handed over at least once, after all that were appended before it: of a file whose
  reader was killed all is handed over again;
- no process keeps a file open between two turns: it may be moved and deleted, and a fork inherits nothing of it;
- what cannot be read or taken is moved to `set-aside/` and reported, and stops nobody;
- files that lie beside `waiting/`, moved back or left by an earlier version (`old_spool`), are taken in first.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final

import structlog

from router.errors import SpoolUnavailable
from router.private_files import make_private_directory, open_private
from router.store import old_spool, spool_file

WAITING: Final = "waiting"
SET_ASIDE: Final = "set-aside"
CURRENT: Final = "spool.db"
KINDS: Final = (".db", old_spool.KIND)
TURN_SECONDS: Final = 2.2  # a wait for the turn to write: whoever has it has only a few records to write
NAP_SECONDS: Final = 0.001

log = structlog.get_logger()

Take = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Takes records in, in order, and answers those that can never be taken."""


class DiskSpool:
    """`runtime.spooling.Spool` in a directory, which is made if need be. Thread-safe, and safe among processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting = directory / WAITING
        self._current = self._waiting / CURRENT
        self._path = str(self._waiting)
        self._threads = threading.Lock()
        self._waits = False  # what the last look found
        self._is_made = False
        self._left: set[str] = set()  # names of files that are done with and cannot be deleted
        self._done: os.stat_result | None = None  # `waiting/` when it had no others
        try:
            self._make()
            if any(beside(directory)):
                with self._turn(TURN_SECONDS):
                    self._gather()
            for name in old_spool.NOTES:
                (directory / name).unlink(missing_ok=True)
        except OSError as error:
            log.error("events could not be spooled now", directory=str(directory), error=str(error))

    def is_empty(self) -> bool:
        """Whether nothing waits, as far as any process of this machine knows; what cannot be seen stays as it was."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self._waits = False
        except OSError:
            pass
        else:
            self._waits = self._done is None or found.st_mtime_ns != self._done.st_mtime_ns
        return not self._waits

    def append(self, records: Sequence[bytes], seconds: float = TURN_SECONDS) -> None:
        """Keep records, all or none, behind all others; on disk when it returns. SpoolUnavailable when they are not
        kept, at the latest when the turn to write has not come for so many seconds."""
        with self._writing(seconds):
            self._append(records)

    def probe(self) -> None:
        """Write what an event takes, to the disk, and take it back. SpoolUnavailable when that fails."""
        with self._writing(TURN_SECONDS):
            number = self._append([spool_file.PADDING])
            spool_file.delete(self._current, number, number)
            if not spool_file.following(self._current, 0):
                spool_file.remove(self._current)
                self._end_waiting()

    def drain(self, take: Take) -> None:
        """Hand over all that waits, in order, until nothing does. Returns at once if another process is doing so.

        What `take` raises ends it; what it had not taken waits for the next time. OSError and sqlite3.Error when the
        spool cannot be used.
        """
        self._make()
        with self._lock("drain.lock", 0.0) as is_mine:
            while is_mine and (path := self._next()) is not None:
                self._drain_file(path, take)

    def waiting(self) -> int:
        """How many records wait, as far as their files can be read."""
        return 0 if self.is_empty() else sum(count for count, _ in waiting_in(self._directory, lambda *_: None))

    def set_aside(self) -> int:
        """How many files somebody has to look at."""
        return len(set_aside_in(self._directory))

    # inside

    def _make(self) -> None:
        if not (self._directory / SET_ASIDE).is_dir():
            if self._is_made:
                log.error("the spool was deleted; it begins anew", directory=str(self._directory))
            make_private_directory(self._directory / SET_ASIDE)
        self._is_made = True

    @contextmanager
    def _writing(self, seconds: float) -> Iterator[None]:
        try:
            self._make()
            with self._turn(seconds):
                yield
        except (OSError, sqlite3.Error) as error:
            raise SpoolUnavailable(f"the spool does not take it: {error}") from error

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        """Threads queue here, processes at the file: else a crowd of threads would starve whoever asks seldom."""
        until = time.monotonic() + seconds
        late = f"no turn to write in {self._directory} within {seconds:.2g} s"
        if not self._threads.acquire(timeout=max(0.0, seconds)):
            raise TimeoutError(late)
        try:
            with self._lock("write.lock", until - time.monotonic()) as is_mine:
                if not is_mine:
                    raise TimeoutError(late)
                yield
        finally:
            self._threads.release()

    @contextmanager
    def _lock(self, name: str, seconds: float) -> Iterator[bool]:
        """Whether the lock was to be had in time. The kernel drops it with a process that dies."""
        file = open_private(self._directory / name)
        try:
            yield _locked(file, time.monotonic() + seconds)
        finally:
            os.close(file)

    def _append(self, records: Sequence[bytes]) -> int:
        self._begin_waiting()
        try:
            return spool_file.append(self._current, records)
        except sqlite3.DatabaseError as error:
            if not spool_file.is_damage(error):
                raise
            self._close_current()
            return spool_file.append(self._current, records)

    def _begin_waiting(self) -> None:
        if not self._waiting.is_dir():
            make_private_directory(self._waiting)
            spool_file.sync_directory(self._directory)

    def _end_waiting(self) -> None:
        """Nothing waits, unless there is a file that is not left over."""
        with suppress(FileNotFoundError):
            if self._left:
                self._done = self._waiting.stat()
                return
            for path in self._waiting.glob(f"*{spool_file.JOURNAL}"):
                path.unlink()
            self._waiting.rmdir()

    def _close_current(self) -> Path:
        """In a turn: nobody writes to it any more. What a killed writer left half done is put back first."""
        try:
            spool_file.following(self._current, 0)
        except sqlite3.DatabaseError as error:
            if not spool_file.is_damage(error):
                raise
        path = self._waiting / f"{time.time_ns()}.db"
        spool_file.move(self._current, path)
        return path

    def _gather(self) -> None:
        """In a turn: what lies beside `waiting/` is taken in before the current file."""
        for path in beside(self._directory):
            self._begin_waiting()
            spool_file.move(path, self._waiting / f"{time.time_ns()}-{path.name}")

    def _next(self) -> Path | None:
        """The file to be read next; None once nothing waits."""
        with self._turn(TURN_SECONDS):
            self._gather()
            names = [name for name in _names(self._waiting) if name not in self._left]
            if not names:
                self._end_waiting()
                return None
            return self._waiting / names[0] if names[0] != CURRENT else self._close_current()

    def _drain_file(self, path: Path, take: Take) -> None:
        losses: list[str] = []
        last = refused = 0
        try:
            for batch in _batches(path, losses):
                records = [record for _, record in batch if record != spool_file.PADDING]
                refused += len(take(records)) if records else 0
                last = batch[-1][0]
        except BaseException:
            if path.suffix != old_spool.KIND and not (refused or losses):
                with suppress(sqlite3.Error):  # else it is handed over again
                    spool_file.delete(path, last)
            raise
        if refused:
            losses.append(f"{refused} event(s) of it cannot be taken")
        try:
            if losses:
                self._move_aside(path, "; ".join(losses))
            else:
                spool_file.remove(path)
        except OSError as error:
            self._left.add(path.name)
            log.error("a spooled file is done with and stays", file=str(path), error=str(error))

    def _move_aside(self, path: Path, why: str) -> None:
        aside = self._directory / SET_ASIDE / path.name
        spool_file.move(path, aside)
        log.error("a spooled file was set aside", file=str(aside), reason=why)


def beside(directory: Path) -> list[Path]:
    """Files of the spool's kinds that were moved back into its directory, or left there by an earlier version. Raises
    OSError."""
    return [path for name in _names(directory) if (path := directory / name).suffix in KINDS and path.is_file()]


def waiting_in(directory: Path, unreadable: Callable[[Path, Exception], object]) -> Iterator[tuple[int, float]]:
    """(how many events wait, since when) for each file that has some. Raises OSError for the directory."""
    for path in [*beside(directory), *(directory / WAITING / name for name in _names(directory / WAITING))]:
        try:
            count, since = _standing(path)
        except (OSError, sqlite3.Error) as error:
            unreadable(path, error)
        else:
            if count:
                yield count, since


def set_aside_in(directory: Path) -> list[str]:
    """The names of files that somebody has to look at."""
    with suppress(OSError):
        return _names(directory / SET_ASIDE)
    return []


def _names(directory: Path) -> list[str]:
    """None of a directory that is not there."""
    with suppress(FileNotFoundError):
        return sorted(name for name in os.listdir(directory) if not name.endswith(spool_file.JOURNAL))
    return []


def _standing(path: Path) -> tuple[int, float]:
    written = path.stat()
    if not S_ISREG(written.st_mode):
        raise OSError("it is no file")
    if path.suffix == old_spool.KIND:
        return sum(map(len, old_spool.batches(path, []))), written.st_mtime
    return spool_file.standing(path)


def _batches(path: Path, losses: list[str]) -> Iterator[spool_file.Numbered]:
    try:
        yield from (old_spool.batches if path.suffix == old_spool.KIND else spool_file.batches)(path, losses)
    except OSError as error:
        losses.append(f"it cannot be read: {error}")


def _locked(file: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(NAP_SECONDS)
        else:
            return True
