"""`python -m bench.incremental [--database URL] [--changes N]`: how soon a change of one file is active.

The bundle has 34 flows of 294 steps, a list of 200,000 numbers and a table of 200,000 rows, under gunicorn with two
workers. One file at a time is changed as it never was before, and published: by the admin API, and by `ivr publish`.
The first publication of all is told beside them.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import servers
from bench.servers import Server
from tests.flow.large_flow import RESOURCES, large_flow

FLOWS: Final = 34
ROWS: Final = 200_000
CHANGES: Final = 8
LOOK_SECONDS: Final = 0.01
MORE: Final = """
lists: {{vip: {{numbers: ['7926*', '7900{number:07d}']}}, blocked: {{file: blocked.txt}}}}
tables: {{clients: {{file: clients.csv, key: number}}}}
"""


def write_bundle(flows: Path) -> None:
    """All files, as they are at first."""
    text = large_flow()
    for number in range(FLOWS):
        named = text.replace("flow: main", f"flow: f{number}")
        (flows / f"f{number}.yaml").write_text(named if number == 0 else named.replace("for: any\n", ""))
    (flows / "main.yaml").unlink(missing_ok=True)
    (flows / "blocked.txt").write_text("".join(f"7900{number:07d}\n" for number in range(ROWS)))
    change_table(flows, 0)
    change_resources(flows, 0)


def change_flow(flows: Path, number: int) -> None:
    """One step of one flow."""
    path = flows / f"f{1 + number % (FLOWS - 1)}.yaml"
    text = path.read_text().replace("{for: 20s, next: thanks}", f"{{for: {21 + number}s, next: thanks}}")
    path.write_text(text)


def change_resources(flows: Path, number: int) -> None:
    """One number of a list that stands in the resources."""
    without_lists = RESOURCES.replace("lists: {vip: {numbers: ['7926*']}}\n", "")
    (flows / "resources.yaml").write_text(without_lists + MORE.format(number=number))


def change_table(flows: Path, number: int) -> None:
    """One row."""
    rows = "".join(f"7901{row:07d},Client {row + number * (row == 777)},{row % 9}\n" for row in range(ROWS))
    (flows / "clients.csv").write_text("number,name,team\n" + rows)


WAYS: Final[dict[str, Callable[[Path, int], None]]] = {
    "a step of one of the flows": change_flow,
    "a number in the resources": change_resources,
    "a row of the table": change_table,
}


def by_api(router: Server, flows: Path) -> float:
    """Seconds from the request to the answer, which comes when the version is active."""
    started = time.perf_counter()
    told = _asked(router, "POST", 201)
    if told["state"] != "active":
        raise RuntimeError(f"the bundle was not published: {told}")
    return time.perf_counter() - started


def by_command(router: Server, flows: Path) -> float:
    """The same for `ivr publish`, its start included."""
    started = time.perf_counter()
    environment = {**os.environ, "IVR_CONFIG": str(flows.parent / "ivr.yaml")}
    command = [sys.executable, "-m", "router.cli", "publish", str(flows)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def _asked(router: Server, method: str, expected: int) -> dict[str, str]:
    connection = http.client.HTTPConnection(*router.address, timeout=120)
    connection.request(method, "/api/versions")
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != expected:
        raise RuntimeError(f"{answer.status}: {body!r}")
    told: dict[str, str] = json.loads(body)
    return told


def measured(directory: Path, database: str, changes: int) -> dict[str, list[float]]:
    """What is published in which way -> seconds."""
    found: dict[str, list[float]] = {}
    with servers.router(directory, commands=False, database=database) as router:
        flows = directory / "flows"
        write_bundle(flows)
        found["everything, the first time"] = [by_api(router, flows)]
        number = 0
        for _ in range(changes):
            for name, change in WAYS.items():
                number += 1
                change(flows, number)
                found.setdefault(f"{name}, by the API", []).append(by_api(router, flows))
            number += 1
            change_flow(flows, number)
            found.setdefault("a step of one of the flows, by `ivr publish`", []).append(by_command(router, flows))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.incremental", description=__doc__)
    parser.add_argument("--database", default="", help="PostgreSQL's URL; everything in it is deleted")
    parser.add_argument("--changes", type=int, default=CHANGES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ivr-bench-") as temporary:
        found = measured(Path(temporary), given.database, given.changes)
    print("| what is published | median, s | slowest, s |\n| --- | --- | --- |")
    for name, seconds in found.items():
        print(f"| {name} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |")


if __name__ == "__main__":
    main()
