"""What happens, read from the journal once for all listeners of this process.

Theory of operation. A frame is one event as the bytes that listeners get. The newest frames are kept; `refresh` reads
on from the last of them when something was committed, by this process or another one. A listener is nothing but a
place in the journal: at a place that the kept frames cover it reads them, further back it reads the database. So a
listener that reads slowly costs no memory, and misses nothing.
"""

import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from router.history.journal import JournalLine
from router.history.live_events import live_event, told_kind
from router.runtime.calls.number_masking import with_masks
from router.runtime.ports import Store

BATCH: Final = 200
KEPT_FRAMES: Final = 2000
KEPT_BYTES: Final = 4 << 20
IDLE_SECONDS: Final = 5.0
"""After so long without a `refresh` the frames between are left to those who ask for them."""


class Frame(NamedTuple):
    """One event, and what listeners choose by."""

    number: int
    account: str
    flow: str  # of its call; "" of none
    line: str
    kind: str
    block: bytes

    def as_seen(self, *, whole: bool) -> bytes:
        """Its bytes, for who sees callers' numbers whole or not."""
        return self.block if whole else _masked(self.block)


@lru_cache(maxsize=256)  # many listeners are told the same
def _masked(block: bytes) -> bytes:
    head, data = block.split(b"\ndata: ", 1)
    return b"%b\ndata: %b\n\n" % (head, msgspec.json.encode(with_masks(msgspec.json.decode(data))))


class Feed:
    """Thread-safe; raises StoreUnavailable while the database does not answer."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._frames: list[Frame] = []  # all that there are after `_from`, up to `_last`
        self._from = self._last = -1
        self._bytes = 0
        self._seen: int | None = None  # of `Store.changed`, when everything up to then was read
        self._refreshed = -IDLE_SECONDS
        self._name = ""

    @property
    def name(self) -> str:
        """The database's own."""
        self._name = self._name or self._store.identity()
        return self._name

    def end(self) -> int:
        """The place behind everything that has happened."""
        return self._store.last_record()

    def beginning(self) -> int:
        """The place before everything that is kept."""
        return max(0, self._store.first_record() - 1)

    def refresh(self) -> bool:
        """Read on; True while there is more to be read at once."""
        with self._lock:
            now = self._clock()
            if now - self._refreshed >= IDLE_SECONDS:
                self._start_anew()
            self._refreshed = now
            changed = self._store.changed()
            if changed == self._seen:
                return False
            read = self._store.records_after(self._last, BATCH)
            self._keep(read)
            self._seen = changed if len(read) < BATCH else None
            return self._seen is None

    def covers(self, place: int) -> bool:
        """Whether what comes behind a place is at hand, so that nothing has to be read for it."""
        return 0 <= self._from <= place

    def after(self, place: int, most: int) -> tuple[list[Frame], int]:
        """Frames behind a place, at most so many, and the place up to which these are all."""
        with self._lock:
            if self.covers(place):
                first = bisect_right(self._frames, place, key=attrgetter("number"))
                frames = self._frames[first : first + most]
                is_all = first + most >= len(self._frames)
                return frames, max(place, self._last) if is_all else frames[-1].number
            start = self._from
        read = self._store.records_after(place, most)
        return list(map(self._frame, _told(read))), read[-1].number if read else max(place, start)

    def _start_anew(self) -> None:
        self._frames, self._bytes, self._seen = [], 0, None
        self._from = self._last = self._store.last_record()

    def _keep(self, read: list[JournalLine]) -> None:
        if read:
            self._last = read[-1].number
        for written in _told(read):
            frame = self._frame(written)
            self._frames.append(frame)
            self._bytes += len(frame.block)
        dropped = 0
        while len(self._frames) - dropped > KEPT_FRAMES or (self._bytes > KEPT_BYTES and dropped < len(self._frames)):
            self._bytes -= len(self._frames[dropped].block)
            dropped += 1
        if dropped:
            self._from = self._frames[dropped - 1].number
            del self._frames[:dropped]

    def _frame(self, written: JournalLine) -> Frame:
        call = written.call
        name = b"call" if written.entry_id else b"account"
        data = msgspec.json.encode(live_event(written))
        return Frame(
            number=written.number,
            account=written.account,
            flow=call.flow if call is not None else "",
            line=call.line if call is not None else "",
            kind=told_kind(written),
            block=b"id: %b-%d\nevent: %b\ndata: %b\n\n" % (self.name.encode(), written.number, name, data),
        )


def _told(read: list[JournalLine]) -> list[JournalLine]:
    return [written for written in read if not written.is_masked]
