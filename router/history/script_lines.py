"""The lines of an exported test, and the pauses between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

PATIENCE_SECONDS: Final = 2.0  # `expect` waits by itself, for 3 s at most
SAME_INSTANT: Final = 0.25
"""Pauses that are shorter mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the script: when it was reached, and when what it tells had its effect."""

    text: str  # as YAML
    begin: float
    end: float
    patient: bool = False  # an expectation


def with_waits(lines: Sequence[Line]) -> Iterator[str]:
    """The lines, with the pauses between them written out where they matter."""
    before: Line | None = None
    for line in lines:
        pause = line.begin - before.end if before is not None else 0.0
        if pause > (PATIENCE_SECONDS if line.patient else SAME_INSTANT):
            rounded = int(pause * 10) / 10 if line.patient else round(pause, 1)
            yield f"wait: {rounded:g}s"
        yield line.text
        before = line
