"""A notification of a flow as the object for programs: of the admin API and `ivr deliveries --json`."""

from typing import Any

from router.engine.secret_marks import shown_marks
from router.history.call_view import instant
from router.history.journal import QUEUED, CommandRow


def delivery_object(row: CommandRow) -> dict[str, Any]:
    """A row of the outbox that goes to a receiver; secrets stand in it by their names."""
    params = shown_marks(row.params)
    envelope = params.get("envelope") or {}
    is_waiting = row.state == QUEUED
    return {
        "delivery_id": row.command_id,
        "account": row.account,
        "entry_id": row.entry_id,
        "receiver": row.receiver,
        "url": params.get("url", ""),
        "type": envelope.get("type", ""),
        "sequence": envelope.get("sequence", 0),
        "state": row.state,
        "reason": row.reason,
        "http_status": row.http_status,
        "attempts": row.attempts,
        "queued": instant(row.queued),
        "next_attempt": instant(max(row.not_before, row.queued)) if is_waiting else None,
        "sent": instant(row.sent),
        "concluded": instant(row.confirmed),
        "envelope": {**envelope, "data": params.get("data")} if envelope else None,
    }
