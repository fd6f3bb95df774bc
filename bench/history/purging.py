"""`python -m bench.history.purging DATABASE BEFORE`: a purge as `ivr purge` does it, and how long it took.

And what it does to the events that come meanwhile: they leave at a fixed pace, and a latency counts from the instant at
which an event was due.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from bench import servers
from bench.load import percentile, play
from bench.traffic import calls
from router.runtime.calls.retention import Upkeep
from router.store import open_store

PAIRS: Final = 4
SECONDS: Final = 4.0
EVENTS_PER_SECOND: Final = 100.0
EVENTS_OF_A_CALL: Final = 7
CONNECTIONS: Final = 8


@dataclass(frozen=True, slots=True)
class Purging:
    """Slices of a history that went, and the events beside them."""

    per_second: list[float] = field(default_factory=list)  # calls that were deleted, slice by slice
    quiet: list[float] = field(default_factory=list)  # milliseconds at the 99th percentile, round by round
    beside: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.per_second)

    @property
    def tail_ratio(self) -> float:
        return median(beside / quiet for quiet, beside in zip(self.quiet, self.beside, strict=True))


class Slice(NamedTuple):
    """What one purge did."""

    calls: int
    seconds: float
    is_whole: bool  # it went on until it was stopped


def purging(database: str, directory: Path, before: float) -> Purging:
    """Delete what was over by then, a few seconds at a time, beside a router that takes events in."""
    found = Purging()
    with servers.router(directory, commands=False, database=database, keeps=True) as server:
        _tail(server, "warm")
        for number in range(PAIRS):
            quiet = _tail(server, f"quiet-{number}")
            with _purge_under_way(database, before) as purged:
                beside = _tail(server, f"beside-{number}")
            (slice_,) = purged
            if found.per_second and not slice_.is_whole:
                break  # nothing is left that is old
            found.quiet.append(quiet)
            found.beside.append(beside)
            found.per_second.append(slice_.calls / slice_.seconds)
    return found


def _tail(server: servers.Server, name: str) -> float:
    """Milliseconds at the 99th percentile of some seconds of events."""
    count = int(SECONDS * EVENTS_PER_SECOND / EVENTS_OF_A_CALL)
    played = calls(name, count)
    measured = play(server.connections(CONNECTIONS), played, width=4, per_second=EVENTS_PER_SECOND)
    return percentile(measured.latencies, 0.99) * 1000


@contextmanager
def _purge_under_way(database: str, before: float) -> Iterator[list[Slice]]:
    """A purge in a process of its own, which is ended after the block; then the list has what it did."""
    command = [sys.executable, "-m", "bench.history.purging", database, str(before)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        told: list[Slice] = []
        yield told
        process.stdin.close()
        told.append(Slice(*json.loads(process.stdout.readline())))


def _stop_with_input(upkeep: Upkeep, stopped: threading.Event) -> None:
    sys.stdin.read()
    stopped.set()
    upkeep.stop()


def main() -> None:
    """Purge until all is gone or the standard input ends; then tell the `Slice`."""
    database, before = sys.argv[1], float(sys.argv[2])
    store = open_store(database)
    upkeep = Upkeep(store, retention_seconds=0.0, mask_after_seconds=None, clock=time.monotonic, rest=time.sleep)
    store.older_than(before)  # connected, and its files are open
    print("begun", flush=True)
    stopped = threading.Event()
    threading.Thread(target=_stop_with_input, args=(upkeep, stopped), daemon=True).start()
    began = time.monotonic()
    done = upkeep.purge(before)
    print(json.dumps(Slice(done["calls"], time.monotonic() - began, stopped.is_set())), flush=True)
    store.close()


if __name__ == "__main__":
    main()
