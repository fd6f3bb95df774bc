"""`ivr export`: calls as rows for spreadsheets, databases and notebooks: CSV, JSON Lines or Parquet."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from router.cli.call_filters import call_filters, wanted
from router.cli.command_store import command_store
from router.cli.language import tell
from router.cli.tables import many
from router.history.call_view import instant
from router.history.record_files import FORMATS
from router.private_files import open_private
from router.runtime.calls.find_calls import every_call
from router.runtime.calls.number_masking import with_masks

EVERY: Final = 200  # rows between two looks at the progress

Row = dict[str, Any]


@click.command("export")
@call_filters
@click.option(
    "--format", "form", type=click.Choice(sorted(FORMATS)), default="csv", show_default=True, help="Of the rows."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="A file; else to stdout.")
@click.option("--mask", is_flag=True, help="Hide the middle of every phone number.")
def export(form: str, output: Path | None, account: str | None, mask: bool, **filters: Any) -> None:
    """Write calls as rows, newest first: who called whom, how long it took, who answered, where it ended.

    It may run beside the router. The columns are those of GET /api/calls; docs/records.md explains them.
    """
    if output is None and FORMATS[form].is_binary and sys.stdout.isatty():
        raise click.UsageError(f"{form} is nothing for a terminal: name a file with --output")
    write = FORMATS[form].open()  # says what is missing before anything is read
    rows: Iterator[Row] = every_call(command_store(), account, wanted(filters))
    if mask:
        rows = map(with_masks, rows)
    with _progress(filters["since"], filters["until"]) as told, _target(output) as file:
        count = write(told(rows), file)
    tell(f"{many(count, 'call')}{f' into {output}' if output else ''}", err=True)


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    """Stdout, or a file that only its owner can read, which has its name once it is whole."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = output.with_name(f"{output.name}.part")
    with open(open_private(partial, os.O_WRONLY | os.O_TRUNC), "wb") as file:
        yield file
    partial.replace(output)


Told = Callable[[Iterator[Row]], Iterator[Row]]


def _progress(since: float | None, until: float | None) -> AbstractContextManager[Told]:
    """What tells on a terminal how far it is: by the instants that are asked for, else by the number of rows."""
    console = Console(stderr=True)
    return _shown(console, since, until or time.time()) if console.is_terminal else nullcontext(lambda rows: rows)


@contextmanager
def _shown(console: Console, since: float | None, until: float) -> Iterator[Told]:
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None if since is None else max(1.0, until - since))

        def told(rows: Iterator[Row]) -> Iterator[Row]:
            for number, row in enumerate(rows, 1):
                if number % EVERY == 0:
                    reached = instant(row["started"]) or ""
                    progress.update(
                        task, completed=_done(row, since, until), description=f"{number} calls, to {reached}"
                    )
                yield row

        yield told


def _done(row: Mapping[str, Any], since: float | None, until: float) -> float:
    return 0.0 if since is None else until - row["started"]
