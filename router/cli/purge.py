"""`ivr purge`: what the router does by itself once a minute, now, or with another age."""

import json
import time
from typing import Final

import click

from router.bootstrap.process_setup import open_store_from_environment, read_environment
from router.config.setting_values import duration
from router.errors import ConfigurationError
from router.runtime.calls.retention import Upkeep
from router.runtime.ports import Store

KINDS: Final = ("calls", "events", "commands", "versions", "masked")


@click.command()
@click.option("--older-than", "age", default=None, help="Such as 7d; default: IVR_RETENTION.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
def purge(age: str | None, dry_run: bool, as_json: bool) -> None:
    """Delete calls that ended so long ago, with their events and commands, and mask numbers that are due.

    Live calls and versions in use are never touched. It may run beside the router.
    """
    store = open_store_from_environment()
    settings = read_environment(store)
    upkeep = Upkeep(
        store,
        retention_seconds=settings.retention_seconds if age is None else _seconds(age),
        mask_after_seconds=settings.mask_after_seconds,
        clock=time.monotonic,
        rest=time.sleep,
    )
    done = _would_go(store, upkeep.retention_seconds) if dry_run else dict(upkeep.run_once())
    if as_json:
        click.echo(
            json.dumps(
                {"dry_run": dry_run, **{kind: done.get(kind, 0) for kind in KINDS if kind in done or not dry_run}}
            )
        )
        return
    told = ", ".join(f"{done.get(kind, 0)} {kind}" for kind in ("calls", "events", "commands"))
    click.echo(f"{'would delete' if dry_run else 'deleted'} {told}")
    if not dry_run and (done.get("versions") or done.get("masked")):
        click.echo(f"deleted {done.get('versions', 0)} versions, masked {done.get('masked', 0)} calls")


def _seconds(age: str) -> float:
    try:
        return duration(age)
    except ValueError as error:
        raise ConfigurationError(f"--older-than: {age!r} does not do: {error}", setting="--older-than") from None


def _would_go(store: Store, seconds: float) -> dict[str, int]:
    with store.snapshot() as reading:
        now = reading.now
    return store.older_than(now - seconds)
