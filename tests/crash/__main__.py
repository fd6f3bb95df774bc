"""`python -m tests.crash`: the whole soak. Prints the counts; exit code 1 when a promise was broken."""

import sys
import tempfile
import time
from pathlib import Path

import click

from tests.crash.harness import GRACEFUL, KILLS, crash


@click.command()
@click.option("--kills", default=200, show_default=True)
@click.option(
    "--seed", type=int, default=lambda: int(time.time()), help="Of all that is random but the processes themselves."
)
@click.option("--database", default="", help="A PostgreSQL URL; without it a new SQLite file.")
@click.option("--graceful", is_flag=True, help="Send TERM, HUP and QUIT instead of killing.")
def main(kills: int, seed: int, database: str, graceful: bool) -> None:
    """Kill workers and the master under load, and count what was lost."""
    with tempfile.TemporaryDirectory(prefix="ivr-crash-") as directory:
        began = time.monotonic()
        place = Path(directory)
        kinds = GRACEFUL if graceful else KILLS
        url = database or f"sqlite:///{place}/ivr.db"
        verdict = crash(place, url, kills=kills, seed=seed, told=click.echo, kinds=kinds)
        if verdict.broken:
            click.echo((place / "router.log").read_text(errors="replace")[-5000:], err=True)
    click.echo(f"seed {seed}, {time.monotonic() - began:.0f} s\n{verdict.text()}")
    sys.exit(1 if verdict.broken else 0)


main()
