"""One command as one object: of its call, and if a person gave it with who, why and what came of it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from router.history.call_view import command_object, trace_of
from router.history.given_commands import given_commands
from router.history.journal import QUEUED, SENT, CommandRow, KeptCalls

OPEN: Final = frozenset({QUEUED, SENT})


def command_view(store: KeptCalls, row: CommandRow) -> dict[str, Any]:
    """A command with its call, and if a person gave it with what is known of that."""
    shown = {"account": row.account, "entry_id": row.entry_id, **command_object(row)}
    told = given_commands(trace_of(store.journal(row.account, row.entry_id))) if row.entry_id else {}
    return {**shown, "given": told[row.command_id]} if row.command_id in told else shown


def is_concluded(shown: Mapping[str, Any], rows: Iterable[CommandRow]) -> bool:
    """Whether nothing is expected of a command any more, nor of what was sent for it again; `rows` are its call's."""
    again = shown.get("given", {}).get("again", ())
    return shown["state"] not in OPEN and not any(row.command_id in again and row.state in OPEN for row in rows)
