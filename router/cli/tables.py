"""Rows for people or for programs: a table in the terminal, one line a row into a pipe, or JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_WIDTH: Final = 240
"""Into a pipe a row is one line: ids have to stay whole."""


def many(count: int, noun: str) -> str:
    """1 error, 2 errors."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def show(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, as_json: bool, empty: str) -> None:
    """Print the rows, all of them as JSON or their `columns` as a table; `empty` is said when there are none."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(empty)
        return
    table = Table(box=None)
    names = tuple(columns)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[name] is None else str(row[name])) for name in names))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(table)
