"""`python -m bench.drafts`: what callers notice while somebody writes a flow of 1,000 steps in the console.

Windows of a few seconds alternate: one with events alone, one beside an author who types and gets the findings of each
key. Also how long the author waits.
"""

import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import servers
from bench.load import Measured, percentile, play
from bench.servers import Server
from bench.traffic import calls
from tests.flow.large_flow import RESOURCES, large_flow

EVENTS_PER_SECOND = 100.0
WINDOW_SECONDS = 6.0
KEY_SECONDS = 0.25  # four keys a second, after each of which findings are asked for
PAIRS = 5
CONNECTIONS = 8
EVENTS_PER_CALL = 7
STEPS = 1_000
PER_FLOW = 294


@dataclass(frozen=True, slots=True)
class Written:
    """What the windows came to; seconds."""

    alone: list[Measured] = field(default_factory=list)
    beside: list[Measured] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)  # from a key to its findings


class Author:
    """Types at the end of a flow, in a thread of its own."""

    def __init__(self, router: Server) -> None:
        self._connection = http.client.HTTPConnection(*router.address, timeout=60)
        self._flows = {
            f"f{number}.yaml": large_flow().replace("flow: main", f"flow: f{number}").replace("for: any\n", "")
            for number in range(round(STEPS / PER_FLOW))
        }
        begun = self._ask("POST", "/api/drafts", {"name": "large", "from": "empty"})
        self._draft = begun["draft_id"]
        files = {**self._flows, "resources.yaml": RESOURCES}
        self._ask("PATCH", f"/api/drafts/{self._draft}", {"revision": 1, "files": files})
        self._text = self._flows["f0.yaml"]
        self.type(0)

    def type(self, number: int) -> float:
        """A key; seconds until its findings are there."""
        texts = {"f0.yaml": f"{self._text}# {number}"}
        started = time.perf_counter()
        self._ask("POST", f"/api/drafts/{self._draft}/questions", {"method": "ivr/findings", "texts": texts})
        return time.perf_counter() - started

    def write(self, seconds: float, keys: list[float]) -> None:
        """For so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            took = self.type(len(keys) + 1)
            keys.append(took)
            time.sleep(max(0.0, KEY_SECONDS - took))

    def _ask(self, method: str, path: str, body: object) -> Any:
        self._connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        if answer.status not in (200, 201):
            raise RuntimeError(f"{path}: {told}")
        return told


def written(directory: Path, pairs: int = PAIRS) -> Written:
    """Measure `pairs` pairs of windows."""
    found = Written()
    with servers.router(directory, commands=False) as router:
        author = Author(router)
        for number in range(-1, pairs):  # the first pair only warms
            alone = _window(router, f"alone-{number}")
            keys: list[float] = []
            writing = threading.Thread(target=author.write, args=(WINDOW_SECONDS, keys))
            writing.start()
            beside = _window(router, f"beside-{number}")
            writing.join()
            if number >= 0:
                found.alone.append(alone)
                found.beside.append(beside)
                found.keys.extend(keys)
    return found


def _window(router: Server, name: str) -> Measured:
    count = int(EVENTS_PER_SECOND * WINDOW_SECONDS / EVENTS_PER_CALL)
    return play(router.connections(CONNECTIONS), calls(name, count), per_second=EVENTS_PER_SECOND)


def _of(windows: list[Measured], share: float) -> float:
    return 1000 * statistics.median(percentile(one.latencies, share) for one in windows)


def table(found: Written) -> list[str]:
    """The figures as lines of Markdown."""
    return [
        f"| {EVENTS_PER_SECOND:.0f} events/s, {STEPS} steps in the editor | alone | beside |",
        "| --- | --- | --- |",
        f"| event, p50, ms | {_of(found.alone, 0.5):.1f} | {_of(found.beside, 0.5):.1f} |",
        f"| event, p99, ms | {_of(found.alone, 0.99):.1f} | {_of(found.beside, 0.99):.1f} |",
        f"| key to findings, p50, p99, ms | | {1000 * percentile(found.keys, 0.5):.0f}, "
        f"{1000 * percentile(found.keys, 0.99):.0f} |",
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ivr-bench-") as directory:
        print("\n".join(table(written(Path(directory), int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))))


if __name__ == "__main__":
    main()
