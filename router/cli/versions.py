"""`ivr publish`, `ivr versions` and `ivr rollback`: which rules new calls get. Calls under way keep theirs."""

from typing import Any, Final

import click

from router.bootstrap import Router, open_store_from_environment, read_environment
from router.cli.tables import show
from router.errors import BundleRefused
from router.flow.findings import render_text
from router.runtime.explain import instant
from router.runtime.ports import Store
from router.runtime.settings import Settings

COLUMNS: Final = ("account", "version", "state", "live_calls", "created", "activated")
REFUSED: Final = 1

account_option = click.option("--account", default=None, help="Whose versions, when there are several accounts.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


@click.command()
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
@account_option
@json_option
def publish(directory: str | None, account: str | None, as_json: bool) -> None:
    """Check the bundle in DIRECTORY (default: the account's own), store it, and make it active."""
    store = open_store_from_environment(must_exist=False)
    settings = read_environment(store)
    name = _one(settings, account)
    router = Router(settings, store, starts_itself=False)
    try:
        row = router.publish(name, directory or settings.account(name).flows)
    except BundleRefused as refused:
        click.echo(render_text(refused.findings), err=True)
        click.echo(f"ivr: {refused.message}", err=True)
        raise SystemExit(REFUSED) from None
    show([_shown(name, row)], COLUMNS, as_json=as_json, empty="")


@click.command()
@account_option
@json_option
def versions(account: str | None, as_json: bool) -> None:
    """List versions, newest first: active, draining (calls are still on it), retired."""
    store = open_store_from_environment()
    settings = read_environment(store)
    names = [one.name for one in settings.accounts if account in (None, one.name)]
    rows = [_shown(name, row) for name in names for row in store.versions(name)]
    show(rows, COLUMNS, as_json=as_json, empty="nothing was published yet")


@click.command()
@click.argument("version", required=False)
@account_option
@json_option
def rollback(version: str | None, account: str | None, as_json: bool) -> None:
    """Make VERSION active again (any unique beginning of it; default: the one that was active before)."""
    store = open_store_from_environment()
    settings = read_environment(store)
    name = _one(settings, account)
    chosen = _chosen(store, name, version)
    router = Router(settings, store, starts_itself=False)
    row = router.activate(name, chosen)
    show([_shown(name, row or {})], COLUMNS, as_json=as_json, empty="")


def _chosen(store: Store, account: str, beginning: str | None) -> str:
    known = store.versions(account)
    if beginning is not None:
        fitting = [str(row["version"]) for row in known if str(row["version"]).startswith(beginning)]
        if len(fitting) != 1:
            problem = "there is no version" if not fitting else f"{len(fitting)} versions begin with"
            raise click.UsageError(f"{problem} {beginning}; `ivr versions` lists them")
        return fitting[0]
    earlier = [row for row in known if row["state"] != "active" and row["activated"] is not None]
    if not earlier:
        raise click.UsageError("no other version was ever active")
    return str(max(earlier, key=lambda row: row["activated"])["version"])


def _one(settings: Settings, account: str | None) -> str:
    names = [one.name for one in settings.accounts]
    if account is None and len(names) > 1:
        raise click.UsageError(f"say which account with --account: {', '.join(names)}")
    if account is not None and account not in names:
        raise click.UsageError(f"there is no account {account}: {', '.join(names)}")
    return account or names[0]


def _shown(account: str, row: dict[str, Any]) -> dict[str, Any]:
    instants = {name: instant(row[name]) for name in ("created", "activated")}
    return {"account": account, **row, **instants}
