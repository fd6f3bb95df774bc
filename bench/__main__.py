"""`python -m bench [--quick]`: measure now, print the tables, write docs/benchmarks.md and its plots.

Rounds alternate between the two sides, since the machine is shared and its speed drifts. A default run takes about ten
minutes, a quick one about two. Every process that it starts ends with it.
"""

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from math import inf
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from bench import memory, servers
from bench.growth import GROWTH
from bench.load import Measured, play
from bench.publishing import publishing
from bench.pure import PURE
from bench.reach import reach
from bench.report import Comparison, Findings, Round, Side, draw, draw_growth, page
from bench.servers import Server, machine_cpu_seconds
from bench.sink import sink
from bench.traffic import CAUSED, calls, mark

PAGE = Path("docs/benchmarks.md")
PLOT = Path("docs/benchmarks.svg")
GROWTH_PLOT = Path("docs/growth.svg")
CONNECTIONS = 16
LIVE_PER_CONNECTION = 16  # calls that go on at the same time, so that each event finds another call than the last
WARM_CALLS = 100
EVENTS_PER_CALL = 7
EVENTS_PER_SECOND = 100.0
DRAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured."""

    rounds: int  # pairs, without commands
    commanding_rounds: int  # pairs, with commands: all within the minute after which silent commands are given up
    calls: int  # in each round
    paced_seconds: float
    reach_seconds: float  # beside each kind of held connections
    memory_events: int
    publications: int


FULL = Extent(
    rounds=7,
    commanding_rounds=3,
    calls=1200,
    paced_seconds=20.0,
    reach_seconds=7.0,
    memory_events=1_000_000,
    publications=5,
)
QUICK = Extent(
    rounds=3, commanding_rounds=1, calls=250, paced_seconds=5.0, reach_seconds=2.0, memory_events=20_000, publications=1
)


def compare(
    bare: Server, router: Server, ours: str, rounds: int, calls_per_round: int, peers: Mapping[str, Server | None] = {}
) -> Comparison:
    """Closed loop: each round plays the same calls to all sides, in the other direction every second time."""
    plain_side, our_side = Side("bare signed Flask view"), Side(ours)
    beside = [(server, Side(name)) for name, server in peers.items() if server is not None]
    sides = [(bare, plain_side), (router, our_side), *beside]
    warm = calls("warm", WARM_CALLS)
    for server, _ in sides:
        play(server.connections(CONNECTIONS), warm)
    for number in range(rounds):
        load = calls(f"round-{number}", calls_per_round, seed=number)
        for server, side in sides if number % 2 == 0 else reversed(sides):
            connections = server.connections(CONNECTIONS)
            machine, own = machine_cpu_seconds(), server.cpu_seconds()
            measured = _all_accepted(play(connections, load, width=LIVE_PER_CONNECTION))
            server_seconds = server.cpu_seconds() - own
            others = machine_cpu_seconds() - machine - server_seconds - measured.own_cpu_seconds
            side.rounds.append(Round(measured, server_cpu_seconds=server_seconds, others_cpu_seconds=max(0.0, others)))
    return Comparison(plain=plain_side, ours=our_side, peers=tuple(side for _, side in beside))


def _all_accepted(measured: Measured) -> Measured:
    if set(measured.statuses) != {200}:
        raise RuntimeError(f"not every request was answered 200: {dict(measured.statuses)}")
    return measured


def silent(extent: Extent, directory: Path) -> Comparison:
    """Durable and evaluated, and nothing to send; beside two peers that keep nothing."""
    with ExitStack() as stack:
        bare = stack.enter_context(servers.bare(directory / "bare"))
        router = stack.enter_context(servers.router(directory / "router", commands=False))
        peers = {
            "the same view under granian": stack.enter_context(servers.granian(directory / "granian")),
            "a receiver in Express, no sign checked": stack.enter_context(servers.express(directory / "express")),
        }
        return compare(bare, router, "router, durable and evaluated", extent.rounds, extent.calls, peers)


def on_postgres(extent: Extent, directory: Path, database: str) -> Comparison:
    """The same on the PostgreSQL database of this URL, which is emptied first."""
    with ExitStack() as stack:
        bare = stack.enter_context(servers.bare(directory / "bare"))
        router = stack.enter_context(servers.router(directory / "router", commands=False, database=database))
        return compare(bare, router, "router on PostgreSQL", extent.rounds, extent.calls)


def less_durable(extent: Extent, directory: Path) -> Comparison:
    """The same with IVR_DURABILITY=normal."""
    with ExitStack() as stack:
        bare = stack.enter_context(servers.bare(directory / "bare"))
        router = stack.enter_context(servers.router(directory / "router", commands=False, durability="normal"))
        return compare(bare, router, "router, IVR_DURABILITY=normal", extent.commanding_rounds, extent.calls)


def limited(extent: Extent, directory: Path) -> Comparison:
    """Each call makes a play and a route, and the limits are those that ship: nearly all wait until it is too late."""
    with ExitStack() as stack:
        target = stack.enter_context(sink())
        bare = stack.enter_context(servers.bare(directory / "bare"))
        router = stack.enter_context(
            servers.router(directory / "router", commands=True, sink=target.port, limits=servers.SHIPPED_LIMITS)
        )
        return compare(bare, router, "router, two commands a call, PBX's limits", extent.rounds, extent.calls)


def commanding(extent: Extent, directory: Path) -> tuple[Comparison, float]:
    """The same without limits, so that they are sent; and the share of them that was."""
    with ExitStack() as stack:
        target = stack.enter_context(sink())
        bare = stack.enter_context(servers.bare(directory / "bare"))
        router = stack.enter_context(servers.router(directory / "router", commands=True, sink=target.port))
        name = "router, two commands a call"
        comparison = compare(bare, router, name, extent.commanding_rounds, extent.calls)
        time.sleep(DRAIN_SECONDS)
        seen = target.ended()
    expected = {name for round_ in comparison.ours.rounds for name in round_.measured.due}
    return comparison, len(expected & seen.keys()) / len(expected)


def bare_paced(extent: Extent, directory: Path) -> Measured:
    """The bare view's answers at the same pace."""
    load = calls("paced", int(extent.paced_seconds * EVENTS_PER_SECOND / EVENTS_PER_CALL))
    with servers.bare(directory) as bare:
        play(bare.connections(CONNECTIONS), calls("warm", WARM_CALLS // 4), per_second=EVENTS_PER_SECOND)
        return _all_accepted(play(bare.connections(CONNECTIONS), load, per_second=EVENTS_PER_SECOND))


def paced(extent: Extent, directory: Path) -> tuple[Measured, dict[str, list[float]]]:
    """At a fixed pace: the answers; and by command, seconds from each event until the sink had it, `inf` for never."""
    count = int(extent.paced_seconds * EVENTS_PER_SECOND / EVENTS_PER_CALL)
    with sink() as target, servers.router(directory, commands=True, sink=target.port) as router:
        warm = calls("warm", WARM_CALLS // 4)
        play(router.connections(CONNECTIONS), warm, per_second=EVENTS_PER_SECOND)
        load = calls("paced", count)
        measured = play(router.connections(CONNECTIONS), load, per_second=EVENTS_PER_SECOND)
        time.sleep(DRAIN_SECONDS)
        seen = target.ended()
    marks = {command: [mark(command, f"call-paced-{number}") for number in range(count)] for command in CAUSED.values()}
    return _all_accepted(measured), {
        command: [seen[name] - measured.due[name] if name in seen else inf for name in names]
        for command, names in marks.items()
    }


def measure(extent: Extent, directory: Path, say: Callable[[str], Any], database: str = "") -> Findings:
    say("the parts ...")
    pure = {what: part(directory) for what, part in PURE.items()}
    say("as fast as it goes, both sides in turn ...")
    without = silent(extent, directory / "silent").calm()
    if database:
        say("the same on PostgreSQL ...")
    postgres = on_postgres(extent, directory / "postgres", database).calm() if database else None
    say("the same without waiting for the disk ...")
    normal = less_durable(extent, directory / "normal")
    say("the same with commands ...")
    within_limits = limited(extent, directory / "limited")
    with_commands, arrived = commanding(extent, directory / "commanding")
    say(f"at {EVENTS_PER_SECOND:.0f} events/s ...")
    bare_answers = bare_paced(extent, directory / "bare-paced")
    answers, waits = paced(extent, directory / "paced")
    say("beside connections that are held open ...")
    reached = reach(directory / "reach", extent.reach_seconds)
    say("while a large bundle is published ...")
    published = publishing(directory / "publishing", extent.publications)
    say("growth ...")
    grown = [grow(directory / "growth") for grow in GROWTH]
    say(f"memory over {extent.memory_events} events ...")
    samples = memory.in_a_process_of_its_own(extent.memory_events)
    return Findings(
        silent=without,
        postgres=postgres,
        normal=normal,
        reached=reached,
        published=published,
        grown=grown,
        memory=samples,
        limited=within_limits,
        commanding=with_commands,
        commands_arrived=arrived,
        paced=answers,
        bare_paced=bare_answers,
        per_second=EVENTS_PER_SECOND,
        waits=waits,
        pure=pure,
        setting=_setting(without),
    )


def _setting(comparison: Comparison) -> list[str]:
    today = datetime.now(tz=UTC).date().isoformat()
    cores = len(os.sched_getaffinity(0))
    requests = len(comparison.plain.rounds[0].measured.latencies)
    return [
        f"{today}: {platform.machine()}, {cores} cores, Python {platform.python_version()},"
        f" gunicorn {version('gunicorn')} with the settings that ship, Flask {version('flask')}, SQLite FULL.",
        f"{requests} requests in a round, {CONNECTIONS} connections that come in one burst,"
        f" {CONNECTIONS * LIVE_PER_CONNECTION} calls at the same time, 2 % duplicates.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds; prints, writes nothing")
    parser.add_argument(
        "--database", default="", help="PostgreSQL's URL, to measure it too; everything in it is deleted"
    )
    given = parser.parse_args()
    quick: bool = given.quick
    for number in (signal.SIGINT, signal.SIGTERM):  # so that every `finally` runs
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    console = Console()
    with tempfile.TemporaryDirectory(prefix="ivr-bench-") as directory:
        findings = measure(QUICK if quick else FULL, Path(directory), console.print, given.database)
    console.print(Markdown(page(findings)))
    if quick:
        return
    drawn = draw(findings, PLOT) and draw_growth(findings, GROWTH_PLOT)
    PAGE.write_text(page(findings, *((PLOT.name, GROWTH_PLOT.name) if drawn else ())), encoding="utf-8")
    plots = f", {PLOT}, {GROWTH_PLOT}" if drawn else "; no plots: matplotlib is not installed"
    console.print(f"written: {PAGE}{plots}")


if __name__ == "__main__":
    main()
