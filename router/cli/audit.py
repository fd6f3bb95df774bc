"""`ivr audit`: who changed what, when, and why."""

from typing import Any, Final

import click

from router.cli.command_store import command_store
from router.cli.replay import Since
from router.cli.tables import show
from router.runtime.administration.audit import ACTIONS
from router.runtime.administration.audit_view import changes_text, entry_object

COLUMNS: Final = ("at", "account", "actor", "via", "origin", "action", "subject", "changes", "reason")


@click.command()
@click.option("--account", default="", help="Only what concerns this account.")
@click.option("--actor", default="", help="Only what this one did, as in 'token wallboard'.")
@click.option("--action", default="", type=click.Choice(("", *ACTIONS)), metavar="ACTION", help="Only this: "
              + ", ".join(ACTIONS) + ".")  # fmt: skip
@click.option("--subject", default="", help="Only this version, call (entry_id) or token.")
@click.option("--since", type=Since(), help="Only the last so long, as in 7d.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of a table.")
def audit(account: str, actor: str, action: str, subject: str, since: float | None, limit: int, as_json: bool) -> None:
    """List pauses, publications, rollbacks, commands by hand and changes of tokens, newest first: who, when and why."""
    store = command_store()
    filters: dict[str, Any] = {"account": account, "actor": actor, "action": action, "subject": subject}
    filters = {name: value for name, value in filters.items() if value}
    if since is not None:
        filters["since"] = store.now() - since
    rows = [entry_object(number, entry) for number, entry in store.audit(filters, limit)]
    if not as_json:
        rows = [{**row, "changes": changes_text(row["changes"])} for row in rows]
    show(rows, COLUMNS, as_json=as_json, empty="nothing was changed yet")
