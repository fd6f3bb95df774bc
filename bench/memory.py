"""`python -m bench.memory [--events N]`: one process takes events in as fast as it can; does its memory stay flat?

The events go the way that they go in a worker, in batches, into SQLite without waiting for the disk. What is told is
the process's whole resident memory, interpreter and libraries included, a hundred times on the way.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console

from bench.inside import BATCH, Inside, posted, router_inside
from bench.traffic import call_events

EVENTS: Final = 1_000_000
SAMPLES: Final = 100
CALLS_AT_ONCE: Final = 16
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    events: int
    resident_bytes: int


def resident_bytes() -> int:
    """Of this process, now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def soak(inside: Inside, events: int, say: Callable[[Sample], Any]) -> list[Sample]:
    """Take so many events in; `say` hears of every sample."""
    samples: list[Sample] = []
    taken = number = 0
    while taken < events:
        calls = [call_events(f"soak-{number + one}") for one in range(CALLS_AT_ONCE)]
        number += CALLS_AT_ONCE
        woven = [posted(event) for turn in zip(*calls, strict=True) for event in turn]
        for start in range(0, len(woven), BATCH):
            statuses = inside.answer(woven[start : start + BATCH])
            if set(statuses) != {200}:
                raise RuntimeError(f"an event was answered {statuses}")
        taken += len(woven)
        if taken * SAMPLES // events > len(samples):
            samples.append(Sample(taken, resident_bytes()))
            say(samples[-1])
    return samples


def in_a_process_of_its_own(events: int) -> list[Sample]:
    """The samples of a process that does nothing else."""
    command = [sys.executable, "-m", "bench.memory", "--events", str(events), "--json"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [Sample(*pair) for pair in json.loads(told.splitlines()[-1])]


def growth_per_million(samples: Sequence[Sample]) -> float:
    """Bytes by which the second half of a run grew, for a million events: what is flat comes to next to nothing."""
    half = samples[len(samples) // 2 :]
    events = half[-1].events - half[0].events
    return (half[-1].resident_bytes - half[0].resident_bytes) / events * 1_000_000 if events else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--json", action="store_true", help="print the samples")
    arguments = parser.parse_args()
    events = arguments.events
    console, began = Console(), time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="ivr-memory-") as directory,
        router_inside(Path(directory) / "x", durability="normal") as inside,
    ):
        samples = soak(inside, events, lambda sample: None)
    if arguments.json:
        print(json.dumps(samples))
        return
    for sample in samples[:: max(1, len(samples) // 10)]:
        console.print(f"{sample.events:10} events  {sample.resident_bytes / 1e6:7.1f} MB")
    most = max(sample.resident_bytes for sample in samples) / 1e6
    console.print(
        f"most {most:.1f} MB; the second half grew by {growth_per_million(samples) / 1e6:+.2f} MB for a million events;"
        f" {events / (time.perf_counter() - began):.0f} events/s"
    )


if __name__ == "__main__":
    main()
