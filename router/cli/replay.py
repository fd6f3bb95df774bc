"""`ivr replay`: recorded calls under another bundle, as a look ahead and as a gate before publishing."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from router.bootstrap.process_setup import open_store_from_environment, read_environment, read_settings
from router.cli.bundles import bundle_of
from router.cli.tables import many
from router.errors import ConfigurationError
from router.files.bundle import unpack
from router.flow.durations import parse_duration
from router.flow.model import Bundle
from router.history.comparison import Comparison, Summary, Way, summed, told
from router.history.past import Settings
from router.history.recorded import PresenceHistory, presence_of, recording
from router.history.replay import compare
from router.runtime.calls.encryption import SaltSealer
from router.runtime.ports import Store
from router.runtime.versions.publish import VersionBundles

FAILED: Final = 1
PAGE: Final = 500
MOST_REASONS: Final = 10

DIRECTORY: Final = click.Path(exists=True, file_okay=False, path_type=Path)


class Share(click.ParamType[float]):
    """5 or 5%."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of percent."""
        try:
            share = float(str(value).removesuffix("%"))
        except ValueError:
            share = -1.0
        if not 0 <= share <= 100:
            self.fail(f"{value} is not a share such as 5%", param, ctx)
        return share


class Since(click.ParamType[float]):
    """7d or 12h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds."""
        seconds = value if isinstance(value, float) else parse_duration(value)
        if seconds is None:
            self.fail(f"{value} is not a duration such as 7d or 12h", param, ctx)
        return seconds


@click.command()
@click.option("--against", "directory", required=True, type=DIRECTORY, help="The directory of the other bundle.")
@click.option("--since", type=Since(), default="7d", show_default=True, help="Calls that began since so long ago.")
@click.option("--account", default=None, help="Whose calls, when several accounts share the database.")
@click.option("--fail-over", type=Share(), metavar="N%", help="Exit with 1 when more than so many end elsewhere.")
@click.option("--show", type=click.IntRange(0), default=5, show_default=True, help="Explain so many of those.")
@click.option("--json", "as_object", is_flag=True, help="One JSON object with every call that differs.")
def replay(
    directory: Path, since: float, account: str | None, fail_over: float | None, show: int, as_object: bool
) -> None:
    """Play the recorded calls once more under another bundle, and tell which of them would end elsewhere.

    A call that its own version does not reproduce is not comparable: it is told with the reason, and counts as neither
    changed nor unchanged.
    """
    bundle = bundle_of(directory)
    found = list(compared(open_store_from_environment(), bundle, account, time.time() - since))
    if as_object:
        click.echo(json.dumps(_as_object(summed(found), found, bundle), ensure_ascii=False, indent=2))
    else:
        click.echo(explained(found, bundle, show))
    if fail_over is not None and (problem := problem_of(found, fail_over)):
        click.echo(f"ivr: {problem}", err=True)
        raise SystemExit(FAILED)


def problem_of(found: list[Comparison], most_percent: float) -> str:
    """What forbids to publish; "" when as few calls end elsewhere as are allowed to."""
    percent = summed(found).percent_elsewhere
    return f"{percent:.1f} % end elsewhere, {most_percent:g} % are allowed" if percent > most_percent else ""


def compared(store: Store, bundle: Bundle, account: str | None, since: float) -> Iterator[Comparison]:
    """Every finished call that a flow took since that instant, newest first."""
    histories: dict[str, PresenceHistory] = {}
    versions, settings = VersionBundles(store, unpack), _settings(store)
    for row in _rows(store, account, since):
        owner = row["account"]
        if owner not in histories:
            histories[owner] = presence_of(store, owner)
        if len(histories) > 1:
            raise click.UsageError("the database has calls of several accounts: name one with --account")
        recorded = recording(store, owner, row["entry_id"])
        if recorded is not None:
            own = versions.get(owner, recorded.call.version)
            yield compare(recorded, bundle, histories[owner], own=own, settings=settings.get(owner))


