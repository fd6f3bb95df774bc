"""What a command of a test would be on the wire: whether the router would send it, and how its outcome is told."""

from typing import Final

from router.catalogue.methods import METHODS
from router.engine.effects import QueueCommand
from router.errors import CommandInvalid
from router.protocol.commands import validate

INVALID: Final = 3100
"""The document's code for wrong parameters."""


def has_result(command: QueueCommand) -> bool:
    """Whether its outcome is pushed after the HTTP answer."""
    return METHODS[command.command].has_result


def why_invalid(command: QueueCommand) -> str | None:
    """Why the router itself would not send it (`runtime.outbox.claims`); the data of a notification have no schema."""
    if command.command not in METHODS:
        return None
    params = dict(command.params)
    if not has_result(command):  # the contact centre knows no ids of ours (§4.2)
        params.pop("command_id", None)
    try:
        validate(command.command, params)
    except CommandInvalid as invalid:
        return invalid.message
    return None
