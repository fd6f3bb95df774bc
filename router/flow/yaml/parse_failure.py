"""Where libyaml gave up on a text, and how what is found there is told: counted in characters, and mended in place."""

import re
from dataclasses import dataclass
from typing import Final

import yaml

from router.flow.suggestions.advice import Suggestion

REPAIRED: Final = "\ue000"  # stands where a text was mended; files may not contain it

LINES: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Trap:
    """One mistake. `repaired` is the mended text, None when reading cannot go on."""

    code: str
    line: int
    column: int
    length: int
    message: str
    suggestion: Suggestion
    repaired: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Where libyaml gave up, and what it was doing. Places are offsets into the text."""

    text: str
    at: int
    begin: int  # where the construct began that it was reading
    context: str
    problem: str

    def trap(
        self, code: str, at: int, length: int, message: str, suggestion: Suggestion, mend: tuple[int, int] | None
    ) -> Trap:
        before = LINES.split(self.text[:at])
        repaired = None if mend is None else self.text[: mend[0]] + self._filled(*mend) + self.text[mend[1] :]
        return Trap(code, len(before), len(before[-1]) + 1, length, message, suggestion, repaired)

    def _filled(self, start: int, end: int) -> str:
        return "".join(mark if mark in "\r\n" else REPAIRED for mark in self.text[start:end])

    @property
    def line_start(self) -> int:
        breaks = [found.end() for found in LINES.finditer(self.text, 0, self.at)]
        return breaks[-1] if breaks else 0

    @property
    def line_end(self) -> int:
        found = LINES.search(self.text, self.at)
        return found.start() if found else len(self.text)

    @property
    def character(self) -> str:
        return self.text[self.at : self.at + 1]


def offset_of(text: str, mark: yaml.Mark | None) -> int:
    """libyaml counts lines and columns in characters; its index counts bytes."""
    if mark is None:
        return 0
    starts = [0, *(found.end() for found in LINES.finditer(text))]
    start = starts[mark.line] if mark.line < len(starts) else len(text)
    return min(start + mark.column, len(text))
