"""`ivr versions`: which rules new calls get, and which older ones calls under way still have."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import click

from router.bootstrap.process_setup import read_environment
from router.cli.canary_table import show_canary
from router.cli.command_store import command_store
from router.cli.remote_options import remote_of, remote_options
from router.cli.tables import show
from router.config.settings import Settings
from router.history.call_view import instant
from router.runtime.versions.canary_view import canary_object

COLUMNS: Final = ("account", "version", "state", "live_calls", "created", "activated", "author", "commit", "note")

account_option = click.option("--account", default=None, help="Whose versions, when there are several accounts.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


@click.command()
@account_option
@remote_options
@json_option
def versions(account: str | None, url: str | None, token: str, as_json: bool) -> None:
    """List versions, newest first: active, canary, draining (calls are still on it), retired.

    Below them a canary's outcomes beside those of the active version, with the chance that the two truly differ.
    """
    remote = remote_of(url, token)
    canary_of: Callable[[str], dict[str, Any]]
    if remote is not None:
        rows, canary_of = remote.versions(account), remote.canary
    else:
        store = command_store()
        settings = read_environment(store)
        names = [one.name for one in settings.accounts if account in (None, one.name)]
        known = store.all_versions() if account is None else {account: store.versions(account)}
        rows = [version_row(name, row) for name in names for row in known.get(name, ())]
        canary_of = partial(canary_object, store)
    show(rows, COLUMNS, as_json=as_json, empty="nothing was published yet")
    for row in rows:
        if row["state"] == "canary" and not as_json:
            show_canary(canary_of(str(row["account"])))


def one_account(settings: Settings, account: str | None) -> str:
    names = [one.name for one in settings.accounts]
    if account is None and len(names) > 1:
        raise click.UsageError(f"say which account with --account: {', '.join(names)}")
    if account is not None and account not in names:
        raise click.UsageError(f"there is no account {account}: {', '.join(names)}")
    return account or names[0]


def version_row(account: str, row: dict[str, Any]) -> dict[str, Any]:
    instants = {name: instant(row[name]) for name in ("created", "activated")}
    return {"account": account, **row, **instants}
