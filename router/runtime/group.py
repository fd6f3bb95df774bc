"""Group commit: the events that wait at the same time share one transaction, and so one sync of the disk.

Whoever comes while nobody commits leads and commits at once, alone: nothing is ever delayed on purpose. Who comes
meanwhile queues; when the leader is done, the first of the queue leads the next group: everybody who is there when its
turn to write has come. Each gets his own answer when the group is on disk. If one piece of work fails, nothing of the
group is kept, and each piece is done again in a transaction of its own, so that only the one that is to blame fails.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from router.errors import StoreUnavailable
from router.runtime.ports import Store, Transaction

Work = Callable[[Transaction], Any]

MOST: Final = 64
"""Pieces of work in one transaction: the others of the machine wait for its end."""


class _Waiter:
    """One piece of work, and the thread that waits for it."""

    __slots__ = ("awake", "done", "error", "leads", "result", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.awake = threading.Lock()
        self.awake.acquire()  # released once: to lead, or with the answer
        self.leads = False
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None


class GroupCommit:
    """Runs work in transactions of a store. Thread-safe; the groups of two processes take turns at the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._queue: deque[_Waiter] = deque()
        self._busy = False

    def run(self, work: Work) -> Any:
        """Do `work` in a transaction; answers what it answers once that is on disk. Raises what it raises, and
        StoreUnavailable when the group could not be kept."""
        waiter = _Waiter(work)
        with self._lock:
            self._queue.append(waiter)
            waiter.leads = not self._busy
            self._busy = True
        if not waiter.leads:
            waiter.awake.acquire()
        if not waiter.done:
            self._lead()
        if waiter.error is not None:
            raise waiter.error
        return waiter.result

    def _lead(self) -> None:
        """Commit the group at the head of the queue, the leader's own work first, and pass the lead on."""
        group: list[_Waiter] = []
        try:
            with self._store.transaction() as tx:
                self._gather(group)  # only now: who came while we waited for our turn belongs to it, too
                for waiter in group:
                    waiter.result = waiter.work(tx)
        except StoreUnavailable as error:
            if not group:
                self._gather(group)
            _fail(group, error)
        except BaseException as error:
            if len(group) == 1:
                _fail(group, error)
            else:
                for waiter in group:
                    self._commit_alone(waiter)
        finally:
            self._pass_on(group)

    def _gather(self, group: list[_Waiter]) -> None:
        """Take the queue's head into the group."""
        with self._lock:
            while self._queue and len(group) < MOST:
                group.append(self._queue.popleft())

    def _commit_alone(self, waiter: _Waiter) -> None:
        try:
            with self._store.transaction() as tx:
                waiter.result = waiter.work(tx)
        except BaseException as error:
            waiter.error = error

    def _pass_on(self, group: list[_Waiter]) -> None:
        with self._lock:
            heir = self._queue[0] if self._queue else None
            self._busy = heir is not None
        if heir is not None:
            heir.awake.release()
        for waiter in group:
            waiter.done = True
        for waiter in group[1:]:
            waiter.awake.release()


def _fail(group: list[_Waiter], error: BaseException) -> None:
    for waiter in group:
        waiter.error = error
