"""`python -m bench.limits`: how much of the route limit a backlog uses, and how often a strict PBX refuses.

Each run is real processes with a dispatcher each, over one SQLite file, against `bench.strict`. The use is the window's
length over the mean distance of two routes where the PBX counts them; what stands beside it is the most that is
possible, since a slot is free again a whole round trip and M seconds after the request left.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench.strict import SECONDS, strict
from router.history.journal import QUEUED, CommandRow
from router.store import open_store

ACCOUNT = "bench"
SENDING = """
import sys
from router.bootstrap.store_clock import StoreClock
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.limits.limiter import Limits
from router.sender.command_sender import HttpSender, Peer
from router.store import open_store

database, url, account = sys.argv[1:]
store = open_store(database)
sender = HttpSender({account: Peer(url=url, api_key="key", salt="salt")})
clock, ignore = StoreClock(store), lambda *_, **__: None
dispatcher = Dispatcher(store, sender, {account: Limits()}, ignore, clock, count=ignore)
dispatcher.start()
sys.stdin.read()
dispatcher.stop()
store.close()
"""


class Run(NamedTuple):
    """One row of the table."""

    processes: int
    trip_seconds: float
    gaps: list[float]
    refused: int

    @property
    def use(self) -> float:
        return SECONDS / mean(self.gaps)

    @property
    def possible(self) -> float:
        return SECONDS / (SECONDS + self.trip_seconds)


def backlog(database: str, commands: int) -> None:
    """So many routes wait."""
    store, now = open_store(database), time.time()
    with store.transaction() as transaction:
        for number in range(commands):
            command_id = f"route-{number}"
            params = {"command_id": command_id, "call_id": f"leg-{number}", "to_number": "101"}
            transaction.queue(
                CommandRow(
                    command_id=command_id,
                    account=ACCOUNT,
                    entry_id=f"entry-{number}",
                    call_id=f"leg-{number}",
                    command="route",
                    params=params,
                    label="101",
                    state=QUEUED,
                    queued=now,
                )
            )
    store.close()


@contextmanager
def dispatchers(processes: int, database: str, url: str) -> Iterator[None]:
    """So many processes send as long as the block lasts."""
    command = [sys.executable, "-c", SENDING, database, url, ACCOUNT]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.communicate()


def measure(processes: int, trip_seconds: float, seconds: float) -> Run:
    """One run of so many seconds."""
    with tempfile.TemporaryDirectory() as directory, strict(trip_seconds) as pbx:
        database = f"sqlite:///{Path(directory) / 'ivr.db'}"
        backlog(database, round(seconds / SECONDS) + 10)
        with dispatchers(processes, database, f"http://127.0.0.1:{pbx.port}/"):
            time.sleep(seconds)
        counted, refused = pbx.ended()
    gaps = [later - earlier for earlier, later in pairwise(counted)]
    return Run(processes=processes, trip_seconds=trip_seconds, gaps=gaps, refused=refused)


def table(runs: list[Run]) -> Table:
    """What was measured."""
    shown = Table(title=f"Routes of a backlog against a strict window of 1 in {SECONDS:g} s")
    for name in (
        "processes",
        "round trip",
        "routes",
        "use",
        "possible",
        "shortest gap",
        "median",
        "longest",
        "refused",
    ):
        shown.add_column(name, justify="right")
    for run in runs:
        shown.add_row(
            str(run.processes),
            f"{run.trip_seconds * 1000:g} ms",
            str(len(run.gaps) + 1),
            f"{run.use:.4f}",
            f"{run.possible:.4f}",
            f"{min(run.gaps):.4f} s",
            f"{median(run.gaps):.4f} s",
            f"{max(run.gaps):.4f} s",
            str(run.refused),
        )
    return shown


def main() -> int:
    """Measure, print, and say by the exit code whether a request was refused."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30.0, help="of each run")
    arguments.add_argument("--processes", type=int, nargs="+", default=[1, 4])
    arguments.add_argument("--trip-ms", type=float, nargs="+", default=[1.0, 20.0, 40.0])
    asked = arguments.parse_args()
    runs = [measure(processes, trip / 1000, asked.seconds) for processes in asked.processes for trip in asked.trip_ms]
    Console().print(table(runs))
    return 1 if any(run.refused for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
