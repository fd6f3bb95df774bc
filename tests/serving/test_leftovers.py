"""What dead processes leave: directories are swept away, counts are kept and their files are not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from router.metric_files import fold_dead, reading
from router.own_directory import OwnDirectory, sweep

PREFIX = "ivr-metrics-"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def dead_process() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


OWNS = """
import os, sys, tempfile, time
tempfile.tempdir = sys.argv[1]
from router.own_directory import OwnDirectory
made = OwnDirectory("ivr-metrics-")
if len(sys.argv) > 2 and os.fork():
    os._exit(0)
print(made.path, flush=True)
time.sleep(60)
"""


def owner(temporary: Path, *more: str) -> "tuple[subprocess.Popen[str], Path]":
    process = subprocess.Popen([sys.executable, "-c", OWNS, str(temporary), *more], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_directory_of_a_killed_owner_is_swept_and_that_of_a_living_one_is_not(temporary: Path) -> None:
    process, path = owner(temporary)
    with process:
        mine = OwnDirectory(PREFIX)
        assert path.is_dir()
        process.kill()
    assert sweep(PREFIX) == [path]
    assert mine.path.is_dir()
    assert sweep("ivr-demo-") == []
    mine.delete()
    assert list(temporary.iterdir()) == []


def test_directory_of_a_dead_master_whose_worker_lives_stays(temporary: Path) -> None:
    """The lock is held by whoever was forked, too; the worker of this test ends with its standard output's reader."""
    process, path = owner(temporary, "forks")
    with process:
        process.wait()
        assert sweep(PREFIX) == []
        assert path.is_dir()
        (worker,) = [int(one.name) for one in Path("/proc").glob("[0-9]*") if _has_open(one, path)]
        os.kill(worker, 9)
    until = time.monotonic() + 30
    while path.is_dir() and time.monotonic() < until:
        sweep(PREFIX)
    assert not path.exists()


def _has_open(process: Path, path: Path) -> bool:
    try:
        return any(os.readlink(file).startswith(str(path)) for file in (process / "fd").iterdir())
    except OSError:
        return False


@pytest.mark.parametrize(("process", "stays"), [("living", True), ("dead", False)])
def test_directory_of_an_older_version(temporary: Path, process: str, stays: bool) -> None:
    path = temporary / f"{PREFIX}abc"
    path.mkdir()
    number = os.getpid() if process == "living" else dead_process()
    (path / f"counter_{number}.db").touch()
    assert sweep(PREFIX) == []  # it may be being made
    os.utime(path, (0, 0))
    sweep(PREFIX)
    assert path.exists() is stays


def test_what_is_no_directory_stays(temporary: Path) -> None:
    (temporary / f"{PREFIX}file").touch()
    (temporary / "elsewhere").mkdir()
    (temporary / f"{PREFIX}link").symlink_to(temporary / "elsewhere")
    for path in temporary.iterdir():
        os.utime(path, (0, 0), follow_symlinks=False)
    assert sweep(PREFIX) == []
    assert len(list(temporary.iterdir())) == 3


def count(directory: Path, kind: str, process: int, label: str, value: float) -> None:
    name = "ivr_events_total" if kind == "counter" else "ivr_event_seconds"
    file = MmapedDict(str(directory / f"{kind}_{process}.db"))
    file.write_value(mmap_key(name, name, ["outcome"], [label], "help"), value, 0.0)
    file.close()


def page(directory: Path) -> str:
    registry = CollectorRegistry()
    with reading(str(directory)):
        MultiProcessCollector(registry, str(directory))
        return generate_latest(registry).decode()


def test_counts_of_dead_workers_stay_and_their_files_go(tmp_path: Path) -> None:
    alive = os.getpid()
    count(tmp_path, "counter", alive, "stored", 1.0)
    for number in range(20):
        gone = dead_process()
        count(tmp_path, "counter", gone, "stored", 10.0)
        count(tmp_path, "counter", gone, f"refused-{number % 3}", 1.0)
        count(tmp_path, "histogram", gone, "stored", 2.0)
        before = page(tmp_path)
        assert fold_dead(str(tmp_path)) == 2
        assert sorted(page(tmp_path).splitlines()) == sorted(before.splitlines())
    assert 'ivr_events_total{outcome="stored"} 201.0' in page(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.db")) == sorted(
        ["counter_0.db", f"counter_{alive}.db", "histogram_0.db"]
    )
    assert fold_dead(str(tmp_path)) == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"\xff\xff\xff\x7f" + bytes(60)])
def test_file_that_a_kill_has_torn_harms_nothing(tmp_path: Path, content: bytes) -> None:
    gone = dead_process()
    (tmp_path / f"counter_{gone}.db").write_bytes(content)
    count(tmp_path, "counter", os.getpid(), "stored", 1.0)
    fold_dead(str(tmp_path))
    assert 'ivr_events_total{outcome="stored"} 1.0' in page(tmp_path)


def test_directory_that_is_gone(tmp_path: Path) -> None:
    assert fold_dead(str(tmp_path / "nowhere")) == 0


def test_full_disk_loses_no_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count(tmp_path, "counter", dead_process(), "stored", 3.0)
    before = page(tmp_path)

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert fold_dead(str(tmp_path)) == 0
    assert page(tmp_path) == before
    assert fold_dead(str(tmp_path)) == 1
    assert page(tmp_path) == before
