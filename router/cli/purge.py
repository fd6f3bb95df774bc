"""`ivr purge`: what the router does by itself once a minute, now, or with another age."""

import json
import time
from typing import Final

import click

from router.bootstrap.process_setup import read_environment
from router.cli.command_store import command_store
from router.cli.language import tell
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
    store = command_store()
    settings = read_environment(store)
    upkeep = Upkeep(
        store,
        retention_seconds=settings.retention_seconds if age is None else _seconds(age),
        mask_after_seconds=settings.mask_after_seconds,
        clock=time.monotonic,
        rest=time.sleep,
    )
    if dry_run:
        _tell_what_would_go(store, upkeep.retention_seconds, as_json)
        return
    done = upkeep.run_once()
    if as_json:
        click.echo(json.dumps({"dry_run": False, **{kind: done[kind] for kind in KINDS}}))
        return
    tell(f"deleted {done['calls']} calls, {done['events']} events, {done['commands']} commands")
    if done["versions"] or done["masked"]:
        tell(f"deleted {done['versions']} versions, masked {done['masked']} calls")


def _seconds(age: str) -> float:
    try:
        return duration(age)
    except ValueError as error:
        raise ConfigurationError(f"--older-than: {age!r} does not do: {error}", setting="--older-than") from None


def _tell_what_would_go(store: Store, seconds: float, as_json: bool) -> None:
    with store.snapshot() as reading:
        found = reading.older_than(reading.now - seconds)
    if as_json:
        sample = {"estimate": True, "sampled_lines": found.lines} if found.is_estimate else {}
        sums = {"calls": found.calls, "events": found.events, "commands": found.commands}
        click.echo(json.dumps({"dry_run": True, **sums, **sample}))
        return
    told = f"would delete {found.calls} calls, {found.events} events, {found.commands} commands"
    tell(f"{told} (an estimate from {found.lines} lines of the journal)" if found.is_estimate else told)
