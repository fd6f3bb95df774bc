"""What would have happened to a call by itself until an instant of the past, before that instant's event is applied.

An event that was kept elsewhere comes to its call late, but it came in time: timers that were due before it, and queued
commands whose deadline passed before it, have to take effect before it does, each at its own instant. Nothing was sent
meanwhile, since the database was away.
"""

from typing import Final

from router.engine.state import Call, TimerFired
from router.history.journal import CommandRow
from router.runtime.calls.apply import Calls
from router.runtime.outbox import outcomes
from router.runtime.ports import Transaction

MOST: Final = 1000
"""How much of one call is caught up with before one event; what is left takes effect when its turn comes."""


def catch_up_to(tx: Transaction, calls: Calls, call: Call | None, instant: float, now: float) -> None:
    """Let all that was due before `instant` take effect, and set the transaction's clock there: not behind what the
    call has lived through already, nor ahead of `now`, the database's clock, which may have been put back."""
    instant = min(max(instant, call.last_news if call is not None else 0.0), now)
    for _ in range(MOST):
        if call is None:
            break
        expiring = _first_to_expire(tx, call)
        expires_at = expiring.expires if expiring is not None else None
        due = min((at for at in (call.wake_at, expires_at) if at is not None), default=instant)
        if due >= instant:
            break
        tx.now = min(max(due, call.last_news), instant)
        if expiring is not None and due == expires_at:
            _expire(tx, calls, expiring)
        else:
            calls.apply_own(tx, call.account, TimerFired(entry_id=call.entry_id))
        call = tx.load(call.account, entry_id=call.entry_id).call
    tx.now = instant


def _first_to_expire(tx: Transaction, call: Call) -> CommandRow | None:
    rows = (row for row in tx.queued_commands(call.account, call.entry_id) if row.expires is not None)
    return min(rows, key=lambda row: row.expires or 0.0, default=None)


def _expire(tx: Transaction, calls: Calls, row: CommandRow) -> None:
    settled = outcomes.after_expiry(row, tx.now)
    tx.update_command(settled.row)
    if settled.event is not None:
        calls.apply_own(tx, row.account, settled.event)
