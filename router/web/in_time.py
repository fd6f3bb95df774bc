"""Asking what may hang, without hanging: a database that swallows packets, a disk that is gone, a network file
system."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Told = TypeVar("Told")


class InTime(Generic[Told]):
    """Asks in a thread of its own, one at a time: a caller that comes meanwhile waits for the same answer, and not for
    one that was begun too long ago. The last answer is remembered."""

    def __init__(self, name: str, ask: Callable[[], Told], seconds: float) -> None:
        self._name = name
        self._ask = ask
        self._seconds = seconds
        self._lock = threading.Lock()
        self._under_way: Future[Told] | None = None
        self._until = 0.0  # on the monotonic clock
        self._last: tuple[float, Told] | None = None

    def begin(self) -> None:
        """Ask, unless another caller has and there is no answer yet."""
        with self._lock:
            if self._under_way is not None and not self._under_way.done():
                return
            future: Future[Told] = Future()
            self._under_way = future
            self._until = time.monotonic() + self._seconds
            threading.Thread(target=self._run, args=(future,), name=self._name, daemon=True).start()

    def answer(self, fresh_seconds: float = 0.0) -> Told | None:
        """What was answered in time; else the last answer, if it is no older than that; else None. Raises what asking
        raised."""
        with self._lock:
            future, until = self._under_way, self._until
        if future is not None:
            try:
                return future.result(max(0.0, until - time.monotonic()))
            except TimeoutError:
                if future.done():
                    raise
        with self._lock:
            if self._last is not None and time.monotonic() - self._last[0] <= fresh_seconds:
                return self._last[1]
        return None

    def _run(self, future: "Future[Told]") -> None:
        try:
            told = self._ask()
        except BaseException as error:
            future.set_exception(error)
            return
        with self._lock:
            self._last = time.monotonic(), told
        future.set_result(told)
