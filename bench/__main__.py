"""`python -m bench [--quick]`: the table of docs/benchmarks.md, measured now.

Rounds alternate between the two sides, since the machine is shared and its speed drifts; medians and the ratio of each
pair are what counts.
"""

import argparse
import platform
import statistics
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import servers
from bench.load import Measured, percentile, play
from bench.pure import PURE
from bench.traffic import calls

PAGE = Path("docs/benchmarks.md")
CONNECTIONS = 16
LATENCY_PER_SECOND = 100.0


@dataclass(frozen=True, slots=True)
class Side:
    """The rounds of one side."""

    name: str
    rounds: list[Measured]

    def median(self, share: float) -> float:
        """Milliseconds."""
        return statistics.median(percentile(round_.latencies, share) for round_ in self.rounds) * 1000

    @property
    def per_second(self) -> float:
        return statistics.median(round_.per_second for round_ in self.rounds)


def throughput(rounds: int, calls_per_round: int, directory: Path) -> tuple[Side, Side]:
    """Closed loop, 16 connections: the bare view and the router, a round each in turn."""
    plain, ours = Side("bare signed Flask view", []), Side("router, durable and evaluated", [])
    with servers.bare() as bare, servers.router(directory / "throughput", prompt=False) as router:
        for address in (bare, router):  # a warm-up that does not count
            play(address, calls("warm", 200), connections=CONNECTIONS)
        for number in range(rounds):
            load = calls(f"round-{number}", calls_per_round)
            plain.rounds.append(_checked(play(bare, load, connections=CONNECTIONS)))
            ours.rounds.append(_checked(play(router, load, connections=CONNECTIONS)))
    return plain, ours


def _checked(measured: Measured) -> Measured:
    if set(measured.statuses) != {200}:
        raise RuntimeError(f"not every request was answered 200: {dict(measured.statuses)}")
    return measured


def event_to_command(seconds: float, directory: Path) -> list[float]:
    """Paced: from the instant at which a call's first event was due until its command reached the sink, seconds."""
    count = int(seconds * LATENCY_PER_SECOND / 4)
    load = calls("latency", count)
    with servers.sink() as sink, servers.router(directory / "latency", prompt=True, sink=sink.port) as router:
        play(router, calls("warm", 50), connections=CONNECTIONS, per_second=LATENCY_PER_SECOND)
        time.sleep(0.5)
        waits: list[float] = []
        for number, requests in enumerate(load):
            sent = time.perf_counter()
            play(router, [requests[:1]], connections=1)
            deadline = sent + 5.0
            while f"call-latency-{number}" not in sink.seen and time.perf_counter() < deadline:
                time.sleep(0.0005)
            waits.append(sink.seen[f"call-latency-{number}"] - sent)
            play(router, [requests[1:]], connections=1)
            time.sleep(max(0.0, 4 / LATENCY_PER_SECOND - (time.perf_counter() - sent)))
    return waits


def report(plain: Side, ours: Side, waits: list[float], pure: dict[str, float], quick: bool) -> str:
    """The page, in Markdown."""
    ratios = [b.per_second / a.per_second for a, b in zip(plain.rounds, ours.rounds, strict=True)]
    generator = statistics.median(r.own_cpu_seconds / r.seconds for r in (*plain.rounds, *ours.rounds))
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`" + (" (a quick run)" if quick else "") + "; load generator, both servers and the",
        "database share the machine. Rounds alternate between the sides; medians.",
        "",
        f"{platform.machine()}, {_cores()} cores, Python {platform.python_version()}, gunicorn {version('gunicorn')}",
        f"(the shipped settings), SQLite FULL. {len(ratios)} rounds, {len(plain.rounds[0].latencies)} requests each,",
        f"{CONNECTIONS} connections; the generator itself used {generator:.0%} of one core.",
        "",
        "| what | events/s | p50 ms | p99 ms |",
        "| --- | --- | --- | --- |",
        *(
            f"| {side.name} | {side.per_second:.0f} | {side.median(0.5):.1f} | {side.median(0.99):.1f} |"
            for side in (plain, ours)
        ),
        f"| ratio | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | | "
        f"{ours.median(0.99) / plain.median(0.99):.2f} |",
        "",
        "| what | p50 | p99 |",
        "| --- | --- | --- |",
        f"| event in → command on the wire, limit free, {LATENCY_PER_SECOND:.0f} events/s, {len(waits)} calls | "
        f"{percentile(waits, 0.5) * 1000:.1f} ms | {percentile(waits, 0.99) * 1000:.1f} ms |",
        "",
        "| what | median µs |",
        "| --- | --- |",
        *(f"| {name} | {microseconds:.1f} |" for name, microseconds in pure.items()),
        "",
    ]
    return "\n".join(lines)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds; does not write the page")
    quick = parser.parse_args().quick
    console = Console()
    with tempfile.TemporaryDirectory(prefix="ivr-bench-") as name:
        directory = Path(name)
        console.print("pure parts ...")
        pure = {what: measure(directory) for what, measure in PURE.items()}
        console.print("throughput, both sides in turn ...")
        plain, ours = throughput(2 if quick else 5, 300 if quick else 1500, directory)
        console.print("event to command ...")
        waits = event_to_command(5.0 if quick else 20.0, directory)
    page = report(plain, ours, waits, pure, quick)
    table = Table(title="bench", show_lines=False)
    for column in ("what", "figures"):
        table.add_column(column)
    for line in page.splitlines():
        if line.startswith("| ") and not line.startswith("| ---") and not line.startswith("| what"):
            first, *rest = (cell.strip() for cell in line.strip("|").split("|"))
            table.add_row(first, "   ".join(rest))
    console.print(table)
    if not quick:
        PAGE.write_text(page, encoding="utf-8")
        console.print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
