"""`python -m bench.accounts`: what many accounts cost one process that serves them all.

For each number of accounts: how long from the commit of a command until its request leaves, for one active account
among idle ones; the same with a tenth of the accounts in backlog and others committing; and the CPU of a process whose
accounts are all idle. The sender answers at once, so that what is measured is ours.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table

from router.bootstrap.store_clock import StoreClock
from router.history.journal import QUEUED, CommandRow
from router.runtime.limits.limiter import Limits
from router.runtime.outbound_ports import Answer, Departure
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.ports import Store
from router.store import open_store

ROUNDS: Final = 60
PATIENCE_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 5.0


class Instant:
    """A sender that answers at once and tells when a command left."""

    def __init__(self) -> None:
        self.left: dict[str, float] = {}
        self.some_left = threading.Condition()

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        time.sleep(max(0.0, departure.at - time.monotonic()))
        with self.some_left:
            self.left[params["command_id"]] = time.monotonic()
            self.some_left.notify_all()
        return Answer(kind="accepted", status=200)

    def wait_for(self, command_id: str) -> float:
        with self.some_left:
            if not self.some_left.wait_for(lambda: command_id in self.left, PATIENCE_SECONDS):
                raise TimeoutError(f"{command_id} was never sent")
            return self.left[command_id]


class Run(NamedTuple):
    """One row of the table; seconds."""

    accounts: int
    alone: list[float]
    among_backlogs: list[float]
    idle_cpu: float  # of one core


def queue(store: Store, account: str, command_id: str, command: str = "play/start") -> None:
    """One command that waits."""
    specific = {"internal_id": 17} if command == "play/start" else {"to_number": "101"}
    params = {"command_id": command_id, "call_id": "leg", **specific}
    with store.transaction() as transaction:
        transaction.queue(
            CommandRow(
                command_id=command_id,
                account=account,
                entry_id=f"entry-{command_id}",
                call_id="leg",
                command=command,
                params=params,
                label="",
                state=QUEUED,
                queued=time.time(),
            )
        )


def delays(store: Store, sender: Instant, dispatcher: Dispatcher, prefix: str) -> list[float]:
    """From each commit to the departure, one at a time and slower than the limit of the account."""
    found = []
    for number in range(ROUNDS):
        command_id = f"{prefix}-{number}"
        queue(store, "active", command_id)
        committed = time.monotonic()
        dispatcher.wake()
        found.append(sender.wait_for(command_id) - committed)
        time.sleep(0.11)
    return found


def measure(accounts: int) -> Run:
    """All of it for so many accounts."""
    names = ["active", *(f"account-{number}" for number in range(accounts - 1))]
    with tempfile.TemporaryDirectory() as directory:
        store, sender = open_store(f"sqlite:///{Path(directory) / 'ivr.db'}"), Instant()
        limits = {name: Limits() for name in names}
        dispatcher = Dispatcher(store, sender, limits, lambda *_: None, StoreClock(store), count=lambda *_, **__: None)
        dispatcher.start()
        began, cpu = time.monotonic(), time.process_time()
        time.sleep(IDLE_SECONDS)
        idle = (time.process_time() - cpu) / (time.monotonic() - began)
        alone = delays(store, sender, dispatcher, "alone")
        for name in names[1 : 1 + accounts // 10]:
            for number in range(20):
                queue(store, name, f"{name}-{number}", "route")
        among = delays(store, sender, dispatcher, "among")
        dispatcher.stop()
        store.close()
    return Run(accounts=accounts, alone=alone, among_backlogs=among, idle_cpu=idle)


def table(runs: list[Run]) -> Table:
    """What was measured."""
    shown = Table(title="One process, many accounts: from commit to departure")
    for name in ("accounts", "alone p50", "p99", "beside backlogs p50", "p99", "idle CPU"):
        shown.add_column(name, justify="right")
    for run in runs:
        cells = [f"{value * 1000:.1f} ms" for each in (run.alone, run.among_backlogs) for value in _ends(each)]
        shown.add_row(str(run.accounts), *cells, f"{run.idle_cpu:.1%}")
    return shown


def _ends(values: list[float]) -> tuple[float, float]:
    return median(values), sorted(values)[int(len(values) * 0.99)]


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--accounts", type=int, nargs="+", default=[1, 100, 1000, 5000])
    Console().print(table([measure(accounts) for accounts in arguments.parse_args().accounts]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
