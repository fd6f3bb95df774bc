"""What the database does for each effect of a step; a lookup is the one that happens outside of it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from router.catalogue.methods import METHODS
from router.engine.effects import (
    ConfirmCommand,
    PostponeCommand,
    QueueCommand,
    RememberValue,
    SendNotification,
    WithdrawCommands,
)
from router.engine.state import Call
from router.history.call_state import call_state
from router.history.call_view import instant
from router.history.journal import CONCLUSIVE, CONFIRMED, EXPIRED, NOTIFY, QUEUED, CommandRow
from router.protocol.webhook_sign import receiver_of
from router.runtime.monitoring.metrics import count_command, count_drop
from router.runtime.ports import Transaction


def _queue(tx: Transaction, call: Call, effect: QueueCommand) -> None:
    tx.queue(_row(call, effect, tx.now))


def _withdraw(tx: Transaction, call: Call, effect: WithdrawCommands) -> None:
    for row in tx.queued_commands(call.account, call.entry_id):
        if row.call_id and row.command_id != effect.keep:
            tx.update_command(concluded(row, EXPIRED, tx.now, reason=effect.reason))
            tx.after_commit(partial(count_command, row.command, EXPIRED, account=row.account, reason="moved-on"))
            tx.after_commit(partial(count_drop, row.command, "moved-on"))


def _postpone(tx: Transaction, call: Call, effect: PostponeCommand) -> None:
    waiting = tx.command(call.account, effect.command_id)
    if waiting is not None and waiting.state == QUEUED:
        tx.update_command(msgspec.structs.replace(waiting, bought_until=effect.deadline, buyable=effect.buyable))


def _confirm(tx: Transaction, call: Call, effect: ConfirmCommand) -> None:
    known = tx.command(call.account, effect.command_id)
    if known is not None and known.state not in CONCLUSIVE:
        tx.update_command(concluded(known, CONFIRMED, tx.now, reason="a leg came of it"))
        tx.after_commit(partial(count_command, known.command, CONFIRMED, account=known.account))


def _remember(tx: Transaction, call: Call, effect: RememberValue) -> None:
    tx.remember(call.account, effect.list_name, effect.value, effect.keep_seconds)


def _notify(tx: Transaction, call: Call, effect: SendNotification) -> None:
    tx.queue(
        CommandRow(
            command_id=effect.notification_id,
            account=call.account,
            entry_id=call.entry_id,
            call_id="",
            command=NOTIFY,
            params={
                "notification_id": effect.notification_id,
                "url": effect.url,
                "type": effect.type,
                "data": effect.data,
                "envelope": _envelope(call, effect, tx.now),
            },
            label=effect.label,
            state=QUEUED,
            queued=tx.now,
            receiver=receiver_of(effect.url),
        )
    )


def _envelope(call: Call, effect: SendNotification, now: float) -> dict[str, Any]:
    """What stands around the author's data."""
    return {
        "type": effect.type,
        "timestamp": instant(now),
        "id": effect.notification_id,
        "account": call.account,
        "entry_id": call.entry_id,
        "sequence": effect.sequence,
        "state": call_state(call),
    }


CARRY_OUT: Final[Mapping[type, Callable[[Transaction, Call, Any], None]]] = {
    QueueCommand: _queue,
    WithdrawCommands: _withdraw,
    PostponeCommand: _postpone,
    ConfirmCommand: _confirm,
    RememberValue: _remember,
    SendNotification: _notify,
}
"""What the database does for each effect; a lookup is the one that happens outside of it."""


def _row(call: Call, effect: QueueCommand, now: float) -> CommandRow:
    method = METHODS.get(effect.command)
    unnamed = method is not None and not method.has_result  # the contact centre knows no ids of ours (§4.2)
    params = {name: value for name, value in effect.params.items() if not (unnamed and name == "command_id")}
    return CommandRow(
        command_id=effect.command_id,
        account=call.account,
        entry_id=call.entry_id,
        call_id=effect.call_id,
        command=effect.command,
        params=params,
        label=effect.label,
        state=QUEUED,
        queued=now,
        deadline=effect.deadline,
        high_priority=effect.high_priority,
        buyable=effect.buyable,
    )


def concluded(row: CommandRow, state: str, now: float, *, code: int | None = None, reason: str = "") -> CommandRow:
    """The row with its outcome."""
    return msgspec.structs.replace(row, state=state, confirmed=now, code=code, reason=reason, lease=None)
