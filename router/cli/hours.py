"""`ivr hours`: which of the next 8,760 hours are open, before a caller finds out."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click

from router.cli.bundles import account_option, bundle_of, directory_argument, today
from router.cli.tables import show
from router.flow.diagrams.heat_map import heat_map
from router.flow.diagrams.hours_year import Year, year_of
from router.flow.resources.hours import OpeningHours

COLUMNS: Final = ("hours", "timezone", "from", "open", "of", "share", "closed_days", "next_closed")
SHOWN_DAYS: Final = 5


@click.command()
@directory_argument
@account_option
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day; default: today.")
@click.option(
    "--svg", "picture", type=click.Path(dir_okay=False, path_type=Path), help="Draw a heat map into this file."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def hours(
    directory: Path | None, account: str | None, first: datetime | None, picture: Path | None, as_json: bool
) -> None:
    """Tell which hours of a year each entry of `hours` in DIRECTORY (default: that of `ivr publish`) is open."""
    day = first.date() if first is not None else today()
    found = bundle_of(directory, account).hours
    years = [year_of(name, entry, day) for name, entry in found.items() if isinstance(entry, OpeningHours)]
    if picture is not None:
        picture.write_text(heat_map(years), encoding="utf-8")
    show([_row(year) for year in years], COLUMNS, as_json=as_json, empty="the bundle has no hours")


def _row(year: Year) -> dict[str, Any]:
    closed = year.closed_days
    return {
        "hours": year.name,
        "timezone": year.timezone,
        "from": year.first.isoformat(),
        "open": round(year.open_hours, 2),
        "of": len(year.shares),
        "share": f"{100 * year.open_hours / len(year.shares):.1f} %",
        "closed_days": len(closed),
        "next_closed": _shown(closed),
    }


def _shown(days: Sequence[date]) -> str:
    more = " …" if len(days) > SHOWN_DAYS else ""
    return ", ".join(day.isoformat() for day in days[:SHOWN_DAYS]) + more
