"""Up to which number the journal is final, although PostgreSQL gives numbers out before commits.

Two transactions may commit in another order than they took their numbers, so the newest line says nothing of those
before it. What says it is the table's own lock: whoever inserts into the journal holds RowExclusiveLock on it from
before its first number to its end, and pg_locks shows who does.

A look reads V, the newest committed number, and then W, who holds that lock. A number up to V was taken before V was,
by a transaction that is in W or has ended. So once nobody of W holds the lock any more, every number up to V is there
for all snapshots to come, or never will be. docs/decisions/0151 has the argument in full.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from router.errors import StoreUnavailable
from router.store import statements
from router.store.statement import Row, Statement

PATIENCE_SECONDS: Final = 0.02
"""For those who write at this moment: a transaction of an event holds the lock for a few milliseconds."""

STEP_SECONDS: Final = 0.002
WAIT_SECONDS: Final = 5.0  # for all of them, where nothing less will do; then the store is unavailable

Read = Callable[[Statement], list[Row]]


class JournalEnd:
    """What one process knows of it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._final = 0  # no number up to it can appear any more
        self._next = 0  # is final, too, once nobody of `_writers` holds the lock
        self._writers: frozenset[str] = frozenset()

    def reached(self, read: Read, seconds: float = PATIENCE_SECONDS) -> tuple[int, bool]:
        """Up to which number the journal is final, and whether that is all that was committed when this was called:
        it is waited for so long."""
        until = time.monotonic() + seconds
        newest = self._look(read)
        while self._final < newest and time.monotonic() < until:
            time.sleep(STEP_SECONDS)
            self._look(read)
        return self._final, self._final >= newest

    def whole(self, read: Read) -> int:
        """The same with everything that is committed now."""
        final, is_whole = self.reached(read, WAIT_SECONDS)
        if not is_whole:
            raise StoreUnavailable(f"a transaction has been writing the journal for {WAIT_SECONDS:g} s: see pg_locks")
        return final

    def _look(self, read: Read) -> int:
        """Learn from one look, and answer the newest number. One after the other: an older look at who writes knows
        nothing of those who have come since."""
        with self._lock:
            ((newest, holders),) = read(statements.LAST_RECORD)
            writers = frozenset(holders.split())
            if newest < self._next:  # lines are gone, or this is another database under the same name
                self._final, self._next, self._writers = 0, 0, frozenset()
            self._writers &= writers
            if not self._writers:
                self._final, self._next, self._writers = self._next, newest, writers
            if not writers:
                self._final = newest
            return int(newest)
