"""What other people's programs, files and habits go by, as data: made of the program as it is."""

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from router import AsyncMango, Mango, errors
from router.cli import COMMANDS, commands
from router.config.settings import ACCOUNT_SETTINGS, ROUTER_SETTINGS
from router.flow.expressions.functions import FUNCTIONS
from router.flow.expressions.types import BUILTIN_NAMES
from router.flow.finding_rules import RULES
from router.flow.verbs import VERBS
from router.store.postgres import schema as postgres
from router.store.sqlite import schema as sqlite
from router.web.needed_roles import NEEDED
from tests.docs.claims.metrics import exported

PROJECT: Final = Path(__file__).parents[2]
KEPT: Final = Path(__file__).parent / "kept"
SCHEMAS: Final = ("call", "call_row", "config", "flow", "notification", "pbx", "resources", "test")
READ: Final = ("config", "flow", "pbx", "resources", "test")
"""Schemas of what people write and the program reads; the others are of what it writes."""


def surface() -> dict[str, Any]:
    """Everything but the schemas and the database."""
    return {
        "commands": dict(_commands()),
        "settings": {setting.variable: setting.name for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)},
        "defaults": {setting.variable: setting.default for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)},
        "metrics": {name: sorted(labels) if labels is not None else None for name, labels in exported().items()},
        "findings": sorted(RULES),
        "errors": sorted(
            {each.code for each in vars(errors).values() if inspect.isclass(each) and "code" in vars(each)}
        ),
        "roles": {f"{method} {path}": role for (method, path), role in NEEDED.items()},
        "exits": {verb: [name for name, _ in spec.exits.described] for verb, spec in VERBS.items()},
        "names": dict(BUILTIN_NAMES),
        "functions": sorted(FUNCTIONS),
        "python": {"Mango": _methods(Mango), "AsyncMango": _methods(AsyncMango)},
    }


def migrations() -> dict[str, list[str]]:
    """A digest of each migration's statements, in order."""
    return {
        "sqlite": [_digest(statements) for statements in sqlite.MIGRATIONS],
        "postgres": [_digest(migration.statements) for migration in postgres.MIGRATIONS],
    }


def _digest(statements: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(" ".join(each.split()) for each in statements).encode()).hexdigest()[:16]


def _commands() -> Iterator[tuple[str, Any]]:
    for name in COMMANDS:
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        yield from _with_those_below(name, command)


def _with_those_below(name: str, command: click.Command) -> Iterator[tuple[str, Any]]:
    if isinstance(command, click.Group):
        for below, each in command.commands.items():
            yield from _with_those_below(f"{name} {below}", each)
    else:
        options = {
            option: _about(each) for each in command.params if isinstance(each, click.Option) for option in each.opts
        }
        taken = [_about(each) for each in command.params if isinstance(each, click.Argument)]
        yield name, {"options": options, "arguments": taken}


def _about(parameter: click.Parameter) -> dict[str, Any]:
    kind = parameter.type
    told: dict[str, Any] = {"required": parameter.required, "several": parameter.nargs != 1 or parameter.multiple}
    if isinstance(parameter, click.Option):
        told["flag"] = parameter.is_flag
    if isinstance(kind, click.Choice):
        told["choices"] = list(kind.choices)
    return told


def _methods(client: type) -> Mapping[str, Any]:
    """Each public method with its parameters; True of those that must be given."""
    return {
        name: {
            parameter.name: parameter.default is parameter.empty
            for parameter in inspect.signature(getattr(client, name)).parameters.values()
            if parameter.name != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        }
        for name in dir(client)
        if not name.startswith("_") and callable(getattr(client, name))
    }
