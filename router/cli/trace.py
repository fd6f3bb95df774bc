"""`ivr trace`: why a caller ended where he did, from the store alone."""

import json
from collections.abc import Iterable
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from router.cli.command_store import command_store
from router.cli.language import said
from router.cli.tables import beside
from router.engine.state import Entry
from router.history.call_pages import USUAL_LINES, Page, call_view, each_record
from router.history.call_view import command_object
from router.history.journal import MOST_COMMANDS
from router.history.trace_text import lines
from router.runtime.calls.number_masking import with_masks
from router.runtime.ports import Store

NOT_FOUND: Final = 1
NOT_PROVED: Final = 1
PIPE_WIDTH: Final = 240
"""Into a pipe a row is one line."""

HEAD: Final = ("account", "flow", "version", "line", "caller", "started", "ended", "outcome")


@click.command()
@click.argument("entry_id")
@click.option("--json", "as_object", is_flag=True, help="The call as one JSON object.")
@click.option("--mask", is_flag=True, help="Hide the middle of every phone number.")
@click.option("--as-test", "as_a_test", is_flag=True, help="The call as a test, with nobody's number in it.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=None,
    help=f"With --json: so many lines of the journal at once; {USUAL_LINES} of a long call without it.",
)
@click.option("--cursor", default="", help="With --json: the page behind the one that named this as its `next`.")
@click.option("--account", default=None, help="Whose call, when several accounts share the database.")
def trace(
    entry_id: str, as_object: bool, mask: bool, as_a_test: bool, limit: int | None, cursor: str, account: str | None
) -> None:
    """Explain the call ENTRY_ID: its events, steps, conditions, commands and timers."""
    store = command_store()
    try:
        found = call_view(store, entry_id, account, Page(limit=limit or USUAL_LINES, cursor=cursor))
    except ValueError as error:
        raise click.BadParameter(_said(str(error)), param_hint="--cursor") from None
    if found is None:
        click.echo(f"ivr: {_said(f'there is no call {entry_id}')}", err=True)
        raise SystemExit(NOT_FOUND)
    if as_a_test:
        _export(store, found["account"], entry_id)
        return
    if as_object:
        click.echo(json.dumps(with_masks(found) if mask else found, ensure_ascii=False, indent=2))
        return
    rows = store.commands(found["account"], entry_id=entry_id, limit=MOST_COMMANDS)
    whole = {**found, "commands": [command_object(row) for row in rows]}  # the text has all of it, whatever its length
    shown = with_masks(whole) if mask else whole
    _print(shown, (entry for record in each_record(store, found["account"], entry_id) for entry in record.trace), mask)


def _export(store: Store, account: str, entry_id: str) -> None:
    """Print the test, and prove it: it is run against the version that the call had."""
    from router.simulator.exported import exported  # which loads bundles and runs tests: others need not wait for that

    text, reason = exported(store, account, entry_id)
    click.echo(text, nl=False)
    if reason is not None:
        click.echo(f"ivr: {_said(f'the test does not go as the call went: {reason}')}", err=True)
        raise SystemExit(NOT_PROVED)


def _print(call: dict[str, Any], entries: Iterable[Entry], mask: bool) -> None:
    """The text: what the call was, what happened line by line (times in UTC), and its commands."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(_head(call))
    for entry in entries:
        for line in lines([entry], said=_said):
            console.print(Text(with_masks(line) if mask else line, style=STYLES.get(entry.kind, "")))
    if call["commands"]:
        console.print(_commands(call["commands"]))


def _head(call: dict[str, Any]) -> Table:
    table = Table(show_header=False, box=None, title=Text(_said(f"call {call['entry_id']}")), title_justify="left")
    for name in HEAD:
        value = str(call[name] or "-")
        table.add_row(_said(name), Text(beside(value, "trace") if name == "outcome" else value))
    return table


STYLES: Final = {"entered": "bold", "command": "cyan", "timer": "dim", "event": "green"}
"""Colour by the kind of an entry."""


def _said(text: str) -> str:
    return said(text, "trace")


def _commands(commands: list[dict[str, Any]]) -> Table:
    table = Table(title=_said("commands"), title_justify="left", box=None)
    for column in ("command", "for", "state", "code", "wait", "reason"):
        table.add_column(_said(column))
    for command in commands:
        wait = command["wait_seconds"]
        cells = (
            command["command"],
            command["label"],
            _said(command["state"]),
            command["code"] or "",
            "" if wait is None else f"{wait:g} {_said('s')}",
            _said(command["reason"] or ""),
        )
        table.add_row(*(Text(str(cell)) for cell in cells))
    return table
