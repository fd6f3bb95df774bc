"""A command that a person gives for a call that is up: it takes its place in the outbox like any other.

The flow is not asked. It sees what the PBX then reports: a caller who was routed away by hand has left, and the flow
lets him go. So a command by hand is written into the call's trace, and goes before the flow's own.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from router.catalogue.methods import COMMANDS
from router.engine.state import ENDED, Call, Entry
from router.errors import CommandInvalid
from router.history.journal import BY_HAND, QUEUED, CommandRow, Record
from router.protocol.commands import LIMITED, validate
from router.runtime.ports import Transaction

DEADLINE_SECONDS: Final = 30.0
"""How long it may wait for its turn: a person who gave it has looked away by then."""

SHORT_NAMES: Final[Mapping[str, str]] = LIMITED | {"recording": "recording/start"}
"""What people and flows call a command -> its name, which is its path."""


def queue_by_hand(tx: Transaction, call: Call, command: str, params: Mapping[str, Any], command_id: str) -> CommandRow:
    """Queue a command for the call's present leg, unless `params` name another one; answers its row.

    `command` is its name or its short one. `params` are the request's json but for `command_id`. Raises CommandInvalid
    when there is no such command, its parameters do not fit its schema, or it needs a live call and this one has ended.
    """
    command = SHORT_NAMES.get(command, command)
    method = COMMANDS.get(command)
    if method is None:
        raise CommandInvalid(f"there is no command {command!r}; there are {', '.join(COMMANDS)}", command=command)
    if method.needs_call and call.status == ENDED:
        raise CommandInvalid(f"{command} needs a call that is up, and this one has ended", command=command)
    given = dict(params)
    if method.needs_call:
        given.setdefault("call_id", call.leg)
    if method.has_result:
        given["command_id"] = command_id
    validate(command, given)
    row = CommandRow(
        command_id=command_id,
        account=call.account,
        entry_id=call.entry_id,
        call_id=str(given.get("call_id", "")),
        command=command,
        params=given,
        label="by hand",
        state=QUEUED,
        queued=tx.now,
        deadline=tx.now + DEADLINE_SECONDS,
        high_priority=True,
    )
    tx.queue(row)
    facts = {"command": command, "label": row.label, "command_id": command_id}
    tx.record(
        Record(
            account=call.account,
            entry_id=call.entry_id,
            at=tx.now,
            kind=BY_HAND,
            body=msgspec.json.encode({"command": command, **given}).decode(),
            trace=(Entry(at=tx.now, kind="command", data=facts),),
        )
    )
    return row
