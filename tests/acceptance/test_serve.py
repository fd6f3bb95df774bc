"""`ivr serve` from a wheel alone, in a directory with nothing but a bundle."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.acceptance.processes import KEY, PROJECT, SALT, STOP_SECONDS, free_port, wait_for

pytestmark = pytest.mark.acceptance


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "flows", tmp_path / "flows")
    return tmp_path


def environ(**settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("IVR_", "MANGO_", "PYTHON"))}
    return inherited | {"MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT, "IVR_WORKERS": "1"} | settings


def answer(url: str) -> urllib3.BaseHTTPResponse | None:
    try:
        return urllib3.request("GET", url, retries=False, timeout=5.0)
    except urllib3.exceptions.HTTPError:
        return None


@pytest.fixture
def serving(installed: Path, home: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """The process, and where it answers."""
    listen = f"127.0.0.1:{free_port()}"
    command = [str(installed / "bin" / "python"), "-m", "router.cli", "serve", "--listen", listen, "--workers", "2"]
    with subprocess.Popen(command, cwd=home, env=environ(), stderr=subprocess.PIPE) as process:
        yield process, f"http://{listen}"
        process.kill()


def test_it_serves_survives_a_hup_and_ends_at_term(serving: tuple["subprocess.Popen[bytes]", str]) -> None:
    process, url = serving
    wait_for("ready", lambda: (found := answer(f"{url}/readyz")) and found.status == 200)
    workers = _children(process.pid)
    assert len(workers) == 2
    process.send_signal(signal.SIGHUP)
    wait_for("new workers", lambda: len(_children(process.pid) - workers) == 2 and not _children(process.pid) & workers)
    wait_for("ready again", lambda: (found := answer(f"{url}/readyz")) and found.status == 200)
    process.terminate()
    assert process.wait(STOP_SECONDS + 10) == 0


def _children(process_id: int) -> set[str]:
    return set(Path(f"/proc/{process_id}/task/{process_id}/children").read_text(encoding="ascii").split())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MANGO_API_KEY": ""}, "MANGO_API_KEY is not set"),
        ({"IVR_LISTEN": "8080"}, "write HOST:PORT"),
        ({"IVR_CONFIG": "nothing.yaml"}, "IVR_CONFIG names nothing.yaml, which cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_no_worker_starts(home: Path, settings: dict[str, str], words: str) -> None:
    command = [sys.executable, "-m", "router.cli", "serve"]
    done = subprocess.run(
        command,
        cwd=home,
        env=environ(**settings) | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
