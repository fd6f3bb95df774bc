"""`ivr calls`: the calls that the store knows, newest first."""

from typing import Any, Final

import click

from router.cli.call_filters import call_filters, wanted
from router.cli.command_store import command_store
from router.cli.tables import show
from router.history.call_view import listed
from router.runtime.calls.find_calls import every_call
from router.runtime.calls.number_masking import with_masks

COLUMNS: Final = ("started", "entry_id", "account", "line", "caller", "flow", "status", "outcome")


@click.command()
@click.option("--live", is_flag=True, help="Only calls that a flow still has.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of a table.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@click.option("--mask", is_flag=True, help="Hide the middle of every phone number.")
@click.option("--sip-call-id", default="", metavar="ID", help="Only calls that your own SIP side gave this id.")
@call_filters
def calls(
    live: bool,
    as_json: bool,
    limit: int,
    mask: bool,
    sip_call_id: str,
    account: str | None,
    **filters: Any,
) -> None:
    """List calls."""
    asked = wanted({**filters, "live": "1" if live else "", "sip_call_id": sip_call_id})
    rows = [listed(row) for row in every_call(command_store(), account, asked, most=limit)]
    show(with_masks(rows) if mask else rows, COLUMNS, as_json=as_json, empty="no calls")
