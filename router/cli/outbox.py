"""`ivr commands` and `ivr limits`: what was sent, what waits, and what the limits allow now."""

import time
from typing import Any, Final

import click

from router.bootstrap import open_store_from_environment, read_environment
from router.cli.tables import show
from router.runtime.explain import command_object
from router.runtime.forecast import PROBES, waits
from router.runtime.limits import Limits

COMMAND_COLUMNS: Final = ("queued", "command", "label", "state", "code", "wait_seconds", "attempts", "reason")
LIMIT_COLUMNS: Final = ("account", "window", "allowed", "taken", "free_in", "queued")
LOOK_AHEAD: Final = 1000
STATES: Final = ("queued", "sent", "confirmed", "failed", "expired", "unknown")


@click.command()
@click.option("--state", type=click.Choice(STATES), default=None, help="Only commands in this state.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@click.option("--account", default=None, help="Only commands of this account.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of a table.")
def commands(state: str | None, limit: int, account: str | None, as_json: bool) -> None:
    """List commands, newest first."""
    found = open_store_from_environment().commands(account, state=state, limit=limit)
    rows = [{"account": row.account, "entry_id": row.entry_id, **command_object(row)} for row in found]
    show(rows, COMMAND_COLUMNS, as_json=as_json, empty="no commands")


@click.command()
@click.option("--account", default=None, help="Only this account.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table, with the waits of new commands.")
def limits(account: str | None, as_json: bool) -> None:
    """Show each window of each key: what is allowed, what is taken, and what waits."""
    store = open_store_from_environment()
    settings = read_environment(store)
    rows: list[dict[str, Any]] = []
    for one in settings.accounts:
        if account not in (None, one.name):
            continue
        kept = Limits(overrides=one.limits, share=one.limit_share)
        with store.snapshot() as reading:
            slots, waiting = reading.slots(one.name), reading.candidates(one.name, LOOK_AHEAD)
            paused_until, reason = reading.paused_until(one.name)
            seconds = waits(waiting, slots, kept, reading.now, paused_until)
        for limit in {limit.window: limit for command in PROBES.values() for limit in kept.of(command)}.values():
            taken = slots.get(limit.window, [])
            full = len(taken) >= limit.count
            rows.append(
                {
                    "account": one.name,
                    "window": limit.window,
                    "allowed": f"{limit.count} in {limit.seconds:g} s",
                    "taken": len(taken),
                    "free_in": f"{max(0.0, taken[-limit.count] - time.time()):.1f} s" if full else "now",
                    "queued": sum(any(of.window == limit.window for of in kept.of(row.command)) for row in waiting),
                    "waits": {name: round(wait, 1) for name, wait in seconds.items()},
                    "paused": reason if paused_until > time.time() else "",
                }
            )
    show(rows, LIMIT_COLUMNS, as_json=as_json, empty="no such account")
    for name, why in {(row["account"], row["paused"]) for row in rows if row["paused"] and not as_json}:
        click.echo(f"{name} sends nothing for now: {why}")
