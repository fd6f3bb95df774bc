"""`python -m bench.publishing`: what callers notice while a bundle of 10,000 steps is published under 300 events/s.

Windows of a few seconds alternate: one with the load alone, one in whose course another such bundle is written to the
disk and published by the admin API. Each bundle differs from all before it, so nothing can be reused.
"""

import http.client
import json
import signal
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench import servers
from bench.load import Measured, percentile, play
from bench.servers import RESOURCES, Server, flow
from bench.traffic import calls

STEPS = 10_000
EVENTS_PER_SECOND = 300.0
WINDOW_SECONDS = 5.0
STARTS_AFTER_SECONDS = 0.5
PAIRS = 5
CONNECTIONS = 16
EVENTS_PER_CALL = 7


@dataclass(frozen=True, slots=True)
class Published:
    """What the publications of a run took, in seconds, and what the callers beside them got."""

    active_after: list[float] = field(default_factory=list)  # from the request until every worker gives it to new calls
    alone: list[Measured] = field(default_factory=list)
    beside: list[Measured] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Events that were not answered 200."""
        return sum(count for one in self.alone + self.beside for status, count in one.statuses.items() if status != 200)

    def tail_ratio(self) -> float:
        """The 99th percentile of the windows with a publication over that of those before: the median of the pairs."""
        pairs = zip(self.alone, self.beside, strict=True)
        return statistics.median(_tail(beside) / _tail(alone) for alone, beside in pairs)


def publishing(directory: Path, pairs: int = PAIRS) -> Published:
    """Measure `pairs` pairs of windows."""
    found = Published()
    with servers.router(directory, commands=False) as router:
        for number in range(-1, pairs):  # the first pair only warms
            alone = _window(router, f"alone-{number}")
            answers: list[tuple[float, bytes]] = []
            publisher = threading.Thread(target=lambda n=number, a=answers: a.append(_publish(router, directory, n)))
            publisher.start()
            beside = _window(router, f"beside-{number}")
            publisher.join()
            ((seconds, answer),) = answers
            if (state := json.loads(answer)["state"]) != "active":
                raise RuntimeError(f"the bundle was published and is {state}")
            if number >= 0:
                found.alone.append(alone)
                found.beside.append(beside)
                found.active_after.append(seconds)
    return found


def _window(router: Server, name: str) -> Measured:
    count = int(EVENTS_PER_SECOND * WINDOW_SECONDS / EVENTS_PER_CALL)
    return play(router.connections(CONNECTIONS), calls(name, count), per_second=EVENTS_PER_SECOND)


def _publish(router: Server, directory: Path, number: int) -> tuple[float, bytes]:
    """Write a bundle, publish it and wait until a new call gets it; seconds from the request on, and the answer, which
    is two megabytes of warnings: reading it here would stop the load for 10 ms.

    New calls of all workers get a version from one commit on, and the answer comes after it: what is left is that each
    worker has to open it, which the windows' latencies show.
    """
    steps = flow(commands=False, more_steps=STEPS + number)
    (directory / "flows" / "main.yaml").write_text(steps, encoding="utf-8")
    (directory / "flows" / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    time.sleep(STARTS_AFTER_SECONDS)
    started = time.perf_counter()
    connection = http.client.HTTPConnection(*router.address, timeout=60)
    connection.request("POST", "/api/versions")
    answer = connection.getresponse()
    told = answer.read()
    if answer.status != 201:
        raise RuntimeError(f"the bundle was not published: {told.decode()}")
    return time.perf_counter() - started, told


def _tail(measured: Measured) -> float:
    return percentile(measured.latencies, 0.99)


def table(found: Published) -> list[str]:
    """The figures as lines of Markdown."""
    median = statistics.median
    return [
        f"| a bundle of {STEPS} steps under {EVENTS_PER_SECOND:.0f} events/s | |",
        "| --- | --- |",
        f"| active after, s: median, slowest | {median(found.active_after):.2f}, {max(found.active_after):.2f} |",
        f"| p99 of events alone, ms | {1000 * median(map(_tail, found.alone)):.1f} |",
        f"| p99 of events beside it, ms | {1000 * median(map(_tail, found.beside)):.1f} |",
        f"| ratio, median of {len(found.alone)} pairs | {found.tail_ratio():.2f} |",
        f"| failed events | {found.failed} |",
    ]


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    with tempfile.TemporaryDirectory(prefix="ivr-bench-") as directory:
        print("\n".join(table(publishing(Path(directory)))))


if __name__ == "__main__":
    main()