def _settings(store: Store) -> dict[str, Settings]:
    """Of each account: what the course of its calls depended on, and what opens its seals."""
    try:
        read = read_settings(os.environ)  # with the salts, where they are at hand
    except ConfigurationError:
        read = read_environment(store)
    return {
        account.name: Settings(
            reorder_seconds=read.reorder_seconds,
            stale_seconds=read.stale_after_seconds,
            open_sealed=SaltSealer(account.salts).open,
        )
        for account in read.accounts
    }


def _rows(store: Store, account: str | None, since: float) -> Iterator[dict[str, Any]]:
    after = ""
    while page := store.calls(account, {"live": "0", "since": str(since)}, PAGE, after):
        yield from page
        after = page[-1]["cursor"]


# what is shown


def explained(found: list[Comparison], bundle: Bundle, show: int) -> str:
    """How many calls end elsewhere, and the ways of some of them."""
    summary = summed(found)
    rows = [
        f"{many(summary.calls, 'call')} under version {bundle.version}",
        *_not_comparable(summary),
        f"  {summary.elsewhere} end elsewhere ({summary.percent_elsewhere:.1f} %)",
        f"  {summary.another_way} go another way to the same end",
    ]
    if summary.assumed:
        rows.append(f"  {summary.assumed} hold a guess: an answer that nobody recorded was assumed")
    rows += [f"  {outcome}: {number}" for outcome, number in summary.outcomes.items()]
    elsewhere = [one for one in found if one.elsewhere]
    rows += [row for one in elsewhere[:show] for row in _one_explained(one)]
    if len(elsewhere) > show:
        rows.append(f"\n{len(elsewhere) - show} more end elsewhere: see --show and --json")
    return "\n".join(rows)


def _not_comparable(summary: Summary) -> list[str]:
    """How many calls nothing can be said of, and why."""
    number = sum(summary.not_comparable.values())
    if not number:
        return []
    reasons = [f"    {many(count, 'call')}: {reason}" for reason, count in summary.not_comparable.items()]
    left_out = len(reasons) - MOST_REASONS
    shown = [*reasons[:MOST_REASONS], f"    {left_out} more reasons: see --json"] if left_out > 0 else reasons
    return [f"  {number} not comparable, and counted as neither changed nor unchanged", *shown]


def _one_explained(one: Comparison) -> list[str]:
    guess = f", {many(one.assumed, 'answer')} assumed" if one.assumed else ""
    return [f"\ncall {one.entry_id} (version {one.version}{guess})", *(f"  {line}" for line in one.diff())]


def _as_object(summary: Summary, found: list[Comparison], bundle: Bundle) -> dict[str, Any]:
    return {
        "version": bundle.version,
        "calls": summary.calls,
        "compared": summary.compared,
        "not_comparable": sum(summary.not_comparable.values()),
        "reasons": summary.not_comparable,
        "elsewhere": summary.elsewhere,
        "percent_elsewhere": round(summary.percent_elsewhere, 2),
        "another_way": summary.another_way,
        "assumed": summary.assumed,
        "outcomes": summary.outcomes,
        "differing": [_differing(one) for one in found if one.differs],
        "not_compared": [
            {"entry_id": one.entry_id, "version": one.version, "reason": one.not_comparable}
            for one in found
            if one.not_comparable
        ],
    }


def _differing(one: Comparison) -> dict[str, Any]:
    was, would_be = one.first_difference or ("", "")
    return {
        "entry_id": one.entry_id,
        "version": one.version,
        "elsewhere": one.elsewhere,
        "assumed": one.assumed,
        "first_difference": {"recorded": was, "replayed": would_be},
        "recorded": _way(one.recorded),
        "replayed": _way(one.replayed),
        "diff": one.diff(),
    }


def _way(way: Way) -> dict[str, Any]:
    commands = [told(command, label) for command, label in way.commands]
    return {"outcome": way.outcome, "step": way.step, "steps": list(way.steps), "commands": commands}
