"""The log of a running router: one object for each line from the first to the last, whatever goes wrong, and a few
lines for an outage."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from router.protocol.envelope import encode_form
from tests.acceptance.processes import KEY, PROJECT, SALT, Site, free_port, router, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import FORM, events, post
from tests.acceptance.test_database_away import flows, locked
from tests.acceptance.test_leaving import workers_of

pytestmark = pytest.mark.acceptance

__all__ = ["flows"]
OUTAGE_SECONDS = 8.0
MOST_LINES = 20
JSON = {"IVR_LOG": "json", "IVR_WATCH": "0"}


def lines_of(directory: Path) -> list[dict[str, Any]]:
    """Every line, each of which is one object."""
    return [json.loads(line) for line in (directory / "router.log").read_bytes().split(b"\n") if line]


@contextmanager
def load(site: Site, salt: str = SALT) -> Iterator[None]:
    """Fifty notifications a second from a few senders."""
    done = threading.Event()

    def send(first: int) -> None:
        for number in range(first, 10**6, 4):
            if done.wait(0.3):
                return
            for path, payload in events(number):
                body = encode_form(KEY, salt, payload)
                site.http.request("POST", f"{site.router}/{path}", body=body, headers=FORM, retries=False, timeout=60.0)

    senders = [threading.Thread(target=send, args=[first]) for first in range(4)]
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        done.set()
        for sender in senders:
            sender.join()


def test_every_line_is_an_object_and_refusals_are_counted(tmp_path: Path, flows: Path) -> None:
    forged = b'GET /x HTTP/1.1\r\nHost: x\r\nX: {"level":\x00\x1b[31m\r\n\r\n'
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=3, **JSON) as site:
        host, port = site.router.removeprefix("http://").split(":")
        with load(site, "not-the-salt"):
            time.sleep(2)
        time.sleep(3)  # what a worker has counted is the machine's within a second
        with socket.create_connection((host, int(port)), timeout=10) as stranger:
            stranger.sendall(forged)
            stranger.recv(4096)
        os.kill(sorted(workers_of(site))[0], signal.SIGKILL)
        wait_for("another worker", lambda: len(workers_of(site)) == 3)
        # A connection of its own: one that is kept may be with the worker that is dead.
        refused = urllib3.request("GET", f"{site.router}/metrics", retries=5).data.decode()
    lines = lines_of(tmp_path)
    assert {"timestamp", "level", "event", "pid"} <= set.intersection(*(set(line) for line in lines))
    assert lines[0]["event"].startswith("Starting gunicorn")
    assert lines[-1]["event"].startswith("Shutting down")
    told = [line for line in lines if line["event"] == "a notification was refused"]
    assert {(line["account"], line["reason"], line["sender"]) for line in told} == {
        ("default", "wrong-sign", "127.0.0.1")
    }
    assert "MANGO_API_SALT" in told[0]["advice"]
    assert len(told) <= 4
    counted = sum(
        float(row.split()[-1])
        for row in refused.splitlines()
        if row.startswith("ivr_events_total") and 'reason="wrong-sign"' in row
    )
    assert sum(line["count"] for line in told) == counted > 20


def test_outage_is_a_few_lines(tmp_path: Path, flows: Path) -> None:
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=3, **JSON) as site:
        before = len(lines_of(tmp_path))
        with load(site):
            with locked(tmp_path / "ivr.db"):
                time.sleep(OUTAGE_SECONDS)
            wait_for("the end of the outage", lambda: any("is back" in line["event"] for line in lines_of(tmp_path)))
        told = lines_of(tmp_path)[before:]
        away = [line for line in told if line["event"].startswith("the database is away")]
        assert 1 <= len(away) <= 3
        assert "database is locked" in away[0]["error"]
        assert len(told) <= MOST_LINES


def test_pbx_that_is_away_is_a_few_lines(tmp_path: Path, flows: Path) -> None:
    with router(tmp_path, "127.0.0.1:9", flows=flows, workers=3, **JSON) as site:
        before = len(lines_of(tmp_path))
        with load(site):
            time.sleep(OUTAGE_SECONDS)
        told = lines_of(tmp_path)[before:]
    (line, *_) = [one for one in told if one["event"] == "the PBX cannot be reached"]
    assert {"account", "entry_id", "command_id", "reason", "advice"} <= set(line)
    assert len(told) <= MOST_LINES


def test_log_that_nobody_reads_breaks_no_event(tmp_path: Path, flows: Path) -> None:
    reader, writer = os.pipe()
    read_once: list[bytes] = []
    with sink() as pbx:
        site = Site(
            f"http://127.0.0.1:{free_port()}", f"http://{pbx.address}", {}, urllib3.PoolManager(retries=False), None
        )  # type: ignore[arg-type]
        environ = {
            **os.environ, "MANGO_API_KEY": KEY, "MANGO_API_SALT": SALT, "MANGO_API_URL": f"{site.pbx}/vpbx/",
            "MANGO_ALLOWED_IPS": "127.0.0.1", "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db", "IVR_FLOWS": str(flows),
            "IVR_LISTEN": site.router.removeprefix("http://"), "IVR_WORKERS": "1", "IVR_LOG_LEVEL": "debug", **JSON,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:app"], env=environ, cwd=PROJECT, stderr=writer
        )
        try:
            os.close(writer)
            wait_for("an answer", lambda: _answered(site))
            for number in range(100):  # at this level each command is a line, and the pipe is full soon
                assert [post(site, *event) for event in events(number)] == [200] * 4
            read_once.append(os.read(reader, 1 << 20))
            os.close(reader)  # now it is broken
            assert post(site, *events(200)[0]) == 200
        finally:
            process.terminate()
            assert process.wait(40) == 0
            site.http.clear()
    assert all(json.loads(line) for line in read_once[0].splitlines())


def _answered(site: Site) -> bool:
    try:
        return bool(site.http.request("GET", f"{site.router}/readyz", timeout=2.0).status == 200)
    except Exception:
        return False


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"IVR_LOG": "xml"}, "IVR_LOG: 'xml' does not do: write console or json"),
        ({"IVR_LOG_LEVEL": "loud"}, "write debug, info, warning, error or critical"),
    ],
)
@pytest.mark.parametrize("command", [["gunicorn", "wsgi:app"], ["router.cli", "versions"]])
def test_wrong_choice_is_refused_at_the_start(variables: dict[str, str], said: str, command: list[str]) -> None:
    environ = {**os.environ, **variables}
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        env=environ,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode in (1, 2)
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_cannot_start_says_why_in_the_chosen_form(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MANGO_", "IVR_"))}
    environ |= {"IVR_LOG": "json", "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db", "IVR_LISTEN": "127.0.0.1:0"}
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "wsgi:app"],
        env=environ,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert any("MANGO_API_KEY is not set" in line["event"] and line["level"] == "critical" for line in lines)
    assert ended.returncode in (1, 3)  # gunicorn's master races with its second worker
