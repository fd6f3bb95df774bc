"""Threads for work that waits for another system, with a bounded queue."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class BoundedPool:
    """At most `threads` pieces of work at a time, and at most `waiting` more that wait (None: any number).

    Threads are made when there is work for them; a forked child makes its own. Work must not raise.
    """

    def __init__(self, name: str, threads: int, waiting: int | None) -> None:
        self._name = name
        self._threads = threads
        self._most = None if waiting is None else threads + waiting
        self._lock = threading.Lock()
        self._inside = 0
        self._executor: ThreadPoolExecutor | None = None
        self._process = 0

    def submit(self, work: Callable[[], object]) -> bool:
        """Have `work` done; False when there is no room for it, or the process is ending."""
        with self._lock:
            executor = self._here()
            if self._most is not None and self._inside >= self._most:
                return False
            try:
                future = executor.submit(work)
            except RuntimeError:  # the interpreter is shutting down
                return False
            self._inside += 1
        future.add_done_callback(lambda _done: self._left())
        return True

    def stop(self) -> None:
        """Finish what is being done, and drop what waits. Later work begins anew."""
        with self._lock:
            executor, self._executor = self._executor, None
            mine = self._process == os.getpid()
        if executor is not None and mine:
            executor.shutdown(wait=True, cancel_futures=True)

    def _here(self) -> ThreadPoolExecutor:
        if self._executor is None or self._process != os.getpid():
            self._executor = ThreadPoolExecutor(self._threads, self._name)
            self._process = os.getpid()
            self._inside = 0
        return self._executor

    def _left(self) -> None:
        with self._lock:
            self._inside -= 1
