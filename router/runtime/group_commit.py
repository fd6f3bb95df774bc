"""Group commit: the events that wait at the same time share one transaction, and so one sync of the disk.

A thread that comes while no other commits leads and commits at once, alone: nothing is delayed on purpose. Who comes
meanwhile queues; when the leader is done, the first of the queue leads the next group: everybody who is there when its
turn to write has come. Each gets his own answer when the group is on disk. If one piece of work fails, nothing of the
group is kept, and each piece is done again in a transaction of its own, so that only the one that is to blame fails.

A caller that can keep its work elsewhere may wait for a bounded time: a database that is stuck is one that is away.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from router.errors import StoreUnavailable
from router.runtime.ports import Store, Transaction
from router.runtime.records import EventKeys

Work = Callable[[Transaction], Any]

MOST: Final = 64
"""Pieces of work after which a group is closed: the others of the machine wait for its end."""

WAIT_SECONDS: Final = 2.0
"""How long a group may take, and how long work that can be kept elsewhere waits for its own, before the database counts
as away: an event has the spool, and everything else is tried again."""

FOR_EVER: Final = -1.0


class _Piece:
    """One piece of work, and what came of it."""

    __slots__ = ("error", "names", "result", "work")

    def __init__(self, work: Work, names: EventKeys | None = None) -> None:
        self.work = work
        self.names = names
        self.result: Any = None
        self.error: Exception | None = None


class _Waiter:
    """The pieces that one thread waits for."""

    __slots__ = ("awake", "done", "leads", "pieces")

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self.pieces = pieces
        self.awake = threading.Lock()
        self.awake.acquire()  # released once: to lead, or when all is done
        self.leads = False
        self.done = False


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
        piece = _Piece(work)
        self._do([piece])
        if piece.error is not None:
            raise piece.error
        return piece.result

    def run_all(self, works: Iterable[tuple[Work, EventKeys]], wait_seconds: float = FOR_EVER) -> list[Any]:
        """The same for several pieces at once, in their order, each with what it will load; an exception stands in for
        the answer of what failed.

        Raises StoreUnavailable when nothing is known of their group after `wait_seconds`: only then they may be kept
        all the same.
        """
        pieces = [_Piece(work, names) for work, names in works]
        self._do(pieces, wait_seconds)
        return [piece.result if piece.error is None else piece.error for piece in pieces]

    def _do(self, pieces: Sequence[_Piece], wait_seconds: float = FOR_EVER) -> None:
        together = [piece for piece in pieces if self._may_share(piece)]
        if len(together) < len(pieces):
            self._commit_each(piece for piece in pieces if not self._may_share(piece))
        if together:
            self._share(together, wait_seconds)

    def _may_share(self, piece: _Piece) -> bool:
        """Where transactions run side by side, each holds locks: only what says beforehand which ones may be joined."""
        return piece.names is not None or not self._store.side_by_side

    def _share(self, pieces: Sequence[_Piece], wait_seconds: float) -> None:
        waiter = _Waiter(pieces)
        with self._lock:
            self._queue.append(waiter)
            waiter.leads = not self._busy
            self._busy = True
        if not waiter.leads and not waiter.awake.acquire(timeout=wait_seconds):
            self._leave(waiter, wait_seconds)
        if not waiter.done:
            self._lead()

    def _lead(self) -> None:
        """Commit the group at the head of the queue, the leader's own work first, and pass the lead on."""
        group: list[_Waiter] = []
        try:
            self._commit_together(group)
        finally:
            self._pass_on(group)

    def _leave(self, waiter: _Waiter, waited_seconds: float) -> None:
        """Wait no longer, unless the waiter's own turn to lead, or the answer, has come just now."""
        with self._lock:
            if waiter.leads or waiter.done:
                return
            if waiter in self._queue:
                self._queue.remove(waiter)
        raise StoreUnavailable(f"the database was silent for {waited_seconds:g} s")

    def _commit_together(self, group: list[_Waiter]) -> None:
        try:
            with self._store.transaction(WAIT_SECONDS) as tx:
                self._gather(group)  # only now: who came while we waited for our turn belongs to it, too
                tx.expect([piece.names for piece in _pieces(group) if piece.names is not None])
                for piece in _pieces(group):
                    piece.result = piece.work(tx)
        except BaseException as error:
            if not group:  # our turn did not even come
                self._gather(group)
            self._fail(list(_pieces(group)), error)
            if not isinstance(error, Exception):
                raise

    def _fail(self, pieces: list[_Piece], error: BaseException) -> None:
        """Nothing of the group was kept."""
        if not isinstance(error, Exception):  # this thread ends; the others must not take silence for success
            error = StoreUnavailable("the thread that was to commit was stopped")
        if len(pieces) > 1 and not isinstance(error, StoreUnavailable):
            self._commit_each(pieces)
            return
        for piece in pieces:
            piece.error = error

    def _gather(self, group: list[_Waiter]) -> None:
        """Take the queue's head into the group."""
        count = 0
        with self._lock:
            while self._queue and count < MOST:
                group.append(self._queue.popleft())
                count += len(group[-1].pieces)

    def _commit_each(self, pieces: Iterable[_Piece]) -> None:
        """Once the database is away, the next ones do not wait to find out again."""
        away: StoreUnavailable | None = None
        for piece in pieces:
            if away is not None:
                piece.error = away
                continue
            try:
                with self._store.transaction(WAIT_SECONDS) as tx:
                    piece.result = piece.work(tx)
            except StoreUnavailable as error:
                piece.error = away = error
            except Exception as error:
                piece.error = error

    def _pass_on(self, group: list[_Waiter]) -> None:
        with self._lock:
            heir = self._queue[0] if self._queue else None
            self._busy = heir is not None
            if heir is not None:
                heir.leads = True
        if heir is not None:
            heir.awake.release()
        for waiter in group:
            waiter.done = True
        for waiter in group[1:]:
            waiter.awake.release()


def _pieces(group: Iterable[_Waiter]) -> Iterable[_Piece]:
    return (piece for waiter in group for piece in waiter.pieces)
