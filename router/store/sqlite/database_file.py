"""Whether a SQLite file and the `-wal` beside it belong together, and whether it still is the file that was opened.

SQLite applies the frames of a `-wal` to whatever file has the name. A backup that somebody copies over the database,
beside the `-wal` of a killed router or under a running one, becomes a mixture of two states: it answers, and is broken.

Theory of operation. Page 1 has a number that is ours to choose, the application id. It counts: the first transaction
after a checkpoint raises it, and then one every STAMP_SECONDS (a stamp). So each generation of the `-wal`, from one
checkpoint to the next, begins with a stamp. Therefore the number in the file is one of those in the `-wal`, which a
checkpoint has copied, or the one just before the first of them. A copy that was made before the last checkpoint has a
smaller one, and a database of somebody else any. (SQLite's own change counter stands still in this mode.) What always
holds:

- nothing is opened beside a `-wal` of another state, and a running router does not go on in a file that was replaced;
- no connection that is closed then copies its `-wal` over what somebody put there (`keep_apart`);
- the descriptor that reads page 1 is never closed: POSIX drops SQLite's locks on a file with any descriptor of it.
"""

import fcntl
import os
import secrets
import sqlite3
import struct
import time
from math import inf
from typing import Final

from router.errors import StoreUnavailable

MAGIC: Final = b"SQLite format 3\0"
PAGE_ONE: Final = struct.Struct(">16s52xI")  # magic, application id
WAL_HEAD: Final = struct.Struct(">I4xI4x8s8x")  # magic, page size, salts
WAL_MAGIC: Final = (0x377F0682, 0x377F0683)
FRAME: Final = struct.Struct(">I4x8s8x")  # page number, salts
FIRST_STAMPS: Final = 1 << 30  # one of so many is the first, by chance; what follows lasts for years of 32 bits
CHECKPOINT_STAMPS: Final = 100_000  # so many lie between two checkpoints at the most: five hours of them
WAL, SHM = "-wal", "-shm"
LOOKS, LOOK_SECONDS = 3, 0.1
STAMP_SECONDS: Final = 0.2
SETTLED_NS: Final = 50_000_000  # file systems give the time of a change in ticks of some milliseconds
SHARED_FIRST, SHARED_SIZE = 0x40000002, 510  # the bytes that SQLite locks while it reads
CURE: Final = (
    "stop the router and run `ivr restore BACKUP`, which leaves no old -wal behind; docs/restore.md has the other ways"
)


def stamp_of(page: bytes) -> int | None:
    """The stamp in the beginning of page 1, 0 when it was never stamped; None for what is no SQLite database."""
    if len(page) < PAGE_ONE.size:
        return None
    magic, stamp = PAGE_ONE.unpack_from(page)
    return int(stamp) if magic == MAGIC else None


