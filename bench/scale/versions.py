"""A table of 200,000 rows, published fifty times under events that look into it: memory, disk, and what callers notice.

Each publication changes one row. Beside the first ones events come at a fixed pace, window by window, one without a
publication and one with it; the latency of an event counts from the instant at which it was due.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

import psycopg

from bench import servers
from bench.incremental import by_api, change_table
from bench.load import play
from bench.servers import RESOURCES, Server, flow
from bench.traffic import calls

PUBLICATIONS: Final = 50
WITH_EVENTS: Final = 10
EVENTS_PER_SECOND: Final = 100.0
EVENTS_PER_CALL: Final = 7
WINDOW_SECONDS: Final = 3.0
AFTER_SECONDS: Final = 0.3
CONNECTIONS: Final = 8
TABLE: Final = "\ntables: {clients: {file: clients.csv, key: number}}\n"
LOOKUP: Final = """
  known:
    lookup: {table: clients, key: caller.number, outputs: {team: {type: text}}, next: screen, on: {not_found: screen}}
"""


def measured(directory: Path, database: str) -> Iterator[tuple[str, str]]:
    """Lines of the table: (what, figure)."""
    with servers.router(directory / "versions", commands=False, database=database) as router:
        flows = directory / "versions" / "flows"
        _write_bundle(flows)
        by_api(router, flows)
        quiet, beside = [], []
        for number in range(1, PUBLICATIONS):
            change_table(flows, number)
            if number > WITH_EVENTS:
                by_api(router, flows)
                continue
            quiet.append(_slowest(router, f"quiet-{number}"))
            publisher = threading.Thread(target=_publish_soon, args=(router, flows))
            publisher.start()
            beside.append(_slowest(router, f"beside-{number}"))
            publisher.join()
        above = median(one - other for one, other in zip(beside, quiet, strict=True))
        told = f"{median(quiet) * 1000:.0f} → {median(beside) * 1000:.0f} ms: {above * 1000:+.0f}"
        yield "slowest event of three seconds, quiet → beside a publication and its first lookups", told
        yield f"a worker after {PUBLICATIONS} publications, of which its own", _memory(router)
        yield "the database after them", f"{_bytes(database, directory) / 1e6:.0f} MB"


def _write_bundle(flows: Path) -> None:
    text = flow(commands=False).replace("start: screen", "start: known") + LOOKUP
    (flows / "main.yaml").write_text(text, encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES + TABLE, encoding="utf-8")
    change_table(flows, 0)


def _publish_soon(router: Server, flows: Path) -> None:
    time.sleep(AFTER_SECONDS)
    by_api(router, flows)


def _slowest(router: Server, name: str) -> float:
    """The longest wait for an answer in a window, in seconds."""
    count = int(EVENTS_PER_SECOND * WINDOW_SECONDS / EVENTS_PER_CALL)
    found = play(router.connections(CONNECTIONS), calls(name, count), width=4, per_second=EVENTS_PER_SECOND)
    if set(found.statuses) != {200}:
        raise RuntimeError(f"not every event was answered 200: {dict(found.statuses)}")
    return max(found.latencies)


def _memory(router: Server) -> str:
    """Of the largest worker."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            if parent == router.process_id:
                sizes = dict(line.split(":") for line in (path.parent / "smaps_rollup").read_text().splitlines()[1:])
                kilobytes = {name: int(size.split()[0]) for name, size in sizes.items()}
                found.append((kilobytes["Rss"], kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]))
        except OSError:
            continue  # it ended meanwhile
    resident, own = max(found)
    return f"{resident / 1024:.0f} MB, {own / 1024:.0f}"


def _bytes(database: str, directory: Path) -> int:
    if not database:
        return os.path.getsize(directory / "versions" / "ivr.db")
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0
