"""A notification that somebody delivers again, or calls off: by the API or from the terminal.

The id and the body stay what they were, so that a receiver that had it knows it again.
"""

from collections.abc import Callable
from typing import Final

from router.errors import DeliveryBusy
from router.history.journal import NOTIFY, CommandRow
from router.runtime.administration.audit import CANCEL_DELIVERY, REDELIVER, Actor, note
from router.runtime.outbox import deliveries
from router.runtime.ports import Transaction

Change = Callable[[CommandRow, str, float], CommandRow | None]
"""What becomes of a row by somebody's wish at an instant; None when it cannot."""


def redeliver(tx: Transaction, account: str, delivery_id: str, by: Actor) -> CommandRow | None:
    """Send it now, and for a day from now on, whatever became of it; None when there is no such notification. Raises
    DeliveryBusy while it is being sent."""
    return _change(tx, account, delivery_id, by, deliveries.redelivered, REDELIVER)


def cancel(tx: Transaction, account: str, delivery_id: str, by: Actor) -> CommandRow | None:
    """Do not send it; None when there is no such notification. Raises DeliveryBusy when it no longer waits."""
    return _change(tx, account, delivery_id, by, deliveries.cancelled, CANCEL_DELIVERY)


def _change(
    tx: Transaction, account: str, delivery_id: str, by: Actor, change: Change, action: str
) -> CommandRow | None:
    row = tx.command(account, delivery_id)
    if row is None or row.command != NOTIFY:
        return None
    changed = change(row, str(by), tx.now)
    if changed is None:
        raise DeliveryBusy(f"{action} is not possible: it is {WORDS.get(row.state, row.state)}", state=row.state)
    tx.update_command(changed)
    tx.hold_back(changed, 0.0)
    note(
        tx, by, action, account=account, subject=row.entry_id, delivery_id=delivery_id, state=[row.state, changed.state]
    )
    return changed


WORDS: Final = {
    "sent": "being sent at this moment",
    "confirmed": "delivered already",
    "failed": "given up already",
    "expired": "cancelled already",
}
