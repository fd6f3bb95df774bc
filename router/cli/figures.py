"""`ivr figures`: sums over the calls that are over, as the console shows them, and making them anew."""

import time
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import click

from router.bootstrap.process_setup import read_environment
from router.cli.command_store import command_store
from router.cli.language import tell
from router.cli.tables import show
from router.config.settings import AccountSettings, Settings
from router.flow.durations import parse_duration
from router.runtime.figures.inquiry import Inquiry, day_at, usual_days
from router.runtime.figures.rollup import Rollup
from router.runtime.figures.tables import FIGURES, GROUPINGS, flat
from router.runtime.ports import Store

EMPTY: Final = "no calls are counted in these days"


@click.command()
@click.argument("figure", type=click.Choice(list(FIGURES)), default="calls")
@click.option("--since", default=None, metavar="DAY", help="The first day: 2026-11-01, or 7d; default: 30 days.")
@click.option("--until", default=None, metavar="DAY", help="The day after the last one.")
@click.option("--by", type=click.Choice(GROUPINGS), default=None, help="What has a row of its own.")
@click.option("--flow", default="", help="Only calls of this flow.")
@click.option("--line", default="", help="Only calls to this line.")
@click.option("--version", default="", help="Only calls on this version.")
@click.option("--account", default=None, help="The account; needed where there are several.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of a table.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@click.option("--rebuild", is_flag=True, help="First make them anew from all calls that are kept.")
def figures(
    figure: str,
    since: str | None,
    until: str | None,
    by: str | None,
    flow: str,
    line: str,
    version: str,
    account: str | None,
    as_csv: bool,
    as_json: bool,
    rebuild: bool,
) -> None:
    """Sum up the calls that are over: their outcomes, steps, lookups, and how long they waited.

    A running router keeps the sums; they stay when calls are deleted. --rebuild is for a changed time zone: days of
    which calls were deleted or masked stay as they are.
    """
    store = command_store()
    settings = read_environment(store)
    chosen = _account(settings, account)
    if rebuild:
        _rebuild(store, chosen)
    usual = usual_days(store.now(), chosen.timezone)
    last = _day(until, chosen.timezone, "--until") or usual[1]
    where = {name: text for name, text in (("flow", flow), ("line", line), ("version", version)) if text}
    asked = Inquiry(
        figure=figure,
        account=chosen.name,
        timezone=chosen.timezone,
        since=_day(since, chosen.timezone, "--since") or min(usual[0], last),
        until=last,
        grouping=by,
        where=where,
    )
    if fault := asked.fault():
        raise click.UsageError(fault)
    if as_csv:
        click.echo("".join(asked.csv_lines(store)), nl=False)
        return
    rows = asked.rows(store)
    if as_json:
        show(rows, (), as_json=True, empty=EMPTY)
        return
    columns = [*FIGURES[figure].labels(by), *FIGURES[figure].columns]
    show(list(map(_told, flat(rows))), columns, as_json=False, empty=EMPTY, in_words=False)


def _account(settings: Settings, name: str | None) -> AccountSettings:
    if name is None and len(settings.accounts) > 1:
        raise click.UsageError("there are several accounts: name one with --account")
    found = [one for one in settings.accounts if name in (None, one.name)]
    if not found:
        raise click.UsageError(f"there is no account {name}: {', '.join(one.name for one in settings.accounts)}")
    return found[0]


def _day(text: str | None, timezone: str, option: str) -> date | None:
    if not text:
        return None
    if seconds := parse_duration(text):
        return day_at(time.time() - seconds, timezone)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"{option} is a day such as 2026-11-01, or a duration back from now such as 7d"
        ) from None


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Whole seconds and shares as people read them."""
    return {name: "" if value is None else value for name, value in row.items()}


def _rebuild(store: Store, account: AccountSettings) -> None:
    rollup = Rollup(store, {account.name: account.timezone}, clock=time.monotonic, rest=time.sleep)
    found = rollup.rebuild(account.name)
    told = "no calls are kept" if found is None else f"{found[1]} calls since {found[0]} are counted anew"
    tell(told, err=True)
