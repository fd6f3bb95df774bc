"""`ivr publish`, `ivr versions`, `ivr promote` and `ivr rollback`: which rules new calls get. Calls under way keep
theirs."""

from typing import Any, Final

import click

from router.bootstrap import Router, open_store_from_environment, read_environment
from router.cli.tables import show
from router.errors import BundleRefused
from router.flow.findings import render_text
from router.runtime.canary import read_share
from router.runtime.explain import instant
from router.runtime.ports import Store
from router.runtime.settings import Settings

COLUMNS: Final = ("account", "version", "state", "live_calls", "created", "activated", "note")
REFUSED: Final = 1

account_option = click.option("--account", default=None, help="Whose versions, when there are several accounts.")


def _share(_context: click.Context, _option: click.Parameter, value: str | None) -> float:
    """`--canary 10%` as 0.1; 1.0 without it."""
    share = 1.0 if value is None else read_share(value)
    if share is None:
        raise click.BadParameter(f"{value} is no share of the callers between 0% and 100%, such as 10%")
    return share


json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


@click.command()
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
@click.option("--canary", callback=_share, metavar="PERCENT", help="Only for this share of the callers, as in 10%.")
@account_option
@json_option
def publish(directory: str | None, canary: float, account: str | None, as_json: bool) -> None:
    """Check the bundle in DIRECTORY (default: the account's own), store it, and make it active.

    A canary is taken back by itself when more of its callers hang up unanswered, or more of its calls have commands
    that fail, than on the active version; `ivr promote` gives it to everybody.
    """
    store = open_store_from_environment(must_exist=False)
    settings = read_environment(store)
    name = _one(settings, account)
    router = Router(settings, store, starts_itself=False)
    try:
        row = router.publish(name, directory or settings.account(name).flows, canary)
    except BundleRefused as refused:
        click.echo(render_text(refused.findings), err=True)
        click.echo(f"ivr: {refused.message}", err=True)
        raise SystemExit(REFUSED) from None
    show([_shown(name, row)], COLUMNS, as_json=as_json, empty="")


@click.command()
@account_option
@json_option
def versions(account: str | None, as_json: bool) -> None:
    """List versions, newest first: active, canary, draining (calls are still on it), retired."""
    store = open_store_from_environment()
    settings = read_environment(store)
    names = [one.name for one in settings.accounts if account in (None, one.name)]
    rows = [_shown(name, row) for name in names for row in store.versions(name)]
    show(rows, COLUMNS, as_json=as_json, empty="nothing was published yet")


@click.command()
@account_option
@json_option
def promote(account: str | None, as_json: bool) -> None:
    """Give the canary to all callers."""
    store = open_store_from_environment()
    settings = read_environment(store)
    name = _one(settings, account)
    canary = store.serving(name).canary
    if not canary:
        raise click.UsageError("there is no canary; `ivr publish --canary 10%` begins one")
    _activate(settings, store, name, canary, as_json=as_json)


@click.command()
@click.argument("version", required=False)
@account_option
@json_option
def rollback(version: str | None, account: str | None, as_json: bool) -> None:
    """Make VERSION active again (any unique beginning of it), which ends a canary.

    Without VERSION a canary is ended; without a canary the version that was active before comes back.
    """
    store = open_store_from_environment()
    settings = read_environment(store)
    name = _one(settings, account)
    _activate(settings, store, name, _chosen(store, name, version), as_json=as_json)


def _activate(settings: Settings, store: Store, account: str, version: str, *, as_json: bool) -> None:
    row = Router(settings, store, starts_itself=False).activate(account, version)
    show([_shown(account, row or {})], COLUMNS, as_json=as_json, empty="")


def _chosen(store: Store, account: str, beginning: str | None) -> str:
    known = store.versions(account)
    if beginning is not None:
        fitting = [str(row["version"]) for row in known if str(row["version"]).startswith(beginning)]
        if len(fitting) != 1:
            problem = "there is no version" if not fitting else f"{len(fitting)} versions begin with"
            raise click.UsageError(f"{problem} {beginning}; `ivr versions` lists them")
        return fitting[0]
    serving = store.serving(account)
    if serving.canary and serving.active:
        return serving.active
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
