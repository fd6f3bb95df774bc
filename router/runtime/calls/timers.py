"""Timers: calls whose wake-up is due are stepped, on whichever worker gets there first.

A call's earliest timer is a column of its row, written in the transaction that set it; so a timer takes effect once
(the row is read again under the lock) and survives every crash. The loop sleeps until the earliest wake-up that the
database knows, or until the store has changed, since any commit may have set an earlier one. While events wait in the
spool no timer fires: they came before what is due now, and bring their calls' timers up to their instants.
"""

import threading
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Final

from router.engine.state import TimerFired
from router.errors import StoreUnavailable
from router.logs import get_logger
from router.runtime.background import Background
from router.runtime.calls.apply import Calls
from router.runtime.group_commit import GroupCommit
from router.runtime.monitoring.heartbeats import Pulse
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Clock, Store, Transaction
from router.runtime.records import EventKeys

POLL_SECONDS: Final = 0.05  # a timer that is shorter, or set by another process, may fire so much later
IDLE_SECONDS: Final = 1.0  # the longest rest: a look proves that the database can still be read
BATCH: Final = 100
RETRY_SECONDS: Final = 1.0
SKIP_SECONDS: Final = 60.0

log = get_logger()


class Timers:
    """Fires the timers of every account."""

    def __init__(
        self,
        store: Store,
        calls: Calls,
        clock: Clock,
        wake: Callable[[], None],
        group: GroupCommit | None = None,
        *,
        may_fire: Callable[[], bool] = lambda: True,
        watch_clock: Callable[[], None] = lambda: None,
        pulse: Pulse | None = None,
    ) -> None:
        self._store = store
        self._group = group or GroupCommit(store)
        self._calls = calls
        self._clock = clock
        self._wake = wake
        self._may_fire = may_fire
        self._watch_clock = watch_clock
        self._pulse = pulse or Pulse()
        self._skipped: dict[tuple[str, str], float] = {}  # (account, entry_id) -> until when it is left alone
        self._background = Background("timers", self._run)

    def run_once(self) -> int:
        """Fire everything that is due; answers how many calls were stepped."""
        self._watch_clock()  # before a clock that was set makes timers due that are not
        if not self._may_fire():
            self._pulse.failed("events wait in the spool, and were there before what is due now")
            return 0
        now = self._clock.now()
        self._skipped = {call: until for call, until in self._skipped.items() if until > now}
        due = self._store.due_calls(now, BATCH + len(self._skipped))  # which come first, and may not hide the others
        awaited = [call for call in due if call not in self._skipped]
        fired = self._group.run_all(
            [
                (partial(self._fire, account, entry_id), EventKeys(account=account, entry_id=entry_id))
                for account, entry_id in awaited
            ]
        )
        for call, outcome in zip(awaited, fired, strict=True):
            if isinstance(outcome, Exception):
                self._skip(call, outcome)
        self._pulse.well()
        if awaited:
            self._wake()
        return len(awaited)

    def _skip(self, call: tuple[str, str], error: Exception) -> None:
        """One call that cannot be stepped must not stop the timers of all the others; it is tried again later."""
        if isinstance(error, StoreUnavailable):
            raise error
        account, entry_id = call
        log.error("a timer could not be fired", account=account, entry_id=entry_id, exc_info=error)
        self._skipped[call] = self._clock.now() + SKIP_SECONDS

    def _fire(self, account: str, entry_id: str, tx: Transaction) -> None:
        call = tx.load(account, entry_id=entry_id).call
        if call is not None and call.wake_at is not None and call.wake_at <= tx.now:
            self._calls.apply_own(tx, account, TimerFired(entry_id=entry_id))

    def start(self) -> None:
        """Run in a thread of this process until `stop`."""
        self._background.start()

    def stop(self) -> None:
        """Finish what is being fired and end the thread."""
        self._background.stop()

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                seen = self._store.changed()
                self._rest(stop, seen, self._look())
            except StoreUnavailable as error:
                self._pulse.failed(error.message)
                database_away(error, "timers")
                stop.wait(RETRY_SECONDS)
            except Exception as error:  # one call's fault may not stop the timers of all
                self._pulse.failed(repr(error))
                log.exception("the timers start over")
                stop.wait(RETRY_SECONDS)

    def _look(self) -> float:
        """Fire what is due; answers when the next one is, or when to look again. One question where nothing is due: it
        is asked after nearly every commit."""
        if not self._may_fire():
            self.run_once()
            return self._clock.now() + POLL_SECONDS
        wake_at = self._store.next_wake()
        if wake_at is not None and wake_at <= self._clock.now():
            if not self.run_once() and self._skipped:  # what is left alone stays due
                return self._clock.now() + POLL_SECONDS
        else:
            self._watch_clock()
            self._pulse.well()
        return inf if wake_at is None else wake_at

    def _rest(self, stop: threading.Event, seen: int, until: float) -> None:
        """Return when the earliest timer is due, or when a commit may have brought an earlier one."""
        look_again = self._clock.steady() + IDLE_SECONDS
        while not stop.wait(min(POLL_SECONDS, max(0.0, until - self._clock.now()))):
            if self._clock.now() >= until or self._clock.steady() >= look_again or self._store.changed() != seen:
                return
