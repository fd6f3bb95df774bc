"""`python -m tests.crash`: the whole soak. Prints the counts; exit code 1 when a promise was broken."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from tests.crash.harness import GRACEFUL, KILLS, crash
from tests.crash.outages import FileTroubles, Outage, cluster
from tests.postgres_server import binaries


@contextmanager
def databases(place: Path, *, postgresql: bool) -> Iterator[tuple[str, Sequence[Outage]]]:
    """(the URL of an empty database, what takes it away): a SQLite file, or two PostgreSQL servers of our own."""
    if not postgresql:
        yield f"sqlite:///{place}/ivr.db", FileTroubles(place / "ivr.db").all
        return
    programs = binaries()
    if programs is None:
        raise click.UsageError("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    with cluster(programs) as servers:
        yield servers.url, servers.all


def _show_log(place: Path) -> None:
    click.echo((place / "router.log").read_text(errors="replace")[-5000:], err=True)


@click.command()
@click.option("--kills", default=200, show_default=True)
@click.option("--seed", type=int, default=lambda: int(time.time()), help="Of all chance but the processes' own.")
@click.option("--postgresql", is_flag=True, help="PostgreSQL servers of its own instead of a SQLite file.")
@click.option("--graceful", is_flag=True, help="Send TERM, HUP and QUIT instead of killing.")
def main(kills: int, seed: int, postgresql: bool, graceful: bool) -> None:
    """Kill workers and the master under load, and count what was lost."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ivr-crash-") as directory:
        place, kinds = Path(directory), GRACEFUL if graceful else KILLS
        with databases(place, postgresql=postgresql) as (url, outages):
            try:
                verdict = crash(place, url, kills=kills, seed=seed, told=click.echo, kinds=kinds, outages=outages)
            except BaseException:
                _show_log(place)
                raise
        if verdict.broken:
            _show_log(place)
    click.echo(f"seed {seed}, {time.monotonic() - began:.0f} s\n{verdict.text()}")
    sys.exit(1 if verdict.broken else 0)


main()
