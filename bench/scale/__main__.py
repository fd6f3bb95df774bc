"""`python -m bench.scale [--postgresql] [PART…]`: does the router stay as quick with much of everything?

What `bench.history` does not measure of docs/scale.md: a large table that is published again and again, thousands of
accounts, a call of thousands of events, the start of commands. Each part has databases of its own, which are deleted;
the table has a column for each store.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.history.__main__ import own_server
from bench.scale import cli_start, long_call, starting, versions
from bench.servers import emptied

Part = Callable[[Path, str], Iterator[tuple[str, str]]]
PARTS: Final[dict[str, Part]] = {
    "versions": versions.measured,
    "accounts": starting.measured,
    "call": long_call.measured,
    "commands": cli_start.measured,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own, too")
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    console = Console(width=200)
    with ExitStack() as stack:
        _keep_byte_code(stack)
        databases = {"SQLite": ""}
        if given.postgresql:
            databases["PostgreSQL"] = stack.enter_context(own_server())[1]
        for part in given.parts or PARTS:
            for store, database in databases.items():
                for what, figure in _measured(PARTS[part], database):
                    console.print(f"{store:10} | {what} | {figure}", highlight=False)


def _keep_byte_code(stack: ExitStack) -> None:
    """Of processes that are started: an installed router has it, and this one may have been told to write none."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="ivr-scale-code-"))


def _measured(part: Part, database: str) -> Iterator[tuple[str, str]]:
    if database:
        emptied(database)
    with tempfile.TemporaryDirectory(prefix="ivr-scale-") as directory:
        yield from part(Path(directory), database)


if __name__ == "__main__":
    main()
