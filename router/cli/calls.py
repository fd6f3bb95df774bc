"""`ivr calls`: the calls that the store knows, newest first."""

import json
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from router.bootstrap import open_store_from_environment
from router.runtime.explain import listed
from router.runtime.masks import with_masks

PIPE_WIDTH: Final = 240
"""Into a pipe a row is one line: ids have to stay whole."""

COLUMNS: Final = ("started", "entry_id", "account", "line", "caller", "flow", "status", "outcome")


@click.command()
@click.option("--live", is_flag=True, help="Only calls that a flow still has.")
@click.option("--json", "as_object", is_flag=True, help="A JSON array instead of a table.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@click.option("--mask", is_flag=True, help="Hide the middle of every phone number.")
@click.option("--account", default=None, help="Only calls of this account.")
def calls(live: bool, as_object: bool, limit: int, mask: bool, account: str | None) -> None:
    """List calls."""
    filters = {"live": "1"} if live else {}
    rows = [listed(row) for row in open_store_from_environment().calls(account, filters, limit, "")]
    shown = with_masks(rows) if mask else rows
    if as_object:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _print(shown)


def _print(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no calls")
        return
    table = Table(box=None)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(row[column] or "")) for column in COLUMNS))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(table)
