"""The objects of the admin API, made from the runtime's values. Instants are RFC 3339 in UTC; no secret is in any."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from flask import Response

from router.catalogue.methods import METHODS, limits_for
from router.runtime.explain import instant
from router.runtime.ports import Serving
from router.runtime.settings import AccountSettings

INSTANTS: Final = ("started", "ended", "created", "activated")  # the ones in rows of calls and versions


def reply(content: Any, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(content), status, {"Cache-Control": "no-store"}, content_type="application/json"
    )


def row_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of calls or versions, without its cursor."""
    return {name: instant(value) if name in INSTANTS else value for name, value in row.items() if name != "cursor"}


def serving_object(account: str, serving: Serving) -> dict[str, Any]:
    """Which versions an account's new calls get, and whether it is paused."""
    return {
        "account": account,
        "active": serving.active,
        "canary": serving.canary or None,
        "share": serving.share,
        "since": instant(serving.since or None),
        "paused": serving.paused,
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
            "free_at": [instant(free_at) for free_at in sorted(slots.get(limit.window, ()))],
        }
        for limit in limits.values()
    ]
    return {"account": account.name, "share": account.limit_share, "windows": windows}
