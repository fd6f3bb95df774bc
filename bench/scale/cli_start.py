"""How long the commands of every day take, nearly all of which is their start; and a large flow drawn."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from bench.inside import posted, router_inside
from bench.traffic import call_events
from tests.flow.large_flow import RESOURCES, large_flow

ROUNDS: Final = 9
NAME: Final = "kept"
COMMANDS: Final = (("calls",), ("trace", f"entry-{NAME}"), ("limits",), ("versions",))
SIZE: Final = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def measured(directory: Path, database: str) -> Iterator[tuple[str, str]]:
    """Lines of the table: (what, figure)."""
    with router_inside(directory / "cli", database=database) as inside:
        inside.answer([posted(event) for event in call_events(NAME)])
    environment = {**os.environ, "IVR_CONFIG": str(directory / "cli" / "ivr.yaml")}
    taken: dict[str, list[float]] = {}
    for command in COMMANDS:
        _run(environment, *command)  # from now on there is byte code
    for _ in range(ROUNDS):
        for command in COMMANDS:
            taken.setdefault(command[0], []).append(_run(environment, *command))
    for name, seconds in taken.items():
        yield f"`ivr {name}`", f"{median(seconds):.2f} s, slowest {max(seconds):.2f}"
    yield "`ivr graph` of 294 steps, folded", _drawn(directory / "large", environment)


def _run(environment: dict[str, str], *arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "router.cli", *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def _drawn(flows: Path, environment: dict[str, str]) -> str:
    flows.mkdir()
    (flows / "main.yaml").write_text(large_flow(), encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    picture = flows / "main.svg"
    seconds = _run(environment, "graph", "main", str(flows), "-o", str(picture))
    found = SIZE.search(picture.read_text(encoding="utf-8"))
    if found is None:
        raise RuntimeError("the picture has no size")
    width, height = (float(one) for one in found.groups())
    return f"{seconds:.2f} s, {width:,.0f} × {height:,.0f}"
