"""`ivr replay`: recorded calls under another bundle, as a look ahead and as a gate before publishing."""

import json
import time
from pathlib import Path
from typing import Any, Final

import click

from router.bootstrap.replayed_calls import compared
from router.cli.bundles import bundle_of
from router.cli.command_store import command_store
from router.cli.language import complain, tell_line
from router.errors import ConfigurationError
from router.flow.durations import parse_duration
from router.history.comparison import summed
from router.history.comparison_text import as_object, explained, problem_of

FAILED: Final = 1

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
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every call that differs.")
def replay(
    directory: Path, since: float, account: str | None, fail_over: float | None, show: int, as_json: bool
) -> None:
    """Play the recorded calls once more under another bundle, and tell which of them would end elsewhere.

    A call that its own version does not reproduce is not comparable: it is told with the reason, and counts as neither
    changed nor unchanged.
    """
    bundle = bundle_of(directory)
    store = command_store()
    try:
        found = list(compared(store, bundle, account, time.time() - since))
    except ConfigurationError as error:
        raise click.UsageError(error.message) from None
    if as_json:
        click.echo(json.dumps(as_object(summed(found), found, bundle), ensure_ascii=False, indent=2))
    else:
        for line in explained(found, bundle, show).splitlines():
            tell_line(line)
    if fail_over is not None and (problem := problem_of(found, fail_over)):
        complain(problem)
        raise SystemExit(FAILED)
