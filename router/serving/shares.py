"""How the workers of one master share new connections: whoever has the fewest takes the next.

All workers wait on the same socket, and the kernel wakes whom it likes; without a rule one of two takes a whole burst,
and kept connections then stay where they are. So each worker writes into memory that they all see how many connections
it has, and leaves a new one, for a moment, to a worker that has fewer. What always holds: nobody waits for a worker
that has not shown itself lately, and none longer than DEFER_SECONDS.

The memory is made when gunicorn's master loads this module, before it forks.
"""

import mmap
import struct
import time
from typing import Final

DEFER_SECONDS: Final = 0.02  # on a busy machine a worker is not always awake sooner
FORGET_SECONDS: Final = 2 * DEFER_SECONDS  # after that it was about another connection, which somebody took
LATELY_SECONDS: Final = 2.5  # a worker's loop shows itself every second, busy or idle
MOST_WORKERS: Final = 64  # more share a line, and their sums are off

_Slot = struct.Struct("=di")  # (when it showed itself, by the monotonic clock of all processes; connections)
_memory: Final = mmap.mmap(-1, MOST_WORKERS * _Slot.size)


class Share:
    """One worker's line in the common memory; `number` differs among the workers of a master."""

    def __init__(self, number: int) -> None:
        self._at = number % MOST_WORKERS * _Slot.size
        self._deferred_at = 0.0

    def show(self, connections: int) -> None:
        """Tell the others how many connections this worker has."""
        _Slot.pack_into(_memory, self._at, time.monotonic(), connections)

    def leave(self) -> None:
        """This worker takes no more."""
        _Slot.pack_into(_memory, self._at, 0.0, 0)

    def defers(self, connections: int) -> bool:
        """Whether the next connection is to be left to another worker, for DEFER_SECONDS from the first time on."""
        now = time.monotonic()
        waited = now - self._deferred_at
        if self._fewest(now, connections) >= connections or DEFER_SECONDS <= waited < FORGET_SECONDS:
            self._deferred_at = 0.0
            return False
        if waited >= FORGET_SECONDS:
            self._deferred_at = now
        return True

    def _fewest(self, now: float, own: int) -> int:
        since = now - LATELY_SECONDS
        return min((count for shown, count in _Slot.iter_unpack(_memory) if shown >= since), default=own)
