"""Reading a spool: one process at a time hands over what waits, in order, and deletes it when all of it was taken.

    waiting/            is there only while something waits, for all processes to see
        open/           what is written now: each process appends to a file of its own
        1796…/          what is read next, in order; `open/` gets such a name when its turn comes
    set-aside/          what people have to look at

The reader (`flock` of `drain.lock`) moves `open/` away, waits for those who are writing in it (`flock` of the
directory), and reads the files of all processes as one, in the order of their records' nanoseconds. What always holds:

- what the reader's death interrupts is handed over again;
- moving and deleting need no room: a spool on a full disk is emptied and gives its room back;
- what cannot be read or taken is moved to `set-aside/` and reported, and stops nobody.
"""

import fcntl
import heapq
import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from stat import S_ISREG
from typing import Final

from router.logs import get_logger
from router.private_files import make_private_directory, open_private
from router.store import old_spool, spool_file

WAITING: Final = "waiting"
OPEN: Final = "open"
SET_ASIDE: Final = "set-aside"
KIND: Final = ".db"
NAP_SECONDS: Final = 0.001
BATCH: Final = 64  # records handed over at once
WRITERS_SECONDS: Final = 2.0  # a wait for those who are writing

log = get_logger()

Take = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Takes records in, in order, and answers those that can never be taken."""

Stream = Generator[tuple[int, bytes, Path], None, None]


class SpoolReader:
    """Of a spool's directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting = directory / WAITING
        self._open = self._waiting / OPEN
        self._left: set[Path] = set()  # directories that are done with and cannot be deleted
        self.done = 0  # the time of `waiting/` when it had no others

    def gather(self) -> None:
        """Have what lies beside `waiting/` read, unless another process reads."""
        with self._alone() as is_mine:
            if is_mine:
                self._gather()

    def drain(self, take: Take) -> None:
        """`DiskSpool.drain`."""
        with self._alone() as is_mine:
            while is_mine and (directory := self._next()) is not None:
                self._drain_directory(directory, take)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether this is the one that reads."""
        lock = open_private(self._directory / "drain.lock")
        try:
            yield locked(lock, fcntl.LOCK_EX, 0.0)
        finally:
            os.close(lock)

    def _gather(self) -> None:
        """What lies beside `waiting/`, or loose in it, is read before what is written now."""
        if found := [*beside(self._directory), *(path for path in files(self._waiting) if path.is_file())]:
            place = self._waiting / str(time.time_ns())
            make_private_directory(place)
            for path in found:
                spool_file.move(path, place / path.name)

    def _next(self) -> Path | None:
        """The directory to be read next, which nobody writes to any more; None once nothing waits."""
        self._gather()
        closed = [path for path in files(self._waiting) if path.name != OPEN and path not in self._left]
        place = closed[0] if closed else self._closed()
        if place is None:
            self._end_waiting()
            return None
        with opened(place) as directory:
            if not locked(directory, fcntl.LOCK_EX, WRITERS_SECONDS):
                raise TimeoutError(f"a process has been writing in {place} for {WRITERS_SECONDS:g} s")
        return place

    def _closed(self) -> Path | None:
        """`open/`, moved away; None when there is none."""
        place = self._waiting / str(time.time_ns())
        with suppress(FileNotFoundError), opened(self._waiting) as waiting:
            if not locked(waiting, fcntl.LOCK_EX, WRITERS_SECONDS):
                raise TimeoutError(f"a process has been making a file in {self._open} for {WRITERS_SECONDS:g} s")
            self._open.rename(place)
            return place
        return None

    def _end_waiting(self) -> None:
        with suppress(FileNotFoundError):
            if self._left:
                self.done = self._waiting.stat().st_mtime_ns
            else:
                with suppress(OSError):  # a writer has just begun
                    self._waiting.rmdir()

    def _drain_directory(self, directory: Path, take: Take) -> None:
        losses: dict[Path, list[str]] = defaultdict(list)
        refused: dict[Path, int] = defaultdict(int)
        handed: dict[Path, int] = {}
        try:
            with ExitStack() as readers:
                records = _merged(directory, losses, readers)
                while batch := list(islice(records, BATCH)):
                    kept = set(take([content for _, content, _ in batch]))
                    for number, content, path in batch:
                        refused[path] += content in kept
                        handed[path] = number
        except BaseException:
            for path, last in handed.items():
                if path.suffix == KIND and not (refused[path] or losses[path]):
                    with suppress(sqlite3.Error):  # else they are handed over again
                        spool_file.delete(path, last)
            raise
        for path, count in refused.items():
            if count:
                losses[path].append(f"{count} event(s) of it cannot be taken")
        self._finish(directory, losses)

    def _finish(self, directory: Path, losses: dict[Path, list[str]]) -> None:
        try:
            for path in files(directory):
                if losses[path]:
                    self._move_aside(path, "; ".join(losses[path]))
                else:
                    spool_file.remove(path)
            for path in directory.iterdir():
                path.unlink()  # sidecars whose file was deleted before a kill
            directory.rmdir()
            spool_file.sync_directory(self._waiting)
        except OSError as error:
            self._left.add(directory)
            log.error("spooled files are done with and stay", directory=str(directory), error=str(error))

    def _move_aside(self, path: Path, why: str) -> None:
        aside = self._directory / SET_ASIDE / f"{time.time_ns()}-{path.name}"
        spool_file.move(path, aside)
        log.error("a spooled file was set aside", file=str(aside), reason=why)


def _merged(directory: Path, losses: dict[Path, list[str]], readers: ExitStack) -> Iterator[tuple[int, bytes, Path]]:
    """The records of all files: those of a process one after the other, and the processes side by side."""
    streams: dict[str, list[Stream]] = defaultdict(list)
    for path in files(directory):
        stream = _records_of(path, losses[path])
        readers.callback(stream.close)
        streams[path.stem.rpartition("-")[2] if path.suffix == KIND else ""].append(stream)
    return heapq.merge(*(chain.from_iterable(one) for one in streams.values()), key=lambda record: record[0])


def _records_of(path: Path, losses: list[str]) -> Stream:
    try:
        for number, content in (old_spool.read if path.suffix == old_spool.KIND else spool_file.read)(path, losses):
            yield number, content, path
    except OSError as error:
        losses.append(f"it cannot be read: {error}")


def beside(directory: Path) -> list[Path]:
    """Files of the spool's kinds that were moved back into its directory, or left there by an earlier version. Raises
    OSError."""
    return [path for path in files(directory) if path.suffix in (KIND, old_spool.KIND) and path.is_file()]


def waiting_in(directory: Path, unreadable: Callable[[Path, Exception], object]) -> Iterator[tuple[int, float]]:
    """(how many events wait, since when) for each file that has some. Raises OSError for the directory."""
    for path in chain(beside(directory), *map(files, files(directory / WAITING))):
        try:
            count, since = _standing(path)
        except FileNotFoundError:
            continue
        except (OSError, sqlite3.Error) as error:
            unreadable(path, error)
        else:
            if count:
                yield count, since


def set_aside_in(directory: Path) -> list[str]:
    """The names of files that somebody has to look at."""
    with suppress(OSError):
        return [path.name for path in files(directory / SET_ASIDE)]
    return []


def _standing(path: Path) -> tuple[int, float]:
    written = path.stat()
    if not S_ISREG(written.st_mode):
        raise OSError("it is no file")
    if path.suffix == old_spool.KIND:
        return sum(1 for _ in old_spool.read(path, [])), written.st_mtime
    return spool_file.standing(path)


def files(directory: Path) -> list[Path]:
    """What is in it, but for sidecars; nothing of a directory that is not there."""
    with suppress(FileNotFoundError):
        names = sorted(os.listdir(directory))
        return [directory / name for name in names if not name.endswith(spool_file.SIDECARS)]
    return []


@contextmanager
def opened(path: Path) -> Iterator[int]:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield directory
    finally:
        os.close(directory)


def inode_of(path: Path) -> int:
    with suppress(FileNotFoundError):
        return os.stat(path).st_ino
    return 0


def locked(file: int, how: int, seconds: float) -> bool:
    """Whether the lock was to be had in time. The kernel drops it with a process that dies."""
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(NAP_SECONDS)
        else:
            return True
