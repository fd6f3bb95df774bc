"""`python -m bench.history [--calls N] [--postgresql]`: does a year of kept calls slow anything?

Two databases of each kind, one with a thousand calls and one with N, made of real calls (`clones`). What people ask of
them, what an event costs and what a purge does are measured in turn, and told beside each other. With --page the tables
go into docs/scale.md; with --check a growth beyond two fails. A database that is named is filled first, or goes on to
be, and is kept; what is made for the run goes with it.
"""

import argparse
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psycopg
from rich.console import Console
from rich.markdown import Markdown

from bench.history.filling import LAST, YEAR, fill
from bench.history.looks import compare, looking_at
from bench.history.page import Grown, problems, written
from bench.history.purging import purging

CALLS: Final = 1_000_000
SMALL: Final = 1000
PURGED: Final = 0.5  # of the history, at most
PAGE: Final = Path("docs/scale.md")

console = Console()


def measure(store: str, small: str, large: str, calls: int, directory: Path) -> Grown:
    """Fill both databases and look at them."""
    for database, number in ((small, SMALL), (large, calls)):
        began = time.monotonic()
        fill(database, number, _tell_of_filling)
        console.print(f"{store}: {number:,} calls are kept after {time.monotonic() - began:.0f} s")
    sizes = _bytes(small), _bytes(large)
    name = str(time.time_ns())
    with looking_at(small, directory / "small") as beside_few, looking_at(large, directory / "large") as beside_many:
        compare(beside_few, beside_many, name)
    return Grown(
        store=store,
        small=SMALL,
        large=calls,
        small_samples=beside_few.samples,
        large_samples=beside_many.samples,
        purging=purging(large, directory / "purging", LAST - YEAR + PURGED * YEAR),
        small_bytes=sizes[0],
        large_bytes=sizes[1],
    )


def _tell_of_filling(done: int) -> None:
    if done % 50_000 == 0:
        console.print(f"{done:,} calls")


def _bytes(database: str) -> int:
    if database.startswith("sqlite:///"):
        return Path(database.removeprefix("sqlite:///")).stat().st_size
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def own_server() -> Iterator[tuple[str, str]]:
    """Two databases on a PostgreSQL server of the run's own."""
    from tests.postgres_server import binaries, server  # a cluster as the tests have it

    programs = binaries()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed (Debian: postgresql)")
    with server(programs, shared_buffers="512MB", max_wal_size="4GB") as running:
        for name in ("small", "large"):
            running.execute(f"CREATE DATABASE {name}")
        yield running.url("small"), running.url("large")


def _pairs(arguments: argparse.Namespace, directory: Path, stack: ExitStack) -> Iterator[tuple[str, str, str]]:
    """(store, the small database, the large one)."""
    directory.mkdir(parents=True, exist_ok=True)
    yield "SQLite", f"sqlite:///{directory}/small.db", f"sqlite:///{directory}/large.db"
    if arguments.database:
        yield "PostgreSQL", arguments.database[0], arguments.database[1]
    elif arguments.postgresql:
        yield "PostgreSQL", *stack.enter_context(own_server())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--directory", type=Path, help="where the databases are kept, to go on with them")
    parser.add_argument("--database", nargs=2, metavar="URL", help="two of PostgreSQL, which are filled and kept")
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own, too")
    parser.add_argument("--page", action="store_true", help="write the tables into docs/scale.md")
    parser.add_argument("--check", action="store_true", help="fail when something takes twice as long")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ivr-history-") as temporary, ExitStack() as stack:
        directory = arguments.directory or Path(temporary)
        found: list[Grown] = []
        for store, small, large in _pairs(arguments, directory, stack):
            found.append(measure(store, small, large, arguments.calls, Path(temporary) / store))
            console.print(Markdown("\n".join(found[-1].table())))
    if arguments.page:
        written(PAGE, found, _conditions())
    _end(found if arguments.check else [])


def _conditions() -> str:
    day = time.strftime("%Y-%m-%d")
    return f"Measured on {day}, Python {platform.python_version()}, two cores shared with other programs."


def _end(checked: Sequence[Grown]) -> None:
    found = [problem for grown in checked for problem in problems(grown)]
    for problem in found:
        console.print(problem)
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
