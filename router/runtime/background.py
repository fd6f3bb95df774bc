"""A thread of this process that runs until it is told to stop."""

import threading
from collections.abc import Callable


class Background:
    """`loop` is called once, in a thread of its own, with the event that asks it to end; it may be started again."""

    def __init__(self, name: str, loop: Callable[[threading.Event], None]) -> None:
        self._name = name
        self._loop = loop
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._loop, args=(self._stop,), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the loop to end, and wait until it has; fine if it never ran."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
