"""The command line, `ivr`: one module for each command, imported only when it is called.

Exit codes of every command: 0 fine, 1 findings or a failed test, 2 usage.
"""

from importlib import import_module
from typing import Final

import click

from router import __version__
from router.errors import RouterError

COMMANDS: Final[dict[str, str]] = {  # command -> module:function
    "calls": "router.cli.calls:calls",
    "call": "router.cli.call:call",
    "check": "router.cli.check:check",
    "commands": "router.cli.outbox:commands",
    "demo": "router.cli.demo:demo",
    "emulator": "router.cli.emulator:emulator",
    "hours": "router.cli.hours:hours",
    "limits": "router.cli.outbox:limits",
    "publish": "router.cli.versions:publish",
    "rollback": "router.cli.versions:rollback",
    "graph": "router.cli.graph:graph",
    "reference": "router.cli.reference:reference",
    "replay": "router.cli.replay:replay",
    "schema": "router.cli.schema:schema",
    "simulate": "router.cli.simulate:simulate",
    "test": "router.cli.test:test",
    "trace": "router.cli.trace:trace",
    "versions": "router.cli.versions:versions",
}


class LazyGroup(click.Group):
    """A group whose commands are imported on use: `ivr --help` must not pay for the emulator."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, function = place.partition(":")
        command: click.Command = vars(import_module(module))[function]
        return command


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="ivr")
def commands() -> None:
    """Call flows for the MANGO OFFICE virtual PBX."""


def main() -> None:
    """The entry point: our own errors become one line on stderr and exit code 2."""
    try:
        commands.main(prog_name="ivr")
    except RouterError as error:
        click.echo(f"ivr: {error.message}", err=True)
        raise SystemExit(2) from error
