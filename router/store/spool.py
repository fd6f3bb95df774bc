"""Events on disk while the database is away: files of one directory, shared by all processes of the machine.

Writers append to `current.events`, in turns (`flock` of `write.lock`), and each append is on disk before it returns. A
file that has grown, or that is about to be read, is closed by giving it a number. One process at a time reads
(`flock` of `drain.lock`): the closed files in order, and it deletes each when all of it has been taken. What always
holds:

- a record that was appended is handed over at least once, after all that were appended before it; who dies leaves a
  note of how far he was, and what he had not noted is handed over again;
- a record is found by its mark, its length and its checksum, so the torn end that a killed writer leaves hides nothing
  that others append behind it;
- what cannot be read or taken is moved to `set-aside/` and reported, and stops nobody.

Whether anything waits is one byte of memory that the processes share: asking costs nothing, and a process that can
reach the database still sees that another one could not.
"""

import fcntl
import mmap
import os
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

import structlog

from router.errors import SpoolUnavailable
from router.private_files import make_private_directory, open_private
from router.store.shared_memory import map_shared

CURRENT: Final = "current.events"
CLOSED: Final = "[0-9]" * 12 + ".events"
SET_ASIDE: Final = "set-aside"
PLACE: Final = "place"  # how far the file that is being read has been taken
FILE_BYTES: Final = 1 << 20  # about this much is in one file, and so in memory when it is read
BATCH: Final = 64  # records handed over at once
TURN_SECONDS: Final = 5.0  # a writer's wait for its turn: whoever has it has only a few records to write
NAP_SECONDS: Final = 0.001

MARK: Final = b"\xf1IV\x01"
HEAD: Final = struct.Struct(">4sII")  # mark, length and checksum of what follows

PADDING: Final = bytes(4096)  # written to try the disk; a process that dies at that may leave it behind

log = structlog.get_logger()

