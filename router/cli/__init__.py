"""The command line, `ivr`: one module for each command, imported only when it is called.

Exit codes of every command: 0 fine, 1 findings or a failed test, 2 usage.
"""

import ast
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from router import __version__
from router.cli.help_in_words import HelpInWords, paragraphs_in_words, show_error
from router.cli.language import complain, tell
from router.errors import RouterError
from router.logs import configure

COMMANDS: Final[dict[str, str]] = {  # command -> module:function
    "api": "router.cli.api:api",
    "audit": "router.cli.audit:audit",
    "backup": "router.cli.backup:backup",
    "calls": "router.cli.calls:calls",
    "call": "router.cli.call:call",
    "check": "router.cli.check:check",
    "commands": "router.cli.outbox:commands",
    "deliveries": "router.cli.deliveries:deliveries",
    "demo": "router.cli.demo:demo",
    "diff": "router.cli.diff:diff",
    "docs": "router.cli.docs:docs",
    "doctor": "router.cli.doctor.command:doctor",
    "emulator": "router.cli.emulator:emulator",
    "export": "router.cli.export_calls:export",
    "figures": "router.cli.figures:figures",
    "fmt": "router.cli.fmt:fmt",
    "hours": "router.cli.hours:hours",
    "init": "router.cli.init.command:init",
    "limits": "router.cli.outbox:limits",
    "lookup": "router.cli.lookup:lookup",
    "lsp": "router.cli.lsp:lsp",
    "migrate": "router.cli.migrate:migrate",
    "new": "router.cli.new:new",
    "pause": "router.cli.pause:pause",
    "promote": "router.cli.publish:promote",
    "publish": "router.cli.publish:publish",
    "purge": "router.cli.purge:purge",
    "token": "router.cli.token:token",
    "restore": "router.cli.backup:restore",
    "resume": "router.cli.pause:resume",
    "rollback": "router.cli.publish:rollback",
    "graph": "router.cli.graph:graph",
    "reference": "router.cli.reference:reference",
    "rename": "router.cli.rename:rename",
    "replay": "router.cli.replay:replay",
    "serve": "router.cli.serve:serve",
    "service": "router.cli.service.command:service",
    "schema": "router.cli.schema:schema",
    "simulate": "router.cli.simulate:simulate",
    "test": "router.cli.test:test",
    "trace": "router.cli.trace:trace",
    "user": "router.cli.user:user",
    "versions": "router.cli.versions:versions",
}


ABORTED: Final = 1

click.Context.formatter_class = HelpInWords


class LazyGroup(click.Group):
    """A group whose commands are imported on use: `ivr --help` must not pay for the emulator."""

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        """click's own, with its errors in the language of the command."""
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        try:
            code = super().main(args, standalone_mode=False, **extra)
        except click.ClickException as error:
            show_error(error)
            sys.exit(error.exit_code)
        except click.Abort:
            tell("Aborted!", err=True)
            sys.exit(ABORTED)
        sys.exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, function = place.partition(":")
        command: click.Command = vars(import_module(module))[function]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, each with the first sentence of its docstring."""
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _short_help(name, width)) for name in names])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """click's own, which would import every command that begins so; options are completed by `Command`'s."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        found = [CompletionItem(name, help=_short_help(name)) for name in names]
        return found + click.Command.shell_complete(self, ctx, incomplete)


def _short_help(name: str, width: int = 45) -> str:
    told = paragraphs_in_words(_about(COMMANDS[name]))
    return click.Command(name, help=told).get_short_help_str(width)


def _about(place: str) -> str:
    """The docstring of `module:function`, read without running the module."""
    module, _, function = place.partition(":")
    file = Path(__file__).parents[2].joinpath(*module.split(".")).with_suffix(".py")
    body = ast.parse(file.read_text(encoding="utf-8")).body
    found = next(node for node in body if isinstance(node, ast.FunctionDef) and node.name == function)
    return ast.get_docstring(found) or ""


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="ivr")
def commands() -> None:
    """Call flows for the MANGO OFFICE virtual PBX."""


def main() -> None:
    """The entry point: our own errors, and files that cannot be opened, become one line on stderr and exit code 2."""
    try:
        configure(os.environ, rarely_logs=True)
        commands.main(prog_name="ivr")
    except RouterError as error:
        complain(error.message)
        raise SystemExit(2) from error
    except OSError as error:
        if error.filename is None:
            raise
        click.echo(f"ivr: {error.filename}: {error.strerror}", err=True)
        raise SystemExit(2) from error
