"""What was measured, as numbers for a reader: the page docs/benchmarks.md and the plot beside it.

Ratios are taken within a pair of neighbouring rounds, then their median: the machine's speed drifts, and a pair drifts
together.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any

from bench.growth import Grown
from bench.load import Measured, percentile
from bench.memory import Sample, growth_per_million
from bench.publishing import Published
from bench.publishing import table as publishing_table
from bench.reach import EVENTS_PER_SECOND

PERCENTILES = (0.5, 0.99)
MOST_OTHERS = 0.2  # cores; more than that disturbs a round
LEAST_PAIRS = 3
POINTS = 400  # of a curve: one of 60,000 would only make the file large


@dataclass(frozen=True, slots=True)
class Round:
    """One load on one server, and who used the processors meanwhile."""

    measured: Measured
    server_cpu_seconds: float = 0.0
    others_cpu_seconds: float = 0.0  # neither the server's nor the load generator's

    @property
    def per_second(self) -> float:
        return self.measured.per_second

    @property
    def cpu_microseconds(self) -> float:
        """Of the server, for one request."""
        return self.server_cpu_seconds / len(self.measured.latencies) * 1e6

    @property
    def others(self) -> float:
        """How many cores the others kept busy."""
        return self.others_cpu_seconds / self.measured.seconds

    def milliseconds(self, share: float) -> float:
        """A percentile of the latencies."""
        return percentile(self.measured.latencies, share) * 1000


@dataclass(frozen=True, slots=True)
class Side:
    """The rounds of one side, in order; its figures are medians of theirs."""

    name: str
    rounds: list[Round] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return statistics.median(round_.per_second for round_ in self.rounds)

    @property
    def cpu_microseconds(self) -> float:
        return statistics.median(round_.cpu_microseconds for round_ in self.rounds)

    def milliseconds(self, share: float) -> float:
        return statistics.median(round_.milliseconds(share) for round_ in self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The bare view, ours, and perhaps other peers, whose rounds alternated."""

    plain: Side
    ours: Side
    peers: tuple[Side, ...] = ()
    disturbed: int = 0  # rounds of all that were left out

    @property
    def sides(self) -> tuple[Side, ...]:
        return self.plain, self.ours, *self.peers

    def ratios(self, side: Side) -> list[float]:
        """Requests/s of a side over the bare view's, round by round."""
        return [one.per_second / plain.per_second for plain, one in zip(self.plain.rounds, side.rounds, strict=True)]

    def tail_ratio(self, side: Side) -> float:
        """The 99th percentile of a side over the bare view's: the median of the rounds."""
        pairs = zip(self.plain.rounds, side.rounds, strict=True)
        return statistics.median(one.milliseconds(0.99) / plain.milliseconds(0.99) for plain, one in pairs)

    def calm(self) -> "Comparison":
        """Without the rounds during which other programs kept the cores busy; all of them, if too few are left."""
        rounds = zip(*(side.rounds for side in self.sides), strict=True)
        calm = [index for index, row in enumerate(rounds) if max(one.others for one in row) <= MOST_OTHERS]
        if len(calm) < LEAST_PAIRS:
            return self
        plain, ours, *peers = (Side(side.name, [side.rounds[index] for index in calm]) for side in self.sides)
        disturbed = len(self.plain.rounds) - len(calm)
        return Comparison(plain=plain, ours=ours, peers=tuple(peers), disturbed=disturbed)

    def conditions(self) -> str:
        """How quiet the machine was, in a sentence."""
        others = [round_.others for side in self.sides for round_ in side.rounds]
        counted = f"{len(self.plain.rounds)} rounds of each side"
        left_out = f", {self.disturbed} more left out as disturbed" if self.disturbed else ""
        return f"{counted}{left_out}; other programs kept {statistics.median(others):.2f} cores busy."


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything of one run."""

    silent: Comparison  # no command is made
    postgres: Comparison | None = None  # the same on PostgreSQL, if a database was named
    normal: Comparison  # the same with IVR_DURABILITY=normal
    limited: Comparison  # two commands a call, at the PBX's limits
    commanding: Comparison  # the same at limits that nobody reaches
    commands_arrived: float  # the share of those that came to the sink
    paced: Measured  # webhook answers at a fixed pace
    bare_paced: Measured  # the bare view's
    per_second: float  # that pace
    waits: Mapping[str, list[float]]  # command -> seconds from each event to the sink, `inf` if it never came
    reached: Mapping[str, Measured]  # what peers held open -> the webhook's answers meanwhile
    published: Published
    grown: Sequence[Grown]
    memory: Sequence[Sample]  # of one process while it takes events in
    pure: Mapping[str, float]  # what -> microseconds
    setting: Sequence[str]  # lines that say where and how


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """In Markdown."""
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def throughput_rows(comparison: Comparison) -> list[list[str]]:
    """Each side, its ratios to the bare view first: of requests/s with their range, and of the 99th percentile."""
    return [[*_ratio_cells(comparison, side), *_side_cells(side)] for side in comparison.sides]


def _ratio_cells(comparison: Comparison, side: Side) -> list[str]:
    if side is comparison.plain:
        return ["1", "1"]
    ratios = comparison.ratios(side)
    spread = f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f})"
    return [spread, f"{comparison.tail_ratio(side):.2f}"]


def _side_cells(side: Side) -> list[str]:
    percentiles = (f"{side.milliseconds(share):.1f}" for share in PERCENTILES)
    return [side.name, f"{side.per_second:.0f}", *percentiles, f"{side.cpu_microseconds:.0f}"]


def latency_rows(findings: Findings) -> list[list[str]]:
    """Each command's wait, and the webhook's answers: their ratios to the bare view's answers, and milliseconds."""
    bare = findings.bare_paced.latencies
    measured = [("event in → answered by the bare view", bare)]
    measured += [(f"event in → `{command}` on the wire", waits) for command, waits in findings.waits.items()]
    measured.append(("event in → answered", findings.paced.latencies))
    return [
        [
            *(f"{percentile(waits, share) / percentile(bare, share):.2f}" for share in PERCENTILES),
            what,
            _arrived(waits),
            *(f"{percentile(waits, share) * 1000:.1f}" for share in PERCENTILES),
        ]
        for what, waits in measured
    ]


