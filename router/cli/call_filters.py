"""The options of `ivr calls` and `ivr export` that say which calls are meant: those of `GET /api/calls`."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click

from router.cli.instants import Instant
from router.engine.state import OUTCOMES

INSTANTS: Final = {
    "since": "Calls that began then or later: 7d, 2026-11-01, RFC 3339.",
    "until": "Calls that began before then.",
    "ended_since": "Calls that ended then or later.",
    "changed_since": "Calls of which there is news since then.",
}
TEXTS: Final = {
    "line": "Only calls to this line.",
    "flow": "Only calls of this flow.",
    "caller": "Only calls of this number.",
    "step": "Only calls whose last step was this one.",
    "exit": "Only calls that left their last step so.",
    "q": "Only calls that have this text in a number, a name or an id.",
}


Command = TypeVar("Command", bound=Callable[..., Any])


def call_filters(command: Command) -> Command:
    """Add them; `wanted` makes what the store is asked of the values."""
    for name, told in reversed(TEXTS.items()):
        command = click.option(f"--{name}", default="", help=told)(command)
    command = click.option("--outcome", type=click.Choice(OUTCOMES), default=None, help="Only calls that ended so.")(
        command
    )
    for name, told in reversed(INSTANTS.items()):
        command = click.option(f"--{name.replace('_', '-')}", type=Instant(), default=None, help=told)(command)
    return click.option("--account", default=None, help="Only calls of this account.")(command)


def wanted(chosen: Mapping[str, str | float | None]) -> dict[str, str]:
    """The filters that were chosen, as `find_calls` takes them."""
    return {name: str(value) for name, value in chosen.items() if value not in (None, "")}
