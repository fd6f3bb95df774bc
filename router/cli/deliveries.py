"""`ivr deliveries`: what flows told other systems by `notify`; delivered again, cancelled; and what signs it."""

import os
import secrets as chance
from collections.abc import Callable, Iterator
from typing import Final

import click

from router.bootstrap.process_setup import read_settings
from router.cli.acting import acting, reason_option
from router.cli.command_store import command_store
from router.cli.instants import Instant
from router.cli.language import tell
from router.cli.tables import many, show
from router.config.receivers import secrets_for
from router.errors import ConfigurationError, DeliveryBusy
from router.history.delivery_view import delivery_object
from router.history.journal import FAILED, NOTIFY, QUEUED, STATES, CommandRow
from router.protocol.webhook_sign import receiver_of, write_secret
from router.runtime.administration.audit import Actor
from router.runtime.outbox import manual_delivery
from router.runtime.ports import Store, Transaction

COLUMNS: Final = (
    "queued",
    "delivery_id",
    "receiver",
    "type",
    "sequence",
    "state",
    "attempts",
    "next_attempt",
    "reason",
)
SECRET_BYTES: Final = 32
PAGE: Final = 500

Change = Callable[[Transaction, str, str, Actor], CommandRow | None]

account_option = click.option("--account", default=None, help="Only this account.")
receiver_option = click.option("--receiver", default=None, metavar="ORIGIN", help="Only to it: https://crm.example.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")


@click.group(invoke_without_command=True)
@account_option
@receiver_option
@click.option("--state", type=click.Choice(STATES), default=None, help="Only in this state.")
@click.option("--call", "entry_id", default=None, metavar="ENTRY_ID", help="Only of this call.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@json_option
@click.pass_context
def deliveries(
    context: click.Context,
    account: str | None,
    receiver: str | None,
    state: str | None,
    entry_id: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what flows told other systems by `notify`, newest first."""
    if context.invoked_subcommand is not None:
        return
    found, _ = command_store().deliveries(account, state=state, receiver=receiver, entry_id=entry_id, limit=limit)
    show([delivery_object(row) for row in found], COLUMNS, as_json=as_json, empty="no notifications")


@deliveries.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--failed", is_flag=True, help="All that were given up.")
@click.option("--since", type=Instant(), default=None, help="Of those only what was queued since then, as in 2h.")
@receiver_option
@account_option
@reason_option
@json_option
def redeliver(
    ids: tuple[str, ...],
    failed: bool,
    since: float | None,
    receiver: str | None,
    account: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Send notifications again, at once, with the same id and body; a running router does it."""
    store = command_store()
    rows = _chosen(store, ids, FAILED if failed else "", account, receiver, since)
    _change(store, rows, manual_delivery.redeliver, acting("ivr deliveries redeliver", reason), as_json=as_json)


@deliveries.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--queued", is_flag=True, help="All that wait.")
@receiver_option
@account_option
@reason_option
@json_option
def cancel(
    ids: tuple[str, ...], queued: bool, receiver: str | None, account: str | None, reason: str, as_json: bool
) -> None:
    """Do not send notifications that wait."""
    store = command_store()
    rows = _chosen(store, ids, QUEUED if queued else "", account, receiver, None)
    rows.reverse()  # else one that is cancelled lets the next one of its call go
    _change(store, rows, manual_delivery.cancel, acting("ivr deliveries cancel", reason), as_json=as_json)


@deliveries.command()
@click.argument("url", required=False)
@click.option("--new", is_flag=True, help="Make a new one, for an entry of `receivers`.")
@account_option
@json_option
def secret(url: str | None, new: bool, account: str | None, as_json: bool) -> None:
    """Print the secrets that sign what is sent to URL, the newest first, or with --new a new one.

    A receiver that `receivers` of the configuration does not name has one that is derived from the account's salt.
    """
    if new == bool(url):
        raise click.UsageError("name the receiver's URL, or make a secret with --new")
    if new:
        found = [write_secret(chance.token_bytes(SECRET_BYTES))]
    else:
        found = _secrets(url or "", account)
    if as_json:
        show([{"secret": one} for one in found], ("secret",), as_json=True, empty="")
    else:
        click.echo("\n".join(found))


def _secrets(url: str, account: str | None) -> list[str]:
    if not receiver_of(url):
        raise click.UsageError(f"{url} is no address such as https://crm.example/hooks")
    accounts = [one for one in read_settings(os.environ).accounts if account in (None, one.name)]
    if len(accounts) != 1:
        raise click.UsageError("there is no such account" if not accounts else "there are several: name one, --account")
    return list(secrets_for(url, accounts[0].receivers, accounts[0].salts))


def _chosen(
    store: Store, ids: tuple[str, ...], state: str, account: str | None, receiver: str | None, since: float | None
) -> list[CommandRow]:
    """Those that are named, or all in a state, the oldest first."""
    if bool(ids) == bool(state):
        raise click.UsageError("name notifications by their ids, or choose all in a state (see --help)")
    if ids:
        found = [_named(store, account, one) for one in ids]
    else:
        found = [row for row in _all(store, state, account, receiver) if since is None or row.queued >= since]
    return sorted(found, key=_place)


def _place(row: CommandRow) -> tuple[float, int]:
    """Among what its call tells: in the order in which it was queued."""
    return row.queued, (row.params.get("envelope") or {}).get("sequence", 0)


def _named(store: Store, account: str | None, delivery_id: str) -> CommandRow:
    with store.snapshot() as reading:
        for name in store.accounts() if account is None else [account]:
            row = reading.command(name, delivery_id)
            if row is not None and row.command == NOTIFY:
                return row
    raise ConfigurationError(f"there is no notification {delivery_id}: `ivr deliveries` lists them")


def _all(store: Store, state: str, account: str | None, receiver: str | None) -> Iterator[CommandRow]:
    place: str | None = ""
    while place is not None:
        rows, place = store.deliveries(account, state=state, receiver=receiver, limit=PAGE, after=place)
        yield from rows


def _change(store: Store, rows: list[CommandRow], change: Change, by: Actor, *, as_json: bool) -> None:
    """One transaction each."""
    changed, left = [], []
    for row in rows:
        try:
            with store.transaction() as tx:
                after = change(tx, row.account, row.command_id, by)
        except DeliveryBusy as busy:
            left.append(f"{row.command_id}: {busy.message}")
        else:
            changed += [after] if after is not None else []
    show([delivery_object(row) for row in changed], COLUMNS, as_json=as_json, empty="no notification was changed")
    for line in left:
        tell(line, err=True)
    if not as_json and changed:
        tell(many(len(changed), "notification"), err=True)
    if left:
        raise SystemExit(1)
