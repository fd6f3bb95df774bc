"""How the workers of one master share new connections: the worker with the fewest takes the next one.

All workers wait on the same socket, and the kernel wakes any of them; without a rule one of two takes a whole burst,
and kept connections then stay where they are. So each worker writes its number of connections into shared memory, and
leaves a new connection for a moment to a worker that has fewer. What always holds: no worker waits for another one that
has not written lately, or for longer than DEFER_SECONDS.

The memory is made when gunicorn's master loads this module, before it forks.
"""

import mmap
import struct
import time
from typing import Final

DEFER_SECONDS: Final = 0.02  # on a busy machine a worker is not always awake sooner
FORGET_SECONDS: Final = 2 * DEFER_SECONDS  # after that it was about another connection, which has been taken
LATELY_SECONDS: Final = 2.5  # a worker's loop shows itself every second, busy or idle
MOST_WORKERS: Final = 64  # more share a line, and their sums are off

_Slot = struct.Struct("=di")  # (when it showed itself, by the monotonic clock of all processes; connections)
_memory: Final = mmap.mmap(-1, MOST_WORKERS * _Slot.size)


class ConnectionCount:
    """One worker's line in the common memory; `number` differs among the workers of a master."""

    def __init__(self, number: int) -> None:
        self._at = number % MOST_WORKERS * _Slot.size
        self._deferred_at = 0.0

    def show(self, connections: int) -> None:
        """Write down how many connections this worker has."""
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
