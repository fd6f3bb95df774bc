"""Scheduling in figures: the page docs/scheduling.md and its two pictures."""

import random
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from bench.report import table
from bench.schedule.house import Fate
from bench.schedule.judge import LEAST_SECONDS, Family, Judged, errors, job, median_error
from bench.schedule.optimum import Job, bound, exact
from bench.schedule.scenarios import ROUTE_SECONDS

HEAD: Final = ("callers", "scenarios", "come", "clairvoyant ≤", "router", "ratio", "worst", "FIFO, drops", "FIFO")
SMALL_INSTANCES: Final = 400
SMALL_JOBS: Final = 9
OURS, DROPPING, PLAIN = "router", "first-in first-out, drops who has left", "first-in first-out"


def tightness() -> tuple[int, int, int]:
    """The bound against the exact optimum of small instances: (instances, equal, the sum of the differences)."""
    chance = random.Random(1)
    differences = []
    for _ in range(SMALL_INSTANCES):
        starts = [chance.uniform(0, chance.choice((4, 12))) for _ in range(SMALL_JOBS)]
        jobs = [Job(release=start, latest=start + chance.uniform(1, 12)) for start in starts]
        differences.append(bound(jobs, ROUTE_SECONDS) - exact(jobs, ROUTE_SECONDS))
    return len(differences), differences.count(0), sum(differences)


def page(families: Sequence[Family], main: str, tight: tuple[int, int, int], plot: str, worst_plot: str) -> str:
    """The page, in Markdown; `main` names the family whose worst scenario is shown."""
    chosen = next(family for family in families if family.name == main)
    return "\n".join(
        [
            *_introduction(tight),
            *table(HEAD, map(_row, families)),
            "",
            *_paragraph(
                f"{_total(families, 'refusals')} requests were refused by the PBX as over its limit,"
                f" {_total(families, 'wasted')} routes came when the caller had gone,"
                f" {_total(families, 'plays')} hold prompts were played. Priority costs callers, and the clairvoyant"
                " has none to obey. Hang-ups by chance (after 60 s in the mean) can be foreseen by him alone: the last"
                " row shows what that is worth."
            ),
            *_paragraph(_told_of_priority(families)),
            *_promises_told(families),
            f"![Callers kept, the {len(chosen.judged)} random scenarios in order, and waits told and waited]({plot})",
            "",
            "## The worst of the random scenarios",
            "",
            *_paragraph(_worst_told(chosen.worst)),
            f"![Every caller of the worst scenario, from his call until he is routed or lost]({worst_plot})",
            "",
        ]
    )


def _introduction(tight: tuple[int, int, int]) -> list[str]:
    instances, equal, difference = tight
    return [
        "# Scheduling",
        "",
        *_paragraph(
            "Written by `python -m bench.schedule`, a part of `make bench`. How many callers are kept when more come"
            " than the PBX takes routes for. Everything between the webhook and the wire is the production code; time"
            " and the PBX are pretended, so the figures are the same on every machine. The rules and their reasons:"
            " [router/runtime/outbox/schedule.py](../router/runtime/outbox/schedule.py)."
        ),
        *_paragraph(
            "- **clairvoyant ≤**: no schedule keeps more, not even one that knows every arrival and hang-up beforehand"
            " and needs no time to send. It is a relaxation, proven in"
            f" [bench/schedule/optimum.py](../bench/schedule/optimum.py); against the exact optimum of {instances}"
            f" instances of {SMALL_JOBS} callers it was equal in {equal}, and too high by {difference} callers in all.",
            "- **FIFO**: one route after another as they were asked for, whoever has left by then; **FIFO, drops**:"
            " without those who have. Both without a round trip, and without hold prompts.",
            "- **worst**: the lowest ratio of one scenario, and its seed.",
        ),
    ]


def _promises_told(families: Sequence[Family]) -> list[str]:
    waits = [pair for family in families for pair in family.waits]
    found = errors(waits)
    return [
        "## What routes are told",
        "",
        *_paragraph(
            "`limits.route.wait`, asked when a route is queued, against what it then waited:"
            f" {len(found)} routes that waited {LEAST_SECONDS:g} s or more. Median error"
            f" **{_percent(median_error(waits))}**, nine of ten within {_percent(_nth(found, 0.9))}. Who comes later"
            " and goes first (an earlier deadline, priority, or no hold prompt) is what nobody can know."
        ),
        *table(("callers", "median error", "nine of ten within"), map(_error_row, families)),
        "",
    ]


def _paragraph(*texts: str) -> list[str]:
    """Lines of a paragraph, or of a list's items, with an empty one behind them."""
    lines = [
        line
        for text in texts
        for line in wrap(
            text, 118, subsequent_indent="  " if text.startswith("- ") else "",
            break_long_words=False, break_on_hyphens=False,
        )
    ]  # fmt: skip
    return [*lines, ""]


def _row(family: Family) -> list[str]:
    numbers = (len(family.judged), family.callers, family.bound, family.kept)
    worst = family.worst
    return [
        family.name,
        *map(str, numbers),
        f"**{family.ratio:.3f}**",
        f"{worst.ratio:.2f} ({worst.scenario.seed})",
        f"{family.fifo_dropping / family.bound:.3f}",
        f"{family.fifo / family.bound:.3f}",
    ]


def _error_row(family: Family) -> list[str]:
    found = errors(family.waits)
    return [family.name, _percent(median_error(family.waits)), _percent(_nth(found, 0.9))]


