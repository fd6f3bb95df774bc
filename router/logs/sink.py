"""Where lines go: standard error, one write for each.

Code that logs is in the middle of something more important, such as keeping an event that the database did not take. So
what always holds: a line costs no more than a system call or two, never raises and never waits. A reader who is gone, a
full disk behind a file, a pipe or a terminal without a reader lose lines, and nothing else; how many they were is
said once there is room again.

Lines of several processes on one pipe do not mix: none is longer than what the kernel writes as a whole (PIPE_BUF).
"""

import os
import select
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Final

STDERR: Final = 2
MOST_BYTES: Final = 256 * 1024
PIPE_BYTES: Final = select.PIPE_BUF


class Sink:
    """A file descriptor. `lost` makes the line that tells of so many lost ones."""

    def __init__(self, file: int = STDERR, lost: Callable[[int], bytes] = lambda count: b"") -> None:
        self._file = file
        self._lost = lost
        self._lost_count = 0
        self._is_torn = False  # half a line was written, by a disk that is full
        self.most_bytes, self._write = self._ways()

    def write(self, line: bytes) -> None:
        """A whole line, with its end. Never raises, never waits."""
        if not self._put(line):
            self._lost_count += 1
        elif self._lost_count and self._put(self._lost(self._lost_count)):
            self._lost_count = 0

    def _put(self, line: bytes) -> bool:
        if self._is_torn:
            line = b"\n" + line
        try:
            written = self._write(line)
        except OSError:
            return False
        if 0 < written < len(line):
            self._is_torn = True
        elif written:
            self._is_torn = False
        return written == len(line)

    def _ways(self) -> tuple[int, Callable[[bytes], int]]:
        """(the longest line, what writes one): by the kind of file."""
        try:
            mode = os.fstat(self._file).st_mode
        except OSError:
            return MOST_BYTES, len  # closed from the start: there is no reader
        if stat.S_ISFIFO(mode):
            return PIPE_BYTES, self._to_pipe()
        if stat.S_ISSOCK(mode):
            return PIPE_BYTES, self._to_socket()
        if stat.S_ISREG(mode):
            return MOST_BYTES, self._to_file
        return MOST_BYTES, self._when_ready

    def _to_file(self, line: bytes) -> int:
        return os.write(self._file, line)

    def _when_ready(self, line: bytes) -> int:
        ready = select.poll()
        ready.register(self._file, select.POLLOUT)
        return os.write(self._file, line) if ready.poll(0) else 0

    def _to_pipe(self) -> Callable[[bytes], int]:
        """Through an opening of our own that does not block: the one that we have belongs to others, too."""
        with suppress(OSError):
            own = os.open(f"/proc/self/fd/{self._file}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            return lambda line: os.write(own, line)
        return self._when_ready

    def _to_socket(self) -> Callable[[bytes], int]:
        with suppress(OSError):
            own = socket.socket(fileno=os.dup(self._file))
            return lambda line: own.send(line, socket.MSG_DONTWAIT)
        return self._when_ready
