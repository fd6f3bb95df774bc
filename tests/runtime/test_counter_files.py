"""Counts of a worker on a disk that is full, or becomes so."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from router.runtime.monitoring import counter_files
from router.runtime.monitoring.counter_files import FIRST_BYTES, CounterFile


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def kept(path: Path) -> dict[str, float]:
    return {key: value for key, value, *_ in MmapedDict.read_all_values_from_file(str(path))}  # type: ignore[no-untyped-call]


def counted(file: CounterFile) -> dict[str, float]:
    return {key: value for key, value, _ in file.read_all_values()}  # type: ignore[no-untyped-call]


def count(file: CounterFile, first: int, last: int) -> None:
    for number in range(first, last):
        file.write_value(f"key-{number}-" + "x" * 200, float(number), 0.0)  # type: ignore[no-untyped-call]


def test_every_byte_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "counter_1.db"
    file = CounterFile(str(path))
    count(file, 0, 1000)
    state = path.stat()
    assert state.st_size > 2 * FIRST_BYTES
    assert state.st_blocks * 512 >= state.st_size
    assert len(kept(path)) == 1000
    file.close()
    again = CounterFile(str(path))
    assert counted(again) == kept(path)
    again.close()


def test_a_disk_that_is_full_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter_files.os, "posix_fallocate", full)
    file = CounterFile(str(tmp_path / "counter_1.db"))
    count(file, 0, 1000)
    assert counted(file)["key-999-" + "x" * 200] == 999.0
    file.close()
    assert list(tmp_path.iterdir()) == [], "nothing that others would take for a broken file"


def test_a_disk_that_becomes_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "counter_1.db"
    file = CounterFile(str(path))
    count(file, 0, 100)
    monkeypatch.setattr(counter_files.os, "posix_fallocate", full)
    count(file, 100, 1000)
    assert len(counted(file)) == 1000
    assert 100 <= len(kept(path)) < 1000
    assert path.stat().st_size == FIRST_BYTES
    file.close()


def test_a_full_temporary_directory_ends_no_process(tmp_path: Path) -> None:
    """With the real thing: a page without a place on the disk is a SIGBUS."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount")
    try:
        program = (
            "from router.runtime.monitoring.metrics import *; import os\n"
            "name_accounts(['a'])\n"
            "open(os.environ['PROMETHEUS_MULTIPROC_DIR'] + '/ballast', 'wb', 0).write(bytes(1 << 20))\n"
            "for number in range(3000): count_lookup('http', f'step-{number}', 'found', 0.1)\n"
            "print('alive')\n"
        )
        environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        for _ in range(2):  # the second one starts on a full disk
            done = subprocess.run(
                [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False
            )
            assert (done.returncode, "alive" in done.stdout) == (0, True), done.stderr
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)
