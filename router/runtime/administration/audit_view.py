"""The audit as objects for programs, for the admin API and `ivr audit --json`, and its changes as text for people."""

from typing import Any

from router.history.call_view import instant
from router.runtime.administration.audit import AuditEntry


def entry_object(number: int, entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": number,
        "at": instant(entry.at),
        "account": entry.account,
        "actor": entry.actor,
        "via": entry.via,
        "origin": entry.origin,
        "action": entry.action,
        "subject": entry.subject,
        "reason": entry.reason,
        "changes": entry.changes,
    }


def changes_text(changes: dict[str, Any]) -> str:
    """`paused: false -> true; role: viewer`."""
    return "; ".join(f"{name}: {_change(value)}" for name, value in changes.items() if value is not None)


def _change(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return " -> ".join(map(_plain, value))
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)
