"""The table of a history beside that of a thousand calls, for the terminal and for docs/scale.md."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.history.looks import DRY_RUN, EVENT, QUICK, Sample
from bench.history.purging import Purging

MOST_GROWTH: Final = 2.0
DRY_RUN_MS: Final = 200.0
BEGINNING, END = "<!-- bench.history -->", "<!-- end of bench.history -->"
HEAD: Final = ("", "beside {small:,} calls", "beside {large:,} calls", "growth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What one database was measured to do, small and large."""

    store: str
    small: int
    large: int
    small_samples: Mapping[str, Sample]
    large_samples: Mapping[str, Sample]
    purging: Purging
    small_bytes: int
    large_bytes: int

    def growth(self) -> dict[str, float]:
        """How much longer each thing takes beside the large history."""
        return {what: large.ratio_to(self.small_samples[what]) for what, large in self.large_samples.items()}

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        for what, ratio in self.growth().items():
            sides = (_told(what, self.small_samples[what]), _told(what, self.large_samples[what]))
            yield what, *sides, f"{ratio:.2f}"
        purging = self.purging
        yield "purge", "", f"{purging.rate:,.0f} calls/s", ""
        beside = f"{_middle(purging.quiet):.1f} → {_middle(purging.beside):.1f} ms"
        yield "event p99, quiet → beside the purge", "", beside, f"{purging.tail_ratio:.2f}"
        yield "the database", f"{self.small_bytes / 1e6:,.0f} MB", f"{self.large_bytes / 1e6:,.0f} MB", ""

    def table(self) -> list[str]:
        """In Markdown."""
        head = [cell.format(small=self.small, large=self.large) for cell in (self.store, *HEAD[1:])]
        return [_line(head), _line(["---"] * len(head)), *map(_line, self.rows())]


def problems(grown: Grown) -> list[str]:
    """What grows with the history, in sentences. An estimate reads as many lines of any history, but hardly any twice
    where there are many, so it has a bound of its own."""
    found = [
        f"{grown.store}: {what} takes {ratio:.2f} times as long beside {grown.large:,} calls"
        for what, ratio in grown.growth().items()
        if ratio > MOST_GROWTH and what != DRY_RUN
    ]
    if DRY_RUN in grown.large_samples and (took := grown.large_samples[DRY_RUN].milliseconds(QUICK)) > DRY_RUN_MS:
        found.append(f"{grown.store}: {DRY_RUN} takes {took:.0f} ms")
    return found


def written(page: Path, tables: Sequence[Grown], conditions: str) -> None:
    """Put the tables into the page, between its two marks."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGINNING)
    _, _, after = rest.partition(END)
    lines = [BEGINNING, conditions, "", *(line for one in tables for line in [*one.table(), ""]), END]
    page.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def _told(what: str, sample: Sample) -> str:
    if what == EVENT:
        return f"{sample.milliseconds(0.5) * 1000:.0f} µs"
    return f"{sample.milliseconds(0.5):.1f} ms, p95 {sample.milliseconds(0.95):.1f}"


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