Take = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Takes records in, in order, and answers those that can never be taken."""


class DiskSpool:
    """`runtime.intake.spooling.Spool` in a directory, made if need be. Safe among threads and processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._flag: bytearray | mmap.mmap = bytearray(1)
        self._shared = False
        self._threads = threading.Lock()
        self._left: set[str] = set()  # names of files that are done with and cannot be deleted
        try:
            self._prepare()
        except OSError as error:
            log.error("events could not be spooled now", directory=str(directory), error=str(error))

    def is_empty(self) -> bool:
        """Whether nothing waits, as far as any process of this machine knows."""
        return not self._flag[0]

    def append(self, records: Sequence[bytes]) -> None:
        """Keep records, behind all others; on disk when it returns. SpoolUnavailable when none is kept."""
        framed = b"".join(map(_framed, records))
        try:
            self._prepare_again_if_gone()
            with self._turn_to_write():
                self._flag[0] = 1
                size = _append(self._directory / CURRENT, framed)
                if size == len(framed):
                    _sync_directory(self._directory)
                if size >= FILE_BYTES:
                    self._close_current()
        except OSError as error:
            raise SpoolUnavailable(f"the spool does not take it: {error}") from error

    def probe(self) -> None:
        """Write what an event takes, to the disk, and take it back. SpoolUnavailable when that fails."""
        try:
            self._prepare_again_if_gone()
            with self._turn_to_write():
                current = self._directory / CURRENT
                size = _append(current, _framed(PADDING))
                os.truncate(current, size - HEAD.size - len(PADDING))
        except OSError as error:
            raise SpoolUnavailable(f"the spool does not take it: {error}") from error

    def drain(self, take: Take) -> None:
        """Hand over all that waits, in order, until nothing does. Returns at once if another process is doing so.

        What `take` raises ends it; everything from that file on waits for the next time. OSError when the directory
        cannot be used.
        """
        self._prepare()
        with self._lock("drain.lock", 0.0) as is_mine:
            while is_mine and (path := self._next()) is not None:
                self._drain_file(path, take)

    def waiting(self) -> int:
        """How many records wait; those of a file that is being read count until the whole file is done."""
        if self.is_empty():
            return 0
        return sum(len(read(_content(path))[0]) for path in [*self._closed(), self._directory / CURRENT])

    def set_aside(self) -> int:
        """How many files somebody has to look at."""
        with suppress(OSError):
            return len(list((self._directory / SET_ASIDE).iterdir()))
        return 0

    # inside

    def _prepare(self) -> None:
        """Make the directory and share the flag; whatever a crash left behind waits."""
        if self._shared:
            return
        make_private_directory(self._directory / SET_ASIDE)
        self._flag = map_shared(self._directory / "state", 1)
        self._shared = True
        if self._closed() or (self._directory / CURRENT).exists():
            self._flag[0] = 1

    def _prepare_again_if_gone(self) -> None:
        """The same before something is kept, also when somebody has deleted the directory."""
        if self._shared and not (self._directory / SET_ASIDE).is_dir():
            log.error("the spool was deleted; it begins anew", directory=str(self._directory))
            self._shared = False
        self._prepare()

    @contextmanager
    def _lock(self, name: str, seconds: float) -> Iterator[bool]:
        """Whether the lock was to be had in time. The kernel drops it with a process that dies."""
        file = open_private(self._directory / name)
        try:
            yield _locked(file, time.monotonic() + seconds)
        finally:
            os.close(file)

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Threads queue here, processes at the file: else a crowd of threads would starve whoever asks seldom."""
        if not self._threads.acquire(timeout=TURN_SECONDS):
            raise TimeoutError(f"no turn to write within {TURN_SECONDS:g} s")
        try:
            with self._lock("write.lock", TURN_SECONDS) as is_mine:
                if not is_mine:
                    raise TimeoutError(f"no turn to write within {TURN_SECONDS:g} s")
                yield
        finally:
            self._threads.release()

    def _closed(self) -> list[Path]:
        return sorted(path for path in self._directory.glob(CLOSED) if path.name not in self._left)

    def _close_current(self) -> Path:
        numbers = [int(path.stem) for path in self._directory.glob(CLOSED)]
        path = self._directory / f"{max(numbers, default=0) + 1:012}.events"
        (self._directory / CURRENT).rename(path)
        _sync_directory(self._directory)
        return path

    def _next(self) -> Path | None:
        """The file to be read next; None once nothing waits, which the flag then says."""
        with self._turn_to_write():
            if closed := self._closed():
                return closed[0]
            if (self._directory / CURRENT).exists():
                return self._close_current()
            self._flag[0] = 0
            return None

    def _drain_file(self, path: Path, take: Take) -> None:
        content = _content(path)
        records, lost_bytes = read(content)
        refused: list[bytes] = []
        for first in range(self._done_of(content), len(records), BATCH):
            refused.extend(take(records[first : first + BATCH]))
            if not refused:  # what is refused has to be met again, until the whole file is done
                self._note_done(content, first + BATCH)
        try:
            if lost_bytes:
                self._move_aside(path, f"{lost_bytes} bytes of it are no event")
            elif refused:
                self._keep_refused(path, refused)
            else:
                path.unlink()
            _sync_directory(self._directory)
        except OSError as error:
            self._left.add(path.name)
            log.error("a spooled file is done with and stays", file=str(path), error=str(error))

    def _done_of(self, content: bytes) -> int:
        """How many records of exactly this content somebody had handed over when he died."""
        with suppress(OSError, ValueError):
            digest, count = (self._directory / PLACE).read_text().split()
            return int(count) if digest == _digest(content) else 0
        return 0

    def _note_done(self, content: bytes, count: int) -> None:
        """It saves time and no more, so it is not synced: what a power cut takes back is handed over again."""
        with suppress(OSError):
            file = open_private(self._directory / PLACE, os.O_WRONLY | os.O_TRUNC)
            with os.fdopen(file, "w") as text:
                text.write(f"{_digest(content)} {count}\n")

    def _keep_refused(self, path: Path, refused: Sequence[bytes]) -> None:
        """What could not be taken stays in a file of the same form: moved back, it is tried again."""
        aside = self._aside(path)
        try:
            _append(aside, b"".join(map(_framed, refused)))
        except OSError:
            self._move_aside(path, "some of its events cannot be taken")
        else:
            log.error("spooled events were set aside: they cannot be taken", file=str(aside), events=len(refused))
            path.unlink()

    def _move_aside(self, path: Path, why: str) -> None:
        aside = self._aside(path)
        path.rename(aside)
        log.error("a spooled file was set aside", file=str(aside), reason=why)

    def _aside(self, path: Path) -> Path:
        return self._directory / SET_ASIDE / f"{time.time_ns()}-{path.name}"


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _framed(record: bytes) -> bytes:
    return HEAD.pack(MARK, len(record), zlib.crc32(record)) + record


def read(content: bytes) -> tuple[list[bytes], int]:
    """(the whole records in order, how many bytes belong to none)."""
    records: list[bytes] = []
    lost, at = 0, 0
    while at < len(content):
        record = _record_at(content, at)
        if record is not None:
            if record != PADDING:
                records.append(record)
            at += HEAD.size + len(record)
            continue
        following = content.find(MARK, at + 1)
        following = len(content) if following < 0 else following
        lost += following - at
        at = following
    return records, lost


def _record_at(content: bytes, at: int) -> bytes | None:
    if len(content) - at < HEAD.size:
        return None
    mark, length, checksum = HEAD.unpack_from(content, at)
    record = content[at + HEAD.size : at + HEAD.size + length]
    if mark != MARK or len(record) < length or zlib.crc32(record) != checksum:
        return None
    return record


def _content(path: Path) -> bytes:
    """Nothing of a file that is gone, or that the disk cannot read any more."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        log.error("a spooled file cannot be read", file=str(path), error=str(error))
        return b"\0"  # bytes that are no record: it will be set aside


def _append(path: Path, framed: bytes) -> int:
    """Write at the end, to the disk; answers the file's new size. What fails leaves the file as it was."""
    file = open_private(path, os.O_WRONLY | os.O_APPEND)
    try:
        size = os.fstat(file).st_size
        try:
            written = os.write(file, framed)
            if written < len(framed):
                raise OSError(f"only {written} of {len(framed)} bytes were written")
            os.fdatasync(file)
        except OSError:
            with suppress(OSError):  # else what is torn is skipped when it is read
                os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
    return size + len(framed)


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


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