def _arrived(waits: Sequence[float]) -> str:
    arrived = sum(map(isfinite, waits))
    return str(arrived) if arrived == len(waits) else f"{arrived} of {len(waits)}"


THROUGHPUT = ("ratio", "ratio of p99", "what", "events/s", "p50 ms", "p99 ms", "server CPU, µs an event")
LATENCY = ("ratio of p50", "ratio of p99", "what", "count", "p50 ms", "p99 ms")


def growth_rows(grown: Iterable[Grown]) -> list[list[str]]:
    """Each size with its cost, and with the ratio to the smallest of its kind."""
    return [
        [f"{number:,} {one.what}", f"{microseconds:.0f}", f"**{ratio:.2f}**" if place else ""]
        for one in grown
        for place, (number, microseconds, ratio) in enumerate(
            zip(one.numbers, one.microseconds, one.ratios, strict=True)
        )
    ]


def reach_rows(reached: Mapping[str, Measured]) -> list[list[str]]:
    """The answers beside what was held, in milliseconds."""
    return [
        [
            what,
            str(len(told.latencies)),
            *(f"{percentile(told.latencies, share) * 1000:.1f}" for share in (0.5, 0.99, 1)),
        ]
        for what, told in reached.items()
    ]


def memory_sentence(samples: Sequence[Sample]) -> str:
    """How much, and whether it grows."""
    most = max(sample.resident_bytes for sample in samples) / 1e6
    first = samples[len(samples) // 10].resident_bytes / 1e6
    return (
        f"One process took {samples[-1].events:,} events in without a pause. Resident, with interpreter and libraries:"
        f" {first:.1f} MB after a tenth of them, **{samples[-1].resident_bytes / 1e6:.1f} MB** after all, at most"
        f" {most:.1f} MB; the second half grew by {growth_per_million(samples) / 1e6:+.2f} MB for a million events."
    )


def page(findings: Findings, plot: str = "", growth_plot: str = "") -> str:
    """The page, in Markdown; `plot` and `growth_plot` name the pictures beside it, "" for none."""
    loads = [round_.measured for side in findings.silent.sides for round_ in side.rounds]
    generator = statistics.median(load.own_cpu_seconds / load.seconds for load in loads)
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Load generator, servers, sink and database share the machine. Rounds alternate",
        "between the sides. Ratios are to the bare signed view in the same round; all figures are medians.",
        "",
        *findings.setting,
        f"The load generator used {generator:.0%} of one core.",
        "",
        *_throughput_lines(findings),
        f"## At {findings.per_second:.0f} events/s, limits free",
        "",
        "From the instant at which an event was due to leave the generator. What never came counts as endless.",
        "",
        *table(LATENCY, latency_rows(findings)),
        "",
        "## Beside connections that are held open",
        "",
        f"{EVENTS_PER_SECOND:.0f} events/s on other connections meanwhile; nginx as in docs/deployment.md.",
        "",
        *table(("what", "events", "p50 ms", "p99 ms", "slowest ms"), reach_rows(findings.reached)),
        "",
        "## While a bundle is published",
        "",
        *publishing_table(findings.published),
        "",
        "## Growth",
        "",
        "Processor time of one event in one process, durable and evaluated, in batches of eight; medians.",
        "",
        *table(("beside", "µs an event", "ratio to the least"), growth_rows(findings.grown)),
        "",
        "## Memory",
        "",
        memory_sentence(findings.memory),
        "",
        "## The parts",
        "",
        *table(("what", "µs"), [(what, f"{cost:.1f}") for what, cost in findings.pure.items()]),
        "",
    ]
    if plot:
        lines += [f"![Latencies: distribution of every measured request]({plot})", ""]
    if growth_plot:
        lines += [f"![Growth: the cost of an event beside more of everything, and the memory]({growth_plot})", ""]
    return "\n".join(lines)


