"""`python -m bench.figures [--calls N] [--database URL…]`: what figures cost beside a year of kept calls.

Each database is filled with copies of real calls (`bench.history`), all of them are counted, and every figure is asked
by every grouping, over the year and over its last month. Told are how many calls a second go into the figures, by one
worker that rests as it does beside the traffic and by one that does not, and the 95th percentile of each question. A
database that is not named is SQLite's, in a temporary directory; one that is named is kept.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import psycopg
from rich.console import Console

from bench.history.__main__ import own_server
from bench.history.clones import LINES
from bench.history.filling import ACCOUNT, LAST, fill
from bench.load import percentile
from router.runtime.figures.inquiry import MOST_DAYS_BY, Inquiry, day_at
from router.runtime.figures.rollup import Rollup
from router.runtime.figures.tables import FIGURES, GROUPINGS, HOUR
from router.runtime.ports import Store
from router.store import open_store

CALLS: Final = 1_000_000
ZONE: Final = "Europe/Moscow"
ASKED: Final = 15  # times
AT_ONCE: Final = 100  # calls of a transaction: about as many as beside the traffic, so that rows lie as they do there
RESTING_SECONDS: Final = 15.0

console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--database", nargs="*", default=[], metavar="URL")
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ivr-figures-") as directory, ExitStack() as stack:
        for database in arguments.database or [f"sqlite:///{directory}/figures.db"]:
            _measure(database, arguments.calls)
        if arguments.postgresql:
            Path(directory, "figures.db").unlink(missing_ok=True)  # room for the other one
            _measure(stack.enter_context(own_server())[1], arguments.calls)


def _measure(database: str, calls: int) -> None:
    fill(database, calls, lambda done: console.print(f"{done:,} calls") if done % 100_000 == 0 else None)
    store = open_store(database)
    resting = Rollup(store, {ACCOUNT: ZONE}, clock=time.monotonic, rest=time.sleep)
    threading.Timer(RESTING_SECONDS, resting.stop).start()
    _count(resting, "as beside the traffic")
    _count(Rollup(store, {ACCOUNT: ZONE}, clock=time.monotonic, rest=_never, at_once=AT_ONCE), "without a rest")
    if database.startswith("postgresql:"):
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT count(*), pg_total_relation_size('figures') FROM figures").fetchone()
        console.print("{:,} cells in {:,} bytes".format(*row or (0, 0)))
    for asked, seconds in _answered(store):
        days = (asked.until - asked.since).days
        where = f", {' '.join(asked.where)} given" if asked.where else ""
        told = f"p50 {percentile(seconds, 0.5) * 1000:6.1f} ms  p95 {percentile(seconds, 0.95) * 1000:6.1f} ms"
        console.print(f"{told}  {asked.figure} by {asked.grouping or 'nothing'} of {days} days{where}")
    store.close()


def _count(rollup: Rollup, how: str) -> None:
    began, cpu = time.monotonic(), time.process_time()
    if counted := rollup.run_once():
        rate, cost = counted / (time.monotonic() - began), (time.process_time() - cpu) / counted
        console.print(f"{counted:,} calls were counted {how}, {rate:,.0f} a second, {cost * 1e6:.0f} µs each")


def _never(seconds: float) -> None:
    """Rest."""


def _answered(store: Store) -> Iterator[tuple[Inquiry, list[float]]]:
    for asked in _inquiries():
        seconds = []
        for _ in range(ASKED):
            began = time.perf_counter()
            asked.answer(store)
            seconds.append(time.perf_counter() - began)
        yield asked, seconds


def _inquiries() -> Iterator[Inquiry]:
    end = day_at(LAST, ZONE) + timedelta(days=1)
    for figure in FIGURES:
        for grouping in (None, *GROUPINGS):
            for days in (30, MOST_DAYS_BY.get(grouping or "", 366) if figure != "calls" or grouping == HOUR else 366):
                yield _inquiry(figure, grouping, end, days)
        yield _inquiry(figure, "day", end, 366, line=LINES[0])


def _inquiry(figure: str, grouping: str | None, end: date, days: int, **where: str) -> Inquiry:
    return Inquiry(
        figure=figure, account=ACCOUNT, timezone=ZONE, since=end - timedelta(days=days), until=end, grouping=grouping,
        where=where,
    )  # fmt: skip


if __name__ == "__main__":
    main()
