"""The process that stays does one task after the other; whatever becomes of it, the task is done."""

import gc
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from router.files import builder, builder_process
from router.files.builder import ask
from router.files.builder_process import DONE, receive, send
from router.files.bundle_builder import build_apart
from router.runtime.versions.publish import build
from tests.files.tasks import Told
from tests.files.test_workshop import large

TASKS = "tests.files.tasks"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the process of this test has its socket; it ends with the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path / f"{builder.PREFIX}{os.geteuid()}"
    for lock in tmp_path.glob("*/*.lock"):
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(lock.read_text()), signal.SIGKILL)


def asked(task: bytes = b"", idle: float | None = 60.0) -> Told:
    return ask(TASKS, task, Told, 60.0, idle)


def test_one_process_does_all_tasks(place: Path) -> None:
    first, second = asked(), asked()
    assert first == second
    assert first.stays
    assert first.process != os.getpid()
    assert place.stat().st_mode & 0o777 == 0o700


def test_it_gives_way_to_those_who_serve_calls(place: Path) -> None:
    """In their session, within which alone the kernel may heed how nice it is; signals of a terminal do not reach it."""
    process, mine = asked().process, os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getsid(process) == os.getsid(0)
    assert os.getpgid(process) == process
    assert os.getpriority(os.PRIO_PROCESS, process) == min(19, mine + builder_process.NICE)


def test_without_one_that_stays_a_child_does_it(place: Path) -> None:
    assert not asked(idle=None).stays
    assert not place.exists()


def test_it_is_the_same_bundle(place: Path) -> None:
    sound, broken = large(), large("bye: hangup\n  lost: {play: {prompt: audio.nothing, next: nowhere}}")
    for files in (sound, broken, sound):
        assert build_apart(files, 60.0) == build(files)


def test_when_it_was_killed_another_one_is_started(place: Path) -> None:
    first = asked()
    os.kill(first.process, signal.SIGKILL)
    until(lambda: (second := asked()).stays and second.process != first.process)


@pytest.mark.parametrize("task", [b"end", b"fail"])
def test_when_it_dies_of_a_task_or_fails_a_child_does_that(place: Path, task: bytes) -> None:
    assert not asked(task).stays
    assert asked().stays


def test_it_ends_when_nothing_comes(place: Path) -> None:
    asked(idle=0.1)
    until(lambda: not list(place.glob("*.sock")))


def test_when_its_socket_is_gone_another_one_is_started(place: Path) -> None:
    first = asked()
    for path in place.glob("*.sock"):
        path.unlink()
    assert asked().process != first.process


def test_a_directory_that_others_may_read_is_not_used(place: Path) -> None:
    place.mkdir()
    place.chmod(0o755)
    assert not asked().stays


def test_a_program_that_was_changed_has_another_process(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = place.parent / "package"
    package.mkdir()
    (package / "module.py").write_text("")
    monkeypatch.setattr(builder, "PACKAGE", package)
    first = asked()
    (package / "module.py").write_text("changed")
    assert asked().process != first.process
    until(lambda: len(list(place.glob("*.sock"))) == 1)


def test_when_it_has_grown_too_large_it_ends_after_the_task(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setattr(builder_process, "MOST_RESIDENT_BYTES", 0)
    answers: list[bytes] = []

    def client() -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect("it.sock")
            send(connection, msgspec.msgpack.encode((TASKS, b"")))
            answers.append(bytes(receive(connection)))

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("it.sock")
        listening.listen()
        asking = threading.Thread(target=client)
        asking.start()
        try:
            builder_process._serve(listening, "it.sock", 600.0)
        finally:
            gc.enable()
        asking.join()
    assert answers[0][:1] == DONE
    assert not Path("it.sock").exists()


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.02)
