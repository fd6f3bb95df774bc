"""What `ivr doctor` prints stays whole: into a closed pipe, on a terminal without UTF-8, when it is interrupted, when its
examination dies."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import commands as ivr
from router.cli.doctor.deployment import Check, Deployment
from router.cli.doctor.diagnosis import Diagnosis, fine
from tests.broken_peer import HANG, broken_peer
from tests.cli.test_doctor_troubles import place as place  # a fixture

PROJECT = Path(__file__).parents[2]


def start(*arguments: str, **environ: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "router.cli", "doctor", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environ},
    )


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes]:
    """(exit code, what it printed); nothing on the other stream."""
    output, errors = process.communicate(timeout=30)
    assert errors == b""
    return process.returncode, output


def test_reader_that_goes_away(place: Path) -> None:
    process = start()
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 1
    assert process.stderr.read() == b""
    process.stderr.close()


def test_no_output_at_all(place: Path) -> None:
    command = ["sh", "-c", f"exec {sys.executable} -m router.cli doctor <&- >&-"]
    environ = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, env=environ, timeout=30)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("encoding", ["ascii", "koi8-r", "utf-8"])
def test_terminal_of_any_encoding(encoding: str, place: Path) -> None:
    flows = place / "потоки-é"
    code, output = ended(start(PYTHONIOENCODING=encoding, IVR_FLOWS=str(flows)))
    shown = output.decode(encoding)
    assert code == 1
    assert "start it with ivr serve" in shown
    assert ("→" in shown) == (encoding == "utf-8")
    code, output = ended(start("--json", PYTHONIOENCODING=encoding, IVR_FLOWS=str(flows)))
    assert str(flows) in "\n".join(one["told"] for one in json.loads(output.decode(encoding)))


def test_path_that_is_no_text(place: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "router.cli", "doctor", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environb, b"PYTHONPATH": os.fsencode(PROJECT), b"IVR_FLOWS": b"/tmp/\xff\x1b[2J"},
    )
    found = "\n".join(one["told"] for one in json.loads(ended(process)[1]))
    assert "/tmp/\\udcff [2J" in found, "nothing steers the terminal"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(number: signal.Signals, place: Path) -> None:
    with broken_peer(HANG) as port:
        process = start("--json", IVR_LISTEN=f"127.0.0.1:{port}")
        assert process.stdout is not None
        first = process.stdout.read(1)
        time.sleep(0.5)
        process.send_signal(number)
        code, rest = ended(process)
    assert code == 1
    assert json.loads(first + rest)[-1]["told"] == "interrupted"


def run_with(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> list[dict[str, str]]:
    monkeypatch.setattr("router.cli.doctor.command.CHECKS", checks)
    result = CliRunner().invoke(ivr, ["doctor", "--json"])
    assert result.exit_code == 1
    found: list[dict[str, str]] = json.loads(result.stdout)
    return found


def says_and_dies(_deployment: Deployment) -> Iterator[Diagnosis]:
    yield fine("one", "this is told")
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGSEGV)


def raises(_deployment: Deployment) -> Iterator[Diagnosis]:
    yield fine("two", "this is told, too")
    raise ValueError("what nobody thought of")


def keeps_the_interpreter(_deployment: Deployment) -> Iterator[Diagnosis]:
    yield fine("three", "this is told")
    time.sleep(1.0)
    re.match(r"(a+)+$", "a" * 60 + "b")  # a C function that lets no other thread run


def test_examination_that_dies(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run_with(monkeypatch, Check(area="one", run=says_and_dies, seconds=5.0, hangs="it"))
    assert [one["told"] for one in found] == ["this is told", "the examination was ended by SIGSEGV"]


def test_check_that_raises(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run_with(monkeypatch, Check(area="two", run=raises, seconds=5.0, hangs="it"))
    assert [one["told"] for one in found] == [
        "this is told, too",
        "this could not be examined (ValueError: what nobody thought of)",
    ]


def test_check_that_lets_nothing_else_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.cli.doctor.command.MOST_SECONDS", 4.0)
    found = run_with(monkeypatch, Check(area="three", run=keeps_the_interpreter, seconds=3.0, hangs="it"))
    assert [one["told"] for one in found] == ["this is told", "the examination did not end in time"]
