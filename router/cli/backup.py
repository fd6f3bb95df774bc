"""`ivr backup` and `ivr restore`: the database as one file, and back again."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from router.bootstrap.process_setup import backup_database, restore_database
from router.cli.language import tell
from router.store.sqlite.backup import Content
from router.store.sqlite.restore import Restored

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@FILE
@click.option("--json", "as_json", is_flag=True, help="A JSON object instead of text.")
def backup(file: Path, as_json: bool) -> None:
    """Copy the database that IVR_DATABASE names to FILE, while routers use it.

    The copy is checked before it gets its name, and replaces an older backup of that name at once. For PostgreSQL the
    command says which tool does it.
    """
    content = backup_database(file)
    if as_json:
        click.echo(json.dumps(asdict(content)))
        return
    tell(f"{content.file}: {_told(content)}")
    tell("events that wait in the spool are not in it; they are taken in when the router runs again")


@click.command()
@FILE
@click.option("--as-it-was", is_flag=True, help="Go on with its calls and commands: no router ran since the backup.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object instead of text.")
def restore(file: Path, as_it_was: bool, as_json: bool) -> None:
    """Put the backup FILE into the place of the database that IVR_DATABASE names; stop the router before.

    What the backup would still send may have been sent since it was made: its queued commands are given up and its
    live calls closed, unless --as-it-was says that no router has run since. The old database is kept aside. For
    PostgreSQL the command says which tool does it.
    """
    restored = restore_database(file, as_it_was=as_it_was)
    if as_json:
        click.echo(json.dumps(asdict(restored)))
        return
    for line in _report(restored):
        tell(line)


def _report(restored: Restored) -> Iterator[str]:
    yield f"restored {restored.content.file}: {_told(restored.content)}"
    if restored.commands_given_up or restored.calls_closed:
        yield f"gave up {restored.commands_given_up} commands and closed {restored.calls_closed} calls"
    if restored.kept_aside:
        yield f"the old database is kept: {restored.kept_aside}"
    yield "start the router now"


def _told(content: Content) -> str:
    newest = "empty"
    if content.newest is not None:
        newest = f"up to {datetime.fromtimestamp(content.newest, UTC).isoformat(timespec='seconds')}"
    return (
        f"{content.calls} calls ({content.live_calls} live), {content.queued_commands} queued commands, "
        f"{content.bytes / 1024**2:.1f} MiB, {newest}"
    )
