"""`ivr versions`: which rules new calls get, and which older ones calls under way still have."""

from typing import Any, Final

import click

from router.bootstrap.process_setup import open_store_from_environment, read_environment
from router.cli.tables import show
from router.config.settings import Settings
from router.history.call_view import instant
from router.runtime.ports import Store

COLUMNS: Final = ("account", "version", "state", "live_calls", "created", "activated", "note")

account_option = click.option("--account", default=None, help="Whose versions, when there are several accounts.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


@click.command()
@account_option
@json_option
def versions(account: str | None, as_json: bool) -> None:
    """List versions, newest first: active, canary, draining (calls are still on it), retired."""
    store = open_store_from_environment()
    settings = read_environment(store)
    names = [one.name for one in settings.accounts if account in (None, one.name)]
    known = store.all_versions() if account is None else {account: store.versions(account)}
    rows = [version_row(name, row) for name in names for row in known.get(name, ())]
    show(rows, COLUMNS, as_json=as_json, empty="nothing was published yet")


def chosen_version(store: Store, account: str, beginning: str | None) -> str:
    """The version that begins so; without a beginning the one that was active before."""
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


def one_account(settings: Settings, account: str | None) -> str:
    names = [one.name for one in settings.accounts]
    if account is None and len(names) > 1:
        raise click.UsageError(f"say which account with --account: {', '.join(names)}")
    if account is not None and account not in names:
        raise click.UsageError(f"there is no account {account}: {', '.join(names)}")
    return account or names[0]


def account_of(store: Store, named: str | None) -> str:
    """The account that is meant."""
    return one_account(read_environment(store), named)


def version_row(account: str, row: dict[str, Any]) -> dict[str, Any]:
    instants = {name: instant(row[name]) for name in ("created", "activated")}
    return {"account": account, **row, **instants}
