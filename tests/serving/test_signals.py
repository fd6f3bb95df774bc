"""What a master says to a worker that has only just been forked."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = """
import os, signal

bind = "127.0.0.1:0"
worker_class = "router.serving.BufferingWorker"
control_socket_disable = True


def post_fork(server, worker):
    if worker.age == 1:  # as its master does when it ends at this moment
        os.kill(worker.pid, signal.{stop})


def post_worker_init(worker):
    if worker.age == 2:  # the first one has left, and so may we
        os.kill(worker.ppid, signal.SIGTERM)
"""
APP = "def app(environ, start_response): raise AssertionError"


@pytest.mark.parametrize("stop", ["SIGTERM", "SIGINT", "SIGQUIT"])
def test_a_worker_that_is_stopped_while_it_starts_leaves(stop: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(SETTINGS.format(stop=stop))
    (tmp_path / "served.py").write_text(APP)
    command = [sys.executable, "-m", "gunicorn", "--chdir", str(tmp_path), "-c", "settings.py", "served:app"]
    environ = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, told = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, told = process.communicate()
    assert "Shutting down" in told.splitlines()[-1], told
