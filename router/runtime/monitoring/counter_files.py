"""The files in which a worker's counts stand for the others, so that a full disk ends no worker.

prometheus-client maps files that have holes. The first count on a page that the disk has no room for is a SIGBUS, which
no program survives: a full temporary directory would end every worker, and every one that follows. Here each byte has
its place on the disk before it is mapped. Where there is none the counts go on in memory of the process's own, which
the others do not see: the metrics are short of them then, and nothing else is.
"""

import mmap
import os
from contextlib import suppress
from typing import Any, Final

from prometheus_client.mmap_dict import MmapedDict

from router.logs import get_logger

FIRST_BYTES: Final = 1 << 16
HEAD_BYTES: Final = 8  # how much is used, and padding
LONGEST_PADDING: Final = 8

log = get_logger()


class CounterFile(MmapedDict):
    """A dict of doubles in a file whose place is allocated, or else in memory."""

    _f: Any
    _m: Any
    _capacity: int
    _used: int
    _positions: dict[str, int]

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if read_mode or _allocate(filename, FIRST_BYTES):
            super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]
            return
        self._f, self._fname, self._positions = None, filename, {}
        self._m, self._capacity = mmap.mmap(-1, FIRST_BYTES), FIRST_BYTES
        self._used = HEAD_BYTES
        self._note_used()

    def _init_value(self, key: str) -> None:
        self._make_room(len(key.encode()) + 4 + LONGEST_PADDING + 16)
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        if self._f is None and self._m is not None:
            self._m.close()
            self._m = None
        super().close()  # type: ignore[no-untyped-call]

    def _make_room(self, wanted: int) -> None:
        """So that the library need not make any."""
        capacity = self._capacity
        while self._used + wanted > capacity:
            capacity *= 2
        if capacity == self._capacity:
            return
        if self._f is not None and _allocate(self._fname, capacity):
            self._m = mmap.mmap(self._f.fileno(), capacity)
        else:
            content = bytes(self._m[: self._used])
            self._m = mmap.mmap(-1, capacity)
            self._m[: self._used] = content
            if self._f is not None:
                self._f.close()
                self._f = None
        self._capacity = capacity

    def _note_used(self) -> None:
        self._m[:4] = self._used.to_bytes(4, "little")


def _allocate(filename: str, size: int) -> bool:
    """Whether the file has so many bytes on the disk now."""
    try:
        file = os.open(filename, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, size)
        finally:
            os.close(file)
    except OSError as error:
        log.warning("no room for this worker's counts: they are in no metric", file=filename, error=str(error))
        with suppress(OSError):
            if os.stat(filename).st_size == 0:  # the others would take it for a broken one
                os.unlink(filename)
        return False
    return True
