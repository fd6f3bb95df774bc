"""`python -m bench.databases --database postgresql://OWNER@HOST/NAME`: the router on PostgreSQL and on SQLite.

Both wait for the disk, both beside the bare signed view in alternating rounds. The database is emptied first; its URL
is that of the role that owns it. What other processes of the machine used is told apart: with the server on this
machine and nothing else running, that is PostgreSQL's own share.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from bench import servers
from bench.__main__ import compare
from bench.report import Side

ROUNDS = 5
CALLS = 600


def told(database: str, side: Side) -> str:
    """One line about a side: medians over its rounds."""
    counts = [len(round_.measured.latencies) for round_ in side.rounds]
    sorted_ms = [sorted(1000 * seconds for seconds in round_.measured.latencies) for round_ in side.rounds]
    rates = [round_.measured.per_second for round_ in side.rounds]
    own = [1e6 * round_.server_cpu_seconds / count for round_, count in zip(side.rounds, counts, strict=True)]
    others = [1e6 * round_.others_cpu_seconds / count for round_, count in zip(side.rounds, counts, strict=True)]
    halves = [latencies[len(latencies) // 2] for latencies in sorted_ms]
    tails = [latencies[int(len(latencies) * 0.99)] for latencies in sorted_ms]
    return (
        f"{database:10} {side.name:32} {median(rates):6.0f} events/s  p50 {median(halves):5.1f} ms"
        f"  p99 {median(tails):6.1f} ms  CPU per event: gunicorn {median(own):4.0f} µs, others {median(others):4.0f} µs"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.databases", description=__doc__)
    parser.add_argument("--database", required=True, help="PostgreSQL's URL; everything in it is deleted")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=CALLS, help="in each round")
    given = parser.parse_args()
    for name, url in (("SQLite", ""), ("PostgreSQL", given.database)):
        with tempfile.TemporaryDirectory(prefix="ivr-bench-") as temporary:
            directory = Path(temporary)
            router = servers.router(directory / "router", commands=False, database=url)
            with servers.bare(directory / "bare") as bare, router as running:
                comparison = compare(bare, running, "router, durable and evaluated", given.rounds, given.calls)
        for side in (comparison.plain, comparison.ours):
            print(told(name, side))


if __name__ == "__main__":
    main()
