"""Rows for people or for programs: a table in the terminal, one line a row into a pipe, or JSON."""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import click

from router.cli.language import said, tell

GAP: Final = "  "
WORDS: Final = "tables"
STATES: Final = frozenset({"status", "outcome", "state"})
"""Columns whose words are asked by in English, and read in the language of the command."""


def many(count: int, noun: str) -> str:
    """1 error, 2 errors."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def show(
    rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, as_json: bool, empty: str, in_words: bool = True
) -> None:
    """Print the rows, all of them as JSON or their `columns` as a table; `empty` is said when there are none. The heads
    are in the language of the command, unless the columns are names that somebody asks by (not `in_words`)."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
        return
    if not rows:
        tell(empty)
        return
    names = tuple(columns)
    heads = tuple(said(name, WORDS) for name in names) if in_words else names
    cells = [heads, *(tuple(_shown(_read(name, row[name])) for name in names) for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    is_wide = sum(widths) + len(GAP) * len(widths) > shutil.get_terminal_size().columns
    if is_wide and sys.stdout.isatty():
        _print_folded(cells)
        return
    click.echo("\n".join(_lines(cells, widths)))


def _read(name: str, value: Any) -> Any:
    return beside(value, WORDS) if name in STATES and value else value


def beside(word: str, command: str) -> str:
    """A word that is asked by, such as an outcome, and beside it what it means in the language of the command."""
    meaning = said(word, command)
    return word if meaning == word else f"{word} ({meaning})"


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # most tables have no need of it

    return cell_len(text)


def _lines(cells: Iterable[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for row in cells:
        padded = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        yield f" {GAP.join(padded)}".rstrip()


def _print_folded(cells: Sequence[Sequence[str]]) -> None:
    """What is wider than the terminal is folded within its cell: slower, and only for people."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None)
    for name in cells[0]:
        table.add_column(name, overflow="fold")
    for row in cells[1:]:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
