"""A canary beside the active version, for people: each outcome of both, and the chance that they truly differ."""

from collections.abc import Mapping
from typing import Any, Final

import click

from router.cli.language import said, tell
from router.cli.tables import show

COLUMNS: Final = ("calls", "active", "canary", "difference", "95 %", "chance")
NAMES: Final = {"hung_up": "hung up", "failing": "with a failed command"}


def show_canary(told: Mapping[str, Any]) -> None:
    """`told` is what `GET /api/canary` answers; nothing is shown of an account without a canary."""
    figures = told["figures"]
    if figures is None:
        return
    active, canary = figures["active"]["calls"], figures["canary"]["calls"]
    begun = f"{told['share']:.1%} of the callers since {told['since']}"
    click.echo()
    tell(f"The canary {told['canary'][:12]} of {told['account']}: {begun}")
    tell(f"Calls that are over: {active} of the active version, {canary} of the canary")
    click.echo()
    rows = [_row(one, active, canary) for one in figures["outcomes"] if one["active"] or one["canary"]]
    show(rows, COLUMNS, as_json=False, empty="There is nothing to compare yet.")


def _row(one: Mapping[str, Any], active: int, canary: int) -> Mapping[str, Any]:
    return {
        "calls": said(NAMES.get(one["outcome"], one["outcome"])),
        "active": f"{one['active']} ({one['active'] / active:.1%})",
        "canary": f"{one['canary']} ({one['canary'] / canary:.1%})",
        "difference": f"{one['difference']:+.1%}",
        "95 %": f"{one['low']:+.1%} to {one['high']:+.1%}",
        "chance": one["told"],
    }