class DatabaseFile:
    """The file at a path, as one process has it open. Its methods are called in the turn to write, `look` also
    elsewhere."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1
        self._inode = 0
        self._seen: int | None = None
        self._mixed: tuple[int | None, ...] = ()  # the stamps of a pair that was found to be of two states
        self.was_opened = False  # once at least
        self._sidecars: dict[str, int] = {}  # the inodes of -wal and -shm
        self._is_sound = False  # it was checked and opened, and no trouble came since
        self._stamp_again = -inf  # on the monotonic clock: when a transaction has to write page 1
        self._stamping_over: int | None = None  # the stamp in the file beneath this transaction
        self._stamped_over: int | None = None  # and beneath the last one that was kept with a stamp of its own
        self._directory = ""
        self._names: tuple[int, int] | None = None  # of the directory: inode and time of change, at the last look
        self._name_holds: tuple[int, int] | None = None  # with these the file's name stood for what was opened
        self._sidecars_hold: tuple[int, int] | None = None  # and with these those of -wal and -shm

    def look(self) -> bool:
        """Whether it is the file that was opened; False when none was, or another one has its name. Raises
        StoreUnavailable when its content was replaced. Two system calls."""
        if not self._is_sound:
            return False
        found = os.stat(self._directory)  # its time changes with whatever is made, moved or deleted there
        self._names = names = found.st_ino, found.st_mtime_ns
        if names != self._name_holds:
            if os.stat(self._path).st_ino != self._inode:
                return False
            self._name_holds = self._settled(names)
        for _ in range(LOOKS):  # a checkpoint may come between two steps of one
            seen = self._seen  # before the file is read: other threads look as well, and then know a newer stamp
            stamp = self._read()
            if stamp == seen:
                return True
            if stamp is not None and seen is not None and self._is_later(stamp, seen):
                self._seen = stamp
                return True
        self.keep_apart()
        raise StoreUnavailable(f"{self._path} was overwritten while the router had it open: {CURE}")

    def check(self) -> None:
        """Before it is opened: raises StoreUnavailable when the `-wal` beside it belongs to another state, and
        FileNotFoundError when there was a file and is none."""
        self._is_sound, self._stamp_again = False, -inf
        self._names = self._name_holds = self._sidecars_hold = None
        logged = stamps_in_wal(f"{self._path}-wal")
        try:
            inode = os.stat(self._path).st_ino
        except FileNotFoundError:
            if self.was_opened:  # a file that is gone is trouble, and no reason to begin an empty one
                raise
            if logged:
                raise StoreUnavailable(
                    f"there is no {self._path}, and its -wal is still there: put the file back; `ivr restore BACKUP` "
                    "puts a backup into its place; to begin anew move the -wal away"
                ) from None
            return
        if inode != self._inode:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            self._inode = inode
        self._seen = self._read()
        if self._seen is None and os.fstat(self._descriptor).st_size:
            raise StoreUnavailable(f"{self._path} is not a database of SQLite: {CURE}")
        if not belong_together(self._seen, logged) and not self._only_seems_mixed((self._seen, *logged)):
            self.keep_apart()
            raise StoreUnavailable(
                f"{self._path}-wal belongs to another state of the database than {self._path}, as after a backup that "
                f"was copied into its place: {CURE}"
            )

    def _only_seems_mixed(self, stamps: tuple[int | None, ...]) -> bool:
        """Whether a checkpoint came between two looks; what was found mixed once is not waited for again, since others
        wait for this turn."""
        if stamps == self._mixed:
            return False
        if of_one_state(self._path):
            return True
        self._mixed = stamps
        return False

    def opened(self, connection: sqlite3.Connection) -> None:
        """It was opened, and perhaps made just now."""
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            self._inode = os.stat(self._path).st_ino
        self._seen = self._read()
        if self._seen == 0 and not connection.execute("PRAGMA application_id").fetchone()[0]:
            # So that the -wal tells what its stamps follow. Where it does already, they must not begin anew: a
            # checkpoint would bring the 0 into the file, and the next generation would begin with any stamp.
            connection.execute("PRAGMA application_id = 0")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # now they are there
        self._sidecars = {sidecar: os.stat(self._path + sidecar).st_ino for sidecar in (WAL, SHM)}
        self._directory = os.path.dirname(os.path.realpath(self._path))
        self._is_sound = self.was_opened = True

    def _settled(self, names: tuple[int, int] | None) -> tuple[int, int] | None:
        """The same, unless the directory changed so lately that the next change may have the same time, or the file is
        named by a link, which stands in another directory."""
        if names is None or os.path.islink(self._path):
            return None
        return names if time.time_ns() - names[1] > SETTLED_NS else None

    def lost(self) -> str:
        """Which of `-wal` and `-shm` somebody has deleted, "" when neither: whoever opens the file then makes others,
        and sees another state. Follows a `look`; two system calls when a name in the directory has changed."""
        if self._names is not None and self._names == self._sidecars_hold:
            return ""
        for sidecar, inode in self._sidecars.items():
            try:
                is_there = os.stat(self._path + sidecar).st_ino == inode
            except FileNotFoundError:
                is_there = False
            if not is_there:
                return sidecar
        self._sidecars_hold = self._settled(self._names)
        return ""

    def stamp(self, connection: sqlite3.Connection) -> bool:
        """Write a stamp in the transaction that has begun, if one is due; whether it was. After a checkpoint, which
        changes the stamp in the file, one is."""
        in_file = self._read()
        if time.monotonic() < self._stamp_again and in_file == self._stamped_over:
            return False
        self._stamping_over = in_file
        last = connection.execute("PRAGMA application_id").fetchone()[0]
        following = last + 1 if last else 1 + secrets.randbelow(FIRST_STAMPS)
        connection.execute(f"PRAGMA application_id = {following}")
        return True

    def stamped(self) -> None:
        """A transaction with a stamp was kept."""
        self._stamp_again, self._stamped_over = time.monotonic() + STAMP_SECONDS, self._stamping_over

    def keep_apart(self) -> None:
        """Lock the file against checkpoints for as long as this process lives: who closes the last connection would
        make one."""
        lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, SHARED_FIRST, SHARED_SIZE, 0)
        fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, lock)

    def _read(self) -> int | None:
        return stamp_of(os.pread(self._descriptor, PAGE_ONE.size, 0))

    def _is_later(self, stamp: int, seen: int) -> bool:
        """Whether a checkpoint can have brought it; where the numbers alone do not say so, the `-wal` does."""
        if seen and 0 < stamp - seen <= CHECKPOINT_STAMPS:
            return True
        return not seen and belong_together(stamp, stamps_in_wal(f"{self._path}-wal"))


def belong_together(stamp: int | None, logged: list[int]) -> bool:
    """Whether a file with that stamp and a `-wal` with these are of one state."""
    if not any(logged):  # no -wal, or one of the time before stamps
        return True
    return stamp is not None and (stamp in logged or stamp + 1 == logged[0])


def of_one_state(path: str) -> bool:
    """The same of a file that routers may be using: a checkpoint between two looks is no mixture."""
    for _ in range(LOOKS):
        with open(path, "rb") as file:
            stamp = stamp_of(file.read(PAGE_ONE.size))
        if belong_together(stamp, stamps_in_wal(f"{path}-wal")):
            return True
        time.sleep(LOOK_SECONDS)
    return False


def stamps_in_wal(path: str) -> list[int]:
    """The stamp of each state of page 1 that a `-wal` has, in order; none without the file."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    try:
        return _stamps(file)
    finally:
        os.close(file)


def _stamps(file: int) -> list[int]:
    head = os.pread(file, WAL_HEAD.size, 0)
    if len(head) < WAL_HEAD.size:
        return []
    magic, page_size, salts = WAL_HEAD.unpack(head)
    found: list[int] = []
    at, step = WAL_HEAD.size, FRAME.size + page_size
    while magic in WAL_MAGIC:
        frame = os.pread(file, FRAME.size + PAGE_ONE.size, at)
        if len(frame) < FRAME.size + PAGE_ONE.size:
            break
        number, its_salts = FRAME.unpack_from(frame)
        if its_salts != salts:  # left of an earlier generation
            break
        if number == 1 and (stamp := stamp_of(frame[FRAME.size :])) is not None:
            found.append(stamp)
        at += step
    return found
