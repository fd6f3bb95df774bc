"""A token as an object for programs, for the admin API and `ivr token --json`: never its digest."""

from typing import Any

from router.history.call_view import instant
from router.runtime.records import Token


def token_object(row: Token, now: float) -> dict[str, Any]:
    """`state` is valid, revoked or expired at the instant `now` (Unix seconds)."""
    state = "revoked" if row.revoked is not None else "valid" if row.is_valid(now) else "expired"
    return {
        "token_id": row.token_id,
        "name": row.name,
        "role": row.role,
        "state": state,
        "created": instant(row.created),
        "created_by": row.created_by,
        "expires": instant(row.expires),
        "last_used": instant(row.last_used),
        "revoked": instant(row.revoked),
        "revoked_by": row.revoked_by,
    }
