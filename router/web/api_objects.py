"""The objects of the admin API, made from the runtime's values. Instants are RFC 3339 in UTC; no secret is in any."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from flask import Response

from router.catalogue.methods import METHODS, limits_for
from router.runtime.ports import CommandRow
from router.runtime.settings import AccountSettings

INSTANTS: Final = ("started", "ended", "created", "activated")  # the ones in rows of calls and versions


def reply(content: Any, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(content), status, {"Cache-Control": "no-store"}, content_type="application/json"
    )


def rfc3339(instant: float | None) -> str | None:
    """An instant in UTC with milliseconds; None for one that has not come."""
    if not instant:
        return None
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def row_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of calls or versions, without its cursor."""
    return {name: rfc3339(value) if name in INSTANTS else value for name, value in row.items() if name != "cursor"}


def command_object(row: CommandRow) -> dict[str, Any]:
    """A command, as in the object of one call, with its account and call beside it."""
    return {
        "command_id": row.command_id,
        "account": row.account,
        "entry_id": row.entry_id,
        "call_id": row.call_id,
        "command": row.command,
        "label": row.label,
        "params": row.params,
        "state": row.state,
        "code": row.code,
        "http_status": row.http_status,
        "reason": row.reason,
        "attempts": row.attempts,
        "deadline": rfc3339(row.deadline),
        "queued": rfc3339(row.queued),
        "sent": rfc3339(row.sent),
        "confirmed": rfc3339(row.confirmed),
        "wait_seconds": row.wait_seconds,
    }


def limits_object(account: AccountSettings, slots: Mapping[str, list[float]]) -> dict[str, Any]:
    """Each window of an account's key: what is allowed, and when its occupied slots are free again."""
    limits = {
        limit.window: limit for method in METHODS for limit in limits_for(method, account.limits, account.limit_share)
    }
    windows = [
        {
            "window": limit.window,
            "count": limit.count,
            "seconds": limit.seconds,
            "occupied": len(slots.get(limit.window, ())),
            "free_at": [rfc3339(instant) for instant in sorted(slots.get(limit.window, ()))],
        }
        for limit in limits.values()
    ]
    return {"account": account.name, "share": account.limit_share, "windows": windows}
