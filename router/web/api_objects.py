"""The objects of the admin API, made from the runtime's values. Instants are RFC 3339 in UTC; no secret is in any."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from flask import Response

from router.config.settings import AccountSettings
from router.history.call_view import instant
from router.runtime.limits.limits_view import AccountLimits
from router.runtime.monitoring.refusals import NOTIFICATION, Refused
from router.runtime.records import ActiveVersion
from router.web.identities import as_seen, sees_numbers

INSTANTS: Final = ("started", "ended", "created", "activated")  # the ones in rows of calls and versions


def reply(content: Any, status: int = 200) -> Response:
    """The answer, as who asks may see it: every answer of JSON goes this way, so none can forget a number."""
    return Response(
        msgspec.json.encode(_as_seen(content)), status, {"Cache-Control": "no-store"}, content_type="application/json"
    )


def _as_seen(content: Any) -> Any:
    """What is JSON already is read again for who sees no numbers."""
    return content if sees_numbers() else as_seen(msgspec.json.decode(msgspec.json.encode(content)))


def row_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of calls or versions, without its cursor."""
    return {name: instant(value) if name in INSTANTS else value for name, value in row.items() if name != "cursor"}


def serving_object(account: AccountSettings, serving: ActiveVersion) -> dict[str, Any]:
    """Which versions an account's new calls get, and whether it is paused. Accounts may share a `directory`."""
    return {
        "account": account.name,
        "active": serving.active,
        "canary": serving.canary or None,
        "share": serving.share,
        "since": instant(serving.since or None),
        "paused": serving.paused,
        "directory": account.flows,
    }


def refused_object(refused: Refused) -> dict[str, Any]:
    """What was refused alike: a notification names its sender, a command itself."""
    subject = "sender" if refused.what == NOTIFICATION else "command"
    return {
        "what": refused.what,
        "account": refused.account,
        "reason": refused.reason,
        subject: refused.subject,
        "count": refused.count,
        "last": instant(refused.last),
    }


def limits_object(account: AccountSettings, seen: AccountLimits, waits: Mapping[str, float]) -> dict[str, Any]:
    """Each window of an account's key: what is allowed, what is left to us of it, and when its slots are free again."""
    windows = [
        {
            "window": window.name,
            "count": window.count,
            "seconds": window.seconds,
            "share": round(window.share, 3),
            "occupied": len(window.free_at),
            "free_at": [instant(free_at) for free_at in window.free_at],
            "next_free": instant(window.next_free_at or None),
            "closed_until": instant(window.closed_until or None),
            "queued": window.queued,
        }
        for window in seen.windows
    ]
    paused = {"until": instant(seen.paused_until), "reason": seen.paused_because} if seen.paused_until else None
    told = {name: round(seconds, 1) for name, seconds in waits.items()}
    return {
        "account": account.name,
        "share": account.limit_share,
        "paused": paused,
        "windows": windows,
        "waits": told,
    }
