"""`ivr commands` and `ivr limits`: what was sent, what waits, and what the limits allow now."""

from collections.abc import Mapping
from typing import Any, Final

import click

from router.cli.command_store import command_environment, command_store
from router.cli.language import tell
from router.cli.tables import show
from router.config.settings import AccountSettings
from router.history.call_view import command_object, instant
from router.runtime.limits.limiter import Limits
from router.runtime.limits.limits_view import AccountLimits, AllLimits, Window
from router.runtime.outbox.forecast import waits_of

COMMAND_COLUMNS: Final = ("queued", "command", "label", "state", "code", "wait_seconds", "attempts", "reason")
LIMIT_COLUMNS: Final = ("account", "window", "allowed", "share", "taken", "free_in", "queued")
LOOK_AHEAD: Final = 1000
STATES: Final = ("queued", "sent", "confirmed", "failed", "expired", "unknown")


@click.command()
@click.option("--state", type=click.Choice(STATES), default=None, help="Only commands in this state.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@click.option("--account", default=None, help="Only commands of this account.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of a table.")
def commands(state: str | None, limit: int, account: str | None, as_json: bool) -> None:
    """List commands, newest first."""
    found = command_store().commands(account, state=state, limit=limit)
    rows = [{"account": row.account, "entry_id": row.entry_id, **command_object(row)} for row in found]
    show(rows, COMMAND_COLUMNS, as_json=as_json, empty="no commands")


@click.command()
@click.option("--account", default=None, help="Only this account.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many accounts."
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table, with the waits of new commands.")
def limits(account: str | None, limit: int, as_json: bool) -> None:
    """Show each window of each key: what is allowed, what is taken, and what waits; accounts in use first."""
    store, settings = command_environment()
    accounts = {one.name: one for one in settings.accounts if account in (None, one.name)}
    with store.snapshot() as reading:
        found = AllLimits(reading, LOOK_AHEAD)
        names, more = found.page(accounts, limit, "")
        rows = [row for name in names for row in _rows(found, accounts[name])]
    show(rows, LIMIT_COLUMNS, as_json=as_json, empty="no such account")
    for name, why in {(row["account"], row["paused"]) for row in rows if row["paused"] and not as_json}:
        tell(f"{name} sends nothing for now: {why}")
    if more is not None:
        sums = found.sums(accounts)
        counted = f"{len(names)} of {sums['accounts']} accounts, {sums['in_use']} of them in use: --limit, --account"
        tell(counted, err=True)


def _rows(found: AllLimits, account: AccountSettings) -> list[dict[str, Any]]:
    kept = Limits.of_account(account)
    seen = found.of(account.name, kept)
    told = waits_of(found, account.name, kept, seen.paused_until)
    return [_row(account, seen, window, told) for window in seen.windows if window.of_commands or window.is_busy]


def _row(account: AccountSettings, seen: AccountLimits, window: Window, waits: Mapping[str, float]) -> dict[str, Any]:
    free_in = max(0.0, window.next_free_at - seen.now)
    return {
        "account": account.name,
        "window": window.name,
        "allowed": f"{window.count} in {window.seconds:g} s",
        "share": f"{account.limit_share * window.share:.0%}",
        "taken": len(window.free_at),
        "free_in": f"{free_in:.1f} s" if free_in else "now",
        "queued": window.queued,
        "waits": {name: round(seconds, 1) for name, seconds in waits.items()},
        "paused": seen.paused_because,
        "paused_until": instant(seen.paused_until or None),
        "closed_until": instant(window.closed_until or None),
    }