def _throughput_lines(findings: Findings) -> list[str]:
    return [
        "## As fast as it goes",
        "",
        findings.silent.conditions(),
        "",
        *table(THROUGHPUT, throughput_rows(findings.silent)),
        "",
        *_postgres_lines(findings),
        "The same with `IVR_DURABILITY=normal`, where a commit does not wait for the disk:",
        "",
        *table(THROUGHPUT, throughput_rows(findings.normal)),
        "",
        "The same where each call causes two commands, at the limits that ship. Ten a second may leave, so nearly all",
        "of them are queued, weighed, and withdrawn when their call moves on:",
        "",
        *table(THROUGHPUT, throughput_rows(findings.limited)),
        "",
        "The same without limits, hundreds of commands a second, many times what the PBX takes:",
        f"{findings.commands_arrived:.0%} of them were sent, the others' calls had moved on.",
        "",
        *table(THROUGHPUT, throughput_rows(findings.commanding)),
        "",
    ]


def _postgres_lines(findings: Findings) -> list[str]:
    if findings.postgres is None:
        return []
    said = "The same on PostgreSQL, whose server shares the cores (decision 0152 says where the time goes):"
    return [said, "", *table(THROUGHPUT, throughput_rows(findings.postgres)), ""]


def draw(findings: Findings, path: Path) -> bool:
    """The latencies' distributions as a picture; False when matplotlib (the extra `bench`) is not installed."""
    try:
        matplotlib = import_module("matplotlib")
    except ImportError:
        return False
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "ivr-router"  # the same numbers make the same file
    pyplot = import_module("matplotlib.pyplot")
    figure, (fast, paced) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for side in findings.silent.sides:
        _curve(fast, side.name, [latency for round_ in side.rounds for latency in round_.measured.latencies])
    for command, waits in findings.waits.items():
        _curve(paced, f"event in → {command} on the wire", waits)
    _curve(paced, "event in → answered", findings.paced.latencies)
    fast.set_title("closed loop")
    paced.set_title(f"{findings.per_second:.0f} events/s")
    for axes in (fast, paced):
        axes.set(xscale="log", xlabel="milliseconds", ylabel="share of requests", ylim=(0, 1.02))
        axes.grid(visible=True, alpha=0.3)
        axes.legend(loc="lower right", fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


def draw_growth(findings: Findings, path: Path) -> bool:
    """What an event costs by size, and the memory by events; False without matplotlib."""
    try:
        matplotlib = import_module("matplotlib")
    except ImportError:
        return False
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "ivr-router"
    pyplot = import_module("matplotlib.pyplot")
    figure, (cost, memory) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for one in findings.grown:
        cost.plot(one.numbers, one.ratios, marker="o", label=one.what)
    cost.axhline(1.2, linestyle="--", color="grey", label="target")
    cost.set(xscale="log", xlabel="how many", ylabel="cost of an event, to that at the least", ylim=(0, 1.5))
    cost.legend(loc="lower right", fontsize="small")
    memory.plot(
        [sample.events for sample in findings.memory], [sample.resident_bytes / 1e6 for sample in findings.memory]
    )
    memory.axhline(100, linestyle="--", color="grey")
    memory.set(xlabel="events taken in by one process", ylabel="resident MB", ylim=(0, 110))
    for axes in (cost, memory):
        axes.grid(visible=True, alpha=0.3)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


def _curve(axes: Any, name: str, seconds: list[float]) -> None:
    """The share of the values up to each value; one that is endless is never reached."""
    shares = [number / POINTS for number in range(1, POINTS + 1)]
    ordered = sorted(seconds)
    points = [(percentile(ordered, share) * 1000, share) for share in shares]
    finite = [point for point in points if isfinite(point[0])]
    axes.plot([x for x, _ in finite], [y for _, y in finite], label=name)
