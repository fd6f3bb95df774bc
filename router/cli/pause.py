"""`ivr pause` and `ivr resume`: leave calls to the PBX's own scheme, and take them again."""

import click

from router.bootstrap.process_setup import read_environment
from router.bootstrap.versions import Versions
from router.cli.acting import acting, reason_option
from router.cli.command_store import command_store
from router.cli.tables import show

account_option = click.option("--account", default=None, help="Only this account.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


@click.command()
@account_option
@reason_option
@json_option
def pause(account: str | None, reason: str, as_json: bool) -> None:
    """Record events, but take no new call and send nothing to the PBX, until `ivr resume`.

    All workers of all hosts do so from one commit on. Notifications to your own webhooks still go out.
    """
    _switch(account, reason, paused=True, as_json=as_json)


@click.command()
@account_option
@reason_option
@json_option
def resume(account: str | None, reason: str, as_json: bool) -> None:
    """Take calls and send commands again."""
    _switch(account, reason, paused=False, as_json=as_json)


def _switch(account: str | None, reason: str, *, paused: bool, as_json: bool) -> None:
    store = command_store()
    settings = read_environment(store)
    names = [one.name for one in settings.accounts if account in (None, one.name)]
    if not names:
        raise click.UsageError(f"there is no account {account}: {', '.join(one.name for one in settings.accounts)}")
    versions = Versions(store, settings.accounts)
    by = acting("ivr pause" if paused else "ivr resume", reason)
    for name in names:
        versions.pause(name, paused, by)
    show([{"account": name, "paused": paused} for name in names], ("account", "paused"), as_json=as_json, empty="")
