"""Nobody who logs waits or fails, whatever happens to standard error."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.logs.sink import PIPE_BYTES, Sink


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for end in (reader, writer):
        try:
            os.close(end)
        except OSError:
            continue


def told_lost(count: int) -> bytes:
    return f"{count} lost\n".encode()


def test_pipe_that_nobody_reads_does_not_stop_anybody(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    sink = Sink(writer, told_lost)
    work = threading.Thread(target=lambda: [sink.write(b"x" * 999 + b"\n") for _ in range(500)], daemon=True)
    work.start()
    work.join(30)
    assert not work.is_alive()
    kept = os.read(reader, 1 << 20).splitlines()
    assert all(len(line) == 999 for line in kept)
    sink.write(b"again\n")
    assert os.read(reader, 1 << 20) == f"again\n{500 - len(kept)} lost\n".encode()
    assert os.get_blocking(writer)  # for the others who have it


def test_pipe_whose_reader_is_gone(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    sink = Sink(writer, told_lost)
    os.close(reader)
    sink.write(b"nobody\n")


def test_closed_standard_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    Sink(writer, told_lost).write(b"nobody\n")


def test_full_disk_loses_lines_and_says_how_many() -> None:
    with Path("/dev/full").open("wb") as full:
        sink = Sink(full.fileno(), told_lost)
        sink.write(b"nobody\n")
        assert sink._lost_count == 1


WRITES = """
import os, sys
from router.logs.sink import Sink
from router.logs.rendering import render
sink = Sink()
for number in range(300):
    line = {"level": "info", "event": "x" * (number * 37 % 9000), "number": number, "pid": os.getpid()}
    sink.write(render(line, "json", sink.most_bytes))
"""


def test_lines_of_several_processes_do_not_mix() -> None:
    reader, writer = os.pipe()
    found: list[bytes] = []

    def collect() -> None:
        with os.fdopen(reader, "rb") as lines:
            found.extend(lines)

    collecting = threading.Thread(target=collect)
    collecting.start()
    writers = [subprocess.Popen([sys.executable, "-c", WRITES], stderr=writer) for _ in range(4)]
    os.close(writer)
    assert [one.wait(120) for one in writers] == [0] * 4
    collecting.join(60)
    assert len(found) > 100  # some may be lost: they are written as fast as can be
    assert all(json.loads(line)["level"] == "info" and len(line) <= PIPE_BYTES for line in found)
