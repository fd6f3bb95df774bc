"""Memory that the processes of one machine share: a small file that each of them maps.

What always holds: every byte has its place on the disk before it is mapped. A file with holes would end the process
(SIGBUS) at the first write on a full disk, and no exception says so.
"""

import errno
import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from router.private_files import open_private

NUMBER_BYTES: Final = 8


def _opened(path: Path, size: int) -> int:
    file = open_private(path)
    try:
        _allocate(file, size)
    except BaseException:
        os.close(file)
        raise
    return file


def _allocate(file: int, size: int) -> None:
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL):
            raise
        missing = size - os.fstat(file).st_size
        if missing > 0:  # a file system that promises nothing: what is written has its place
            os.pwrite(file, bytes(missing), size - missing)


class SharedNumbers:
    """`runtime.monitoring.heartbeats.Numbers` in a file; each is read and written whole."""

    def __init__(self, path: Path, count: int) -> None:
        size = count * NUMBER_BYTES
        self._file = _opened(path, size)
        self._numbers = memoryview(mmap.mmap(self._file, size)).cast("d")

    def __getitem__(self, place: int) -> float:
        return self._numbers[place]

    def __setitem__(self, place: int, value: float) -> None:
        self._numbers[place] = value

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process is in here. The kernel lets the next one in when a process dies."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
