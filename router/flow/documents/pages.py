"""A page of the documentation as data, and its two forms: Markdown for the project, plain text for a terminal."""

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

Said = Callable[[str], str]
"""A text of one paragraph, in the language of the page."""

TEXT_WIDTH: Final = 100
FIRST_COLUMNS: Final = 30  # characters of a table's earlier columns in plain text, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of Markdown text below a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    anchored: bool = False  # each row can be linked to by its first cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    level: int  # 1 is the page's title
    text: str


Part = Heading | Table | str
"""A text is one paragraph, or a block that begins with three backquotes."""


def as_markdown(parts: Iterable[Part]) -> str:
    """The page for people who read it rendered."""
    return "\n\n".join(MARKDOWN[type(part)](part) for part in parts) + "\n"


def _markdown_heading(heading: Heading) -> str:
    return f"{'#' * heading.level} {heading.text}"


def _markdown_table(table: Table) -> str:
    rows = [_anchored(row) if table.anchored else row for row in table.rows]
    lines = [table.head, tuple("---" for _ in table.head), *(tuple(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _anchored(row: tuple[str, ...]) -> tuple[str, ...]:
    return (f'<a id="{row[0].lower()}"></a>{row[0]}', *row[1:])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


MARKDOWN: Final[Mapping[type, Callable[..., str]]] = {
    Heading: _markdown_heading,
    Table: _markdown_table,
    str: lambda text: text,
}


def as_text(parts: Iterable[Part]) -> str:
    """The page for a terminal: columns instead of bars, no marks."""
    return "\n".join(TEXT[type(part)](part) for part in parts)


def _text_heading(heading: Heading) -> str:
    title = _plain(heading.text)
    under = {1: "=", 2: "-"}.get(heading.level, "")
    return f"{title}\n{under * len(title)}\n" if under else f"{title}\n"


def _text_paragraph(text: str) -> str:
    if text.startswith("```"):
        return textwrap.indent("\n".join(text.splitlines()[1:-1]), "    ") + "\n"
    return textwrap.fill(_plain(text), TEXT_WIDTH) + "\n"


def _text_table(table: Table) -> str:
    rows = [tuple(_plain(cell) for cell in row) for row in table.rows]
    last = len(table.head) - 1
    widths = [min(FIRST_COLUMNS, max(len(row[column]) for row in rows)) for column in range(last)] if rows else []
    return "".join(f"{line}\n" for row in rows for line in _text_row(row, widths))


def _text_row(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    """Columns side by side; a cell that is too long takes several lines."""
    room = max(30, TEXT_WIDTH - 2 - sum(width + 2 for width in widths))
    cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, [*widths, room], strict=True)]
    for number in range(max(map(len, cells))):
        columns = [cell[number] if number < len(cell) else "" for cell in cells]
        padded = [column.ljust(width) for column, width in zip(columns, [*widths, 0], strict=True)]
        yield f"  {'  '.join(padded)}".rstrip()


def _plain(text: str) -> str:
    """Markdown without its marks."""
    return re.sub(r"`([^`]*)`", r"\1", text).replace("**", "")


TEXT: Final[Mapping[type, Callable[..., str]]] = {Heading: _text_heading, Table: _text_table, str: _text_paragraph}
