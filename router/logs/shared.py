"""What the processes of one machine's router know together of lines that repeat themselves: one table in memory.

The table is made when gunicorn's master loads this module, before it forks; a process without a master has one of its
own. What always holds: no thread waits for it longer than a few milliseconds. A process that stops in the middle of it
leaves the others with what each knows alone.
"""

import fcntl
import mmap
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

SLOTS: Final = 512
TRIES: Final = 10
TRY_SECONDS: Final = 0.0005


class Slot:
    """What is known of one kind of line. Instants are the machine's monotonic clock."""

    __slots__ = ("began", "count", "is_active", "number", "stage", "until")

    LAYOUT: Final = struct.Struct("=QddIHH")  # hash of the kind; until; began; count; stage; is_active

    def __init__(self, number: int, until: float, began: float, count: int, stage: int, is_active: int) -> None:
        self.number = number  # in the table
        self.until = until  # nothing is written before
        self.began = began  # when the trouble was first told
        self.count = count  # what was not written since
        self.stage = stage  # how often it was written lately
        self.is_active = is_active  # it is not over, as far as is known


def _file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("ivr-log", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile(prefix="ivr-log-") as file:
        return os.dup(file.fileno())


class Table:
    """The slots of all kinds of lines."""

    def __init__(self) -> None:
        self._lock_file = _file()
        self._memory = mmap.mmap(-1, SLOTS * Slot.LAYOUT.size)
        self._threads = threading.Lock()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._threads = threading.Lock()  # a thread of the parent may have held it

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether the table is ours meanwhile; not if another process does not let go of it."""
        with self._threads:
            held = self._lock()
            try:
                yield held
            finally:
                if held:
                    fcntl.lockf(self._lock_file, fcntl.LOCK_UN)

    def _lock(self) -> bool:
        for _ in range(TRIES):
            try:
                fcntl.lockf(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(TRY_SECONDS)
            else:
                return True
        return False

    def peek(self, kind: str) -> Slot | None:
        """The slot of a kind, if it has one."""
        wanted = _hash(kind)
        for number in _places(wanted):
            found, *values = Slot.LAYOUT.unpack_from(self._memory, number * Slot.LAYOUT.size)
            if found == wanted:
                return Slot(number, *values)
            if not found:
                break
        return None

    def find(self, kind: str, now: float) -> Slot | None:
        """The slot of a kind, a new one if need be: in the place of what was written about longest ago. None while all
        of them have counted something that is not written yet."""
        if (known := self.peek(kind)) is not None:
            return known
        wanted = _hash(kind)
        number = min(_places(wanted), key=self._worth)
        if self._worth(number)[1]:
            return None
        Slot.LAYOUT.pack_into(self._memory, number * Slot.LAYOUT.size, wanted, 0.0, now, 0, 0, 0)
        return Slot(number, 0.0, now, 0, 0, 0)

    def _worth(self, number: int) -> tuple[bool, bool, float]:
        """An empty slot is given away first, one that has counted something last."""
        found, until, _, count, *_rest = Slot.LAYOUT.unpack_from(self._memory, number * Slot.LAYOUT.size)
        return bool(found), bool(count), until

    def keep(self, slot: Slot) -> None:
        values = (slot.until, slot.began, min(slot.count, 2**32 - 1), min(slot.stage, 2**16 - 1), slot.is_active)
        at = slot.number * Slot.LAYOUT.size
        (kind,) = struct.unpack_from("=Q", self._memory, at)
        Slot.LAYOUT.pack_into(self._memory, at, kind, *values)


def _hash(kind: str) -> int:
    return int.from_bytes(blake2b(kind.encode(errors="replace"), digest_size=8).digest(), "big") or 1


def _places(wanted: int) -> Iterator[int]:
    start = wanted % SLOTS
    yield from range(start, SLOTS)
    yield from range(start)
