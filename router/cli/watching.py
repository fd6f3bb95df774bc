"""Do something again whenever a bundle's files change, as `ivr test --watch` does."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import watchfiles

from router.files.directory import SUFFIXES

SETTLE_MILLISECONDS: Final = 50


def again_on_change(place: Path, once: Callable[[], object]) -> None:
    """Now, and after each change, until Ctrl-C. What else ends the command (a failed test, a broken file) ends only
    this turn."""
    with suppress(KeyboardInterrupt):
        _turn(once)
        for changed in watchfiles.watch(place, watch_filter=_is_of_a_bundle, step=SETTLE_MILLISECONDS):
            names = ", ".join(sorted({Path(path).name for _, path in changed}))
            click.echo(f"\n--- {datetime.now(UTC).astimezone():%H:%M:%S} {names}")
            _turn(once)


def _turn(once: Callable[[], object]) -> None:
    try:
        once()
    except SystemExit:
        pass  # it has been printed
    except click.ClickException as wrong:
        wrong.show()


def _is_of_a_bundle(change: watchfiles.Change, path: str) -> bool:
    return path.endswith(SUFFIXES) and not Path(path).name.startswith(".")
