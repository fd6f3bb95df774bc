"""docs/decisions/README.md: every decision with its status, read from the pages themselves.

A page that another one has replaced, or a part of it, says so in a line below its title, `Status: replaced in part by
[0012](…): what`; the newer one says `Status: replaces a part of [0009](…)`. Without that line a decision is in force.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DIRECTORY: Final = Path(__file__).parent / "decisions"
INDEX: Final = "README.md"
_TITLE: Final = re.compile(r"# (\d{4}): (.+)\n")
_STATUS: Final = re.compile(r"\nStatus: (.+?)\n\n", re.DOTALL)
_CLAUSE: Final = re.compile(
    r"(replaced in part by|replaced by|replaces a part of|replaces) ((?:\[\d{4}\]\([^)]+\)(?:, )?)+)"
)
COUNTERPART: Final[Mapping[str, str]] = {
    "replaced by": "replaces",
    "replaced in part by": "replaces a part of",
    "replaces": "replaced by",
    "replaces a part of": "replaced in part by",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One page."""

    file: str
    number: str
    title: str
    status: str  # as it stands there, in one line; "" without one
    relations: tuple[tuple[str, str], ...]  # (how, number of the other)


def decisions() -> list[Decision]:
    """All of them, in order. Raises ValueError for a page without a title of its form."""
    return [_read(file) for file in sorted(DIRECTORY.glob("*.md")) if file.name != INDEX]


def _read(file: Path) -> Decision:
    text = file.read_text(encoding="utf-8")
    title, status = _TITLE.match(text), _STATUS.search(text)
    if title is None:
        raise ValueError(f"{file.name} begins with `# NUMBER: title`")
    line = " ".join(status[1].split()) if status is not None else ""
    clauses = _CLAUSE.findall(line)
    relations = tuple((how, number) for how, links in clauses for number in re.findall(r"\[(\d+)\]", links))
    return Decision(file=file.name, number=title[1], title=title[2], status=line, relations=relations)


def page() -> str:
    """The index."""
    rows = [f"| [{each.number}]({each.file}) | {each.title} | {_in_short(each)} |" for each in decisions()]
    return "\n".join([*HEAD, *rows, ""])


HEAD: Final = (
    "<!-- Made by docs/generate.py of the pages beside it. -->",
    "",
    "# Decisions",
    "",
    "What was decided, why, and what was measured. Of a decision that is replaced in part the rest is in force; its",
    "page says what is not.",
    "",
    "| | decision | status |",
    "| --- | --- | --- |",
)


def _in_short(decision: Decision) -> str:
    """Without what exactly was replaced; that stands in the page."""
    told: dict[str, list[str]] = {}
    for how, links in _CLAUSE.findall(decision.status):
        if how.startswith("replaced"):
            told.setdefault(how, []).append(links.strip(", "))
    return "; ".join(f"{how} {', '.join(links)}" for how, links in told.items()) or "in force"
