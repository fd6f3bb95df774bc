"""The database's clock, as one process knows it: what every instant of the limits is measured by.

Hosts never compare their clocks. All instants in the database are its own clock's; a process sets each against its own
steady clock, which cannot be set. A reading of the database's clock was made somewhere between asking for it and
having it, so the difference of the two clocks is known within that round trip, and every use takes the end of that
range that is safe: a request leaves when the slot is *surely* free, and an answer counts as come when it came *at the
latest*. What always holds:

- the two clocks run apart by DRIFT at most, so what was known once is known a little less sharply later;
- a reading that cannot be explained so means that somebody set the database's wall clock. Then every instant that is
  still to come moves with it, once for all processes: the sum of such shifts stands in the database, and whoever
  notices adds only what is missing.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import Final, TypeVar

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.runtime.group_commit import GroupCommit
from router.runtime.ports import Clock, Reading, Store, Transaction

DRIFT: Final = 0.0005  # a second: how fast the kernel lets NTP pull a clock
SET_SECONDS: Final = 0.01  # a smaller inconsistency is no clock that was set
WATCH_SECONDS: Final = 1.0  # between two suspicions

Result = TypeVar("Result")

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The database's clock minus the steady clock lay within this range."""

    at: float  # on the steady clock
    least: float
    most: float

    def later(self, steady: float) -> "_Known":
        """What is still known of it at another instant."""
        drift = abs(steady - self.at) * DRIFT
        return _Known(at=steady, least=self.least - drift, most=self.most + drift)

    def apart(self, seen: "_Known") -> float:
        """How far the two contradict each other, seconds; 0 or less when they do not."""
        return max(seen.least - self.most, self.least - seen.most)

    def jump_to(self, seen: "_Known") -> float:
        """How far the database's clock was set between, 0.0 when both can be true."""
        if self.apart(seen) < SET_SECONDS:
            return 0.0
        return (seen.least + seen.most - self.least - self.most) / 2


class DatabaseClock:
    """Thread-safe. Every reading and transaction that decides about limits begins here."""

    def __init__(self, store: Store, clock: Clock, group: GroupCommit | None = None) -> None:
        self._store = store
        self._group = group or GroupCommit(store)
        self._clock = clock
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._shift = 0.0  # the database's sum that `_known` goes with
        self._watch_again = -inf  # a host's clock may differ from the database's for other reasons

    def watch(self) -> None:
        """Make good a jump of the clock that this host can see by itself, its own, where that is the database's. A
        glance costs a microsecond or two; it reads the database only when something is wrong."""
        asked = self._clock.steady()
        now = self._clock.now()
        had = self._clock.steady()
        seen = _Known(at=had, least=now - had, most=now - asked)
        with self._lock:
            if self._known is not None and (not self._known.later(had).jump_to(seen) or had < self._watch_again):
                return
            self._watch_again = had + WATCH_SECONDS
        with suppress(StoreUnavailable), self.snapshot():
            pass

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        """The store's, after what a jump of the clock asks for has been done."""
        while True:
            asked = self._clock.steady()
            with self._store.snapshot() as reading:
                if not self._note(reading, asked):
                    yield reading
                    return
            self.run(lambda _transaction: None)

    def run(self, work: Callable[[Transaction], Result]) -> Result:
        """Do `work` in a transaction, perhaps together with that of others (`group`), in which a jump of the clock has
        been made good. It may be done twice, and only the second time be kept."""
        asked = self._clock.steady()
        before = self._known, self._shift

        def corrected(transaction: Transaction) -> Result:
            self._undo(before)  # of a first time, which was not kept
            self._correct(transaction, asked)
            return work(transaction)

        try:
            done: Result = self._group.run(corrected)
        except BaseException:
            self._undo(before)
            raise
        return done

    def is_explained(self, reading: Reading, asked: float) -> bool:
        """Whether the reading's instant, asked for at this one of the steady clock, is what is known of the clock."""
        seen = self._seen(reading, asked)
        with self._lock:
            return self._known is not None and not self._known.later(seen.at).jump_to(seen)

    def _undo(self, before: tuple[_Known | None, float]) -> None:
        """Forget a shift that was not kept."""
        if self._shift != before[1]:
            self._known, self._shift = before

    def surely_past(self, instant: float) -> float:
        """From when on the steady clock the database's surely shows at least `instant`."""
        steady = instant - self._at(self._clock.steady()).least
        return instant - self._at(steady).least

    def at_the_latest(self, steady: float) -> float:
        """The latest that the database's clock may have shown at an instant of the steady one."""
        return steady + self._at(steady).most

    def _at(self, steady: float) -> _Known:
        known = self._known
        assert known is not None, "nothing was read yet"
        return known.later(steady)

    def _note(self, reading: Reading, asked: float) -> bool:
        """Whether the clock was set since the last reading; if not, the sharper knowledge is kept."""
        seen = self._seen(reading, asked)
        with self._lock:
            if self._known is None:
                self._known, self._shift = seen, reading.clock_shift()
                return False
            known = self._known.later(seen.at)
            if known.jump_to(seen):
                return True
            if seen.most - seen.least <= known.most - known.least or known.apart(seen) > 0:
                self._known = seen
            return False

    def _correct(self, transaction: Transaction, asked: float) -> None:
        if not self._note(transaction, asked):
            return
        with self._lock:
            assert self._known is not None, "a jump is between two readings"
            seen, done = self._seen(transaction, asked), transaction.clock_shift()
            jump = self._known.later(seen.at).jump_to(seen) - (done - self._shift)
            if abs(jump) >= SET_SECONDS:
                transaction.shift_clock(jump)
                done += jump
                log.warning("the database's clock was set; all that is to come moves with it", seconds=round(jump, 3))
            self._known, self._shift = seen, done

    def _seen(self, reading: Reading, asked: float) -> _Known:
        now = reading.now  # a store may ask for it only now
        had = self._clock.steady()
        return _Known(at=had, least=now - had, most=now - asked)
