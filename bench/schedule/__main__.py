"""`python -m bench.schedule [--quick]`: play busy minutes, print the table, write docs/scheduling.md and its plots.

A whole run takes some minutes, a quick one half of one. Time is pretended, so the same code gives the same figures on
every machine, however busy it is.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markdown import Markdown

from bench.schedule.judge import Family, judge_all
from bench.schedule.report import draw, page, tightness
from bench.schedule.scenarios import (
    WINDOWS,
    ConnectionPool,
    Scenario,
    burst,
    day,
    poisson,
    random_scenario,
    with_listeners,
)

PAGE: Final = Path("docs/scheduling.md")
PLOT: Final = Path("docs/scheduling.svg")
WORST: Final = Path("docs/scheduling-worst.svg")
RANDOM: Final = "random"
HANG_UPS: Final = "random, and callers hang up by chance"
RANDOM_SCENARIOS: Final = 200
SEEDS: Final = 10

MIXED: Final = ConnectionPool(windows=WINDOWS["10 to 60 s"])
FAMILIES: Final[Mapping[str, Callable[[int], Scenario]]] = {
    "60 at once, 30 s each": burst,
    "60 at once, 10 to 60 s": partial(burst, crowd=MIXED),
    "60 at once, all can be held": partial(burst, crowd=ConnectionPool(held=1.0)),
    "60 at once, half can be held": partial(burst, crowd=ConnectionPool(windows=MIXED.windows, held=0.5)),
    "60 at once, a fifth has priority": partial(burst, crowd=ConnectionPool(windows=MIXED.windows, high=0.2)),
    "Poisson, load 0.8": partial(poisson, load=0.8, crowd=MIXED),
    "Poisson, load 0.95": partial(poisson, load=0.95, crowd=MIXED),
    "Poisson, load 1.1": partial(poisson, load=1.1, crowd=MIXED),
    "Poisson, load 1.5": partial(poisson, load=1.5, crowd=MIXED),
    "load 1.1, transfers, 6 plays/s beside": lambda seed: with_listeners(
        poisson(seed, 1.1, crowd=ConnectionPool(transferred=0.3)), 6.0
    ),
    "a day, at its peak 1.4": partial(day, peak=1.4, crowd=MIXED),
}


def families(seeds: int, random_scenarios: int) -> Iterable[Family]:
    for name, make in FAMILIES.items():
        yield judge_all(name, map(make, range(seeds)))
    yield judge_all(RANDOM, map(random_scenario, range(random_scenarios)))
    yield judge_all(HANG_UPS, (random_scenario(seed, patience=60.0) for seed in range(random_scenarios // 4)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.schedule", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fraction of the scenarios; prints, writes nothing")
    quick = parser.parse_args().quick
    console = Console()
    judged: list[Family] = []
    for family in families(SEEDS // 5 if quick else SEEDS, RANDOM_SCENARIOS // 10 if quick else RANDOM_SCENARIOS):
        console.print(f"{family.name}: {family.kept} of {family.bound}")
        judged.append(family)
    told = page(judged, RANDOM, tightness(), PLOT.name, WORST.name)
    console.print(Markdown(told))
    if quick:
        return
    PAGE.write_text(told, encoding="utf-8")
    drawn = draw(judged, RANDOM, PLOT, WORST)
    console.print(f"written: {PAGE}" + (f", {PLOT}, {WORST}" if drawn else "; no plots: matplotlib is not installed"))


if __name__ == "__main__":
    main()
