"""Turns to write to a SQLite file: one holder among all threads of all processes, and nobody who waits for ever.

Threads of a process queue on a lock, processes on `flock`, which the kernel hands over at once and in order. But flock
knows no time-out, and a holder may be suspended (a debugger, a frozen container, a disk that hangs): whoever takes
events in has to give up in time, so that they go to the spool. So a free lock is taken where it is wanted, and one that
is held is waited for by a thread that does nothing else; when its turn comes and nobody wants it any more, it passes.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from time import monotonic
from typing import Final

from router.errors import StoreUnavailable
from router.store.sqlite.users import open_lock, share

TURN_SECONDS: Final = 2.0
"""How long a turn is waited for, among threads and among processes; then the store is unavailable."""


class _Wait:
    """One process's place in the queue of `flock`."""

    __slots__ = ("came", "file", "is_held", "is_wanted")

    def __init__(self, file: int) -> None:
        self.file = file  # of its own: the number of another one may be somebody else's by then
        self.is_wanted = True
        self.is_held = False
        self.came = threading.Lock()
        self.came.acquire()  # released when the turn has come and is wanted


class _Waiter:
    """Waits for `flock` in a thread of its own; asked by one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waits: SimpleQueue[_Wait] = SimpleQueue()
        self._wait: _Wait | None = None
        self._thread: threading.Thread | None = None

    def wait(self, file: int, seconds: float) -> bool:
        """Whether the turn came in time; then the lock is held by `file`."""
        with self._lock:
            if self._wait is None:
                self._wait = _Wait(os.dup(file))  # the same open file, and so the same lock
                self._waits.put(self._wait)
            wait = self._wait
            wait.is_wanted = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sqlite-turn", daemon=True)
                self._thread.start()
        if wait.came.acquire(timeout=seconds):
            return True
        with self._lock:
            wait.is_wanted = False
            return wait.is_held

    def _run(self) -> None:
        while True:
            wait = self._waits.get()
            fcntl.flock(wait.file, fcntl.LOCK_EX)
            with self._lock:
                self._wait = None
                wait.is_held = wait.is_wanted
                if wait.is_wanted:
                    wait.came.release()
                else:
                    fcntl.flock(wait.file, fcntl.LOCK_UN)
            os.close(wait.file)


class WriteLock:
    """Only one holder among all threads of all processes."""

    def __init__(self, path: str) -> None:
        self.threads = threading.Lock()
        self._path = path
        self._file = -1  # opened when first needed: the disk may be in trouble when a process starts
        self._waiter = _Waiter()
        self._is_closed = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """`acquire` and `release` around a block."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def acquire(self) -> None:
        """Wait for one's turn. StoreUnavailable when its holder does not get on for long."""
        until = monotonic() + TURN_SECONDS
        if not self.threads.acquire(timeout=TURN_SECONDS):
            raise StoreUnavailable(f"no turn to write within {TURN_SECONDS:g} s")
        try:
            if self._is_closed:
                raise StoreUnavailable("the store is closed")
            if self._file < 0:
                self._file = self._opened()
            self._lock(until)
        except BaseException:
            self.threads.release()
            raise

    def release(self) -> None:
        """Let the next one have its turn."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self.threads.release()

    def _opened(self) -> int:
        file = open_lock(self._path)
        if not share(file):
            os.close(file)
            raise StoreUnavailable("`ivr restore` is putting a backup into the database's place")
        return file

    def _lock(self, until: float) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not self._waiter.wait(self._file, max(0.0, until - monotonic())):
                raise StoreUnavailable(f"another process has kept the turn to write for {TURN_SECONDS:g} s") from None

    def close(self) -> None:
        """Harmless when repeated, which a fork after it does."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        self._is_closed = True
