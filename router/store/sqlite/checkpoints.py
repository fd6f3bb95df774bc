"""Checkpoints beside the traffic: what the `-wal` has is copied into the database while others go on writing.

SQLite copies in the commit that finds the `-wal` long, which is the writer's turn: every event of all processes waits
for some thousand pages and two syncs. Here a thread copies with a reader's connection, and no writer waits. What is
committed meanwhile stays behind, and only a `-wal` that was copied whole begins anew; so once it is long the thread
copies the rest in a turn of its own, which takes as long as two syncs and a few pages do. SQLite's own checkpoint stays
for what comes in too fast, or in one large transaction.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from typing import Final

from router.errors import StoreUnavailable

COMMITS: Final = 100
"""Of this process between two checkpoints; some thousand pages under load."""

ROWS: Final = 100
"""Changed by one commit that is copied at once: ten calls that are purged are 150 rows, on 180 pages here and there.
The more of them are copied together, the longer others wait for the disk."""

LONG_PAGES: Final = 4000
"""From so many on a `-wal` is to begin anew."""

OWN_PAGES: Final = 16_000
"""Of the `-wal` when SQLite copies by itself, in the commit that makes it so long."""

IDLE_SECONDS: Final = 60.0
"""After so long without a checkpoint the thread ends; the next one begins another."""

CHECKPOINT: Final = "PRAGMA wal_checkpoint(PASSIVE)"  # waits for no one and copies what it can

Borrowed = Callable[[], AbstractContextManager[sqlite3.Connection]]


class Checkpoints:
    """Those of one process. `committed` is called in the turn to write, and waits for nothing."""

    def __init__(self, reading: Borrowed, writing: Borrowed) -> None:
        """What lends a connection beside the writers, and one in a turn to write."""
        self._reading = reading
        self._writing = writing
        self._commits = 0
        self._changed = 0  # rows, by the connection that writes, with its last commit
        self._asked: SimpleQueue[bool] = SimpleQueue()  # whether to go on after it
        self._thread: threading.Thread | None = None

    def committed(self, changed: int) -> None:
        """Count a commit of a connection that has changed so many rows since it was opened; after COMMITS of them, or
        one of ROWS, there is something to copy."""
        self._commits += 1
        of_this_one, self._changed = changed - self._changed, changed
        if self._commits < COMMITS and of_this_one < ROWS:
            return
        self._commits = 0
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="sqlite-checkpoint", daemon=True)
            with suppress(RuntimeError):  # no thread can be started any more: SQLite copies
                self._thread.start()
        if self._asked.empty():
            self._asked.put(True)

    def end(self) -> None:
        """Return when what was asked for is done. Not in the turn to write, for which the thread may be waiting."""
        if self._thread is not None and self._thread.is_alive():
            self._asked.put(False)
            self._thread.join()

    def _run(self) -> None:
        with suppress(Empty):
            while self._asked.get(timeout=IDLE_SECONDS):
                with suppress(sqlite3.Error, OSError, StoreUnavailable):  # whoever reads or writes next meets it, too
                    self._copy()

    def _copy(self) -> None:
        with self._reading() as connection:
            _busy, pages, _copied = connection.execute(CHECKPOINT).fetchone()
        if pages >= LONG_PAGES:
            with self._writing() as connection:
                connection.execute(CHECKPOINT)