def _nth(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _total(families: Sequence[Family], what: str) -> int:
    return sum(int(getattr(family, what)) for family in families)


def _told_of_priority(families: Sequence[Family]) -> str:
    first = [one for family in families for one in family.judged if any(caller.high for caller in one.scenario.routed)]
    kept = sum(fate.routed_at is not None for one in first for fate in one.outcome.fates if fate.caller.high)
    most = sum(bound([job(caller) for caller in one.scenario.routed if caller.high], ROUTE_SECONDS) for one in first)
    return f"Of the callers who have priority, {kept} were kept; alone in the world it could be {most}."


def _worst_told(worst: Judged) -> str:
    callers = worst.scenario.routed
    high, held = sum(caller.high for caller in callers), sum(caller.held for caller in callers)
    return (
        f"Seed {worst.scenario.seed}, {worst.scenario.name}: {worst.outcome.kept} of {len(callers)} kept, a clairvoyant"
        f" {worst.bound} at most. {high} have priority and {held} can be held."
    )


def draw(families: Sequence[Family], main: str, plot: Path, worst_plot: Path) -> bool:
    """The pictures; False when matplotlib (the extra `bench`) is not installed."""
    try:
        matplotlib = import_module("matplotlib")
    except ImportError:
        return False
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "ivr-router"  # the same numbers make the same file
    pyplot = import_module("matplotlib.pyplot")
    chosen = next(family for family in families if family.name == main)
    figure, (bars, curve, promises) = pyplot.subplots(
        1, 3, figsize=(15, 5), layout="constrained", width_ratios=(1.3, 1, 1)
    )
    _bars(bars, families)
    _curve(curve, chosen)
    _promises(promises, families)
    figure.legend(*bars.get_legend_handles_labels(), loc="outside lower left", ncols=3, fontsize="small")
    figure.savefig(plot, metadata={"Date": None})
    pyplot.close(figure)
    figure, axes = pyplot.subplots(figsize=(11, 7), layout="constrained")
    _timeline(axes, chosen.worst)
    figure.savefig(worst_plot, metadata={"Date": None})
    pyplot.close(figure)
    return True


def _bars(axes: Any, families: Sequence[Family]) -> None:
    places = range(len(families))
    for shift, (name, attribute) in enumerate(((OURS, "kept"), (DROPPING, "fifo_dropping"), (PLAIN, "fifo"))):
        shares = [getattr(family, attribute) / family.bound for family in families]
        axes.barh([place + (shift - 1) * 0.27 for place in places], shares, height=0.25, label=name)
    axes.set_yticks(list(places), [family.name for family in families], fontsize="small")
    axes.invert_yaxis()
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set(xlabel="callers kept, of the most that a clairvoyant could keep", xlim=(0, 1.05))


def _curve(axes: Any, family: Family) -> None:
    for name, kept in (
        (OURS, [one.outcome.kept for one in family.judged]),
        (DROPPING, [one.fifo_dropping for one in family.judged]),
        (PLAIN, [one.fifo for one in family.judged]),
    ):
        ratios = sorted(share / one.bound if one.bound else 1.0 for share, one in zip(kept, family.judged, strict=True))
        axes.plot(range(1, len(ratios) + 1), ratios, label=name)
    axes.set(xlabel=f"{len(family.judged)} random scenarios, each line by its own order", ylim=(0, 1.03))
    axes.set(ylabel="callers kept, of the most possible")
    axes.grid(visible=True, alpha=0.3)


def _promises(axes: Any, families: Sequence[Family]) -> None:
    waits = [pair for family in families for pair in family.waits if pair[1] >= LEAST_SECONDS]
    axes.hexbin(
        [max(told, 0.1) for told, _ in waits],
        [waited for _, waited in waits],
        xscale="log", yscale="log", bins="log", gridsize=45, mincnt=1, cmap="viridis",
    )  # fmt: skip
    axes.plot([1, 200], [1, 200], color="black", linewidth=0.8)
    axes.set(xlabel="told to wait, s", ylabel="waited, s", title="routes that waited 1 s or more")


COLOURS: Final = {
    (False, False): "tab:blue",
    (False, True): "tab:green",
    (True, False): "tab:red",
    (True, True): "tab:purple",
}
KINDS: Final = {
    (False, False): "plain",
    (False, True): "can be held",
    (True, False): "priority",
    (True, True): "priority, can be held",
}


def _timeline(axes: Any, worst: Judged) -> None:
    begin = min(fate.began for fate in worst.outcome.fates)
    labelled: set[tuple[bool, bool]] = set()
    for place, fate in enumerate(worst.outcome.fates):
        kind = (fate.caller.high, fate.caller.held)
        label = KINDS[kind] if kind not in labelled else None
        labelled.add(kind)
        _one_caller(axes, place, fate, begin, COLOURS[kind], label)
    axes.plot([], [], "k|", label="routed")
    axes.plot([], [], "kx", label="lost")
    axes.set(xlabel="seconds", ylabel="callers, as they came", title=_worst_told(worst))
    axes.invert_yaxis()
    axes.legend(loc="upper right", fontsize="small")


def _one_caller(axes: Any, place: int, fate: Fate, begin: float, colour: str, label: str | None) -> None:
    end = fate.held_until if fate.routed_at is None else fate.routed_at
    axes.plot([fate.began - begin, end - begin], [place, place], color=colour, linewidth=2, label=label)
    marker = "x" if fate.routed_at is None else "|"
    axes.plot([end - begin], [place], marker=marker, color="black", markersize=7)
