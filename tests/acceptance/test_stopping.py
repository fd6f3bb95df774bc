"""A router that is told to end does so at once, whoever listens to it, and the next one waits for its address."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from router.protocol.envelope import encode_form
from tests.acceptance.processes import KEY, SALT, Site, router, running_process, wait_for
from tests.acceptance.sink import sink
from tests.acceptance.test_any_order import FORM, events, post
from tests.acceptance.test_database_away import flows
from tests.acceptance.test_leaving import workers_of

pytestmark = pytest.mark.acceptance

__all__ = ["flows"]
LISTENERS = 20
AT_ONCE_SECONDS = 8.0  # on a busy machine; a stream lasts 25 s if nothing ends it, an idle connection lingers for two
LAST_CHUNK = b"0\r\n\r\n"


_sockets: list[socket.socket] = []


@pytest.fixture(autouse=True)
def closing() -> Iterator[None]:
    """Peers never close their side by themselves; it is done behind the test."""
    yield
    while _sockets:
        _sockets.pop().close()


def connection_to(site: Site) -> socket.socket:
    host, port = site.router.removeprefix("http://").split(":")
    _sockets.append(socket.create_connection((host, int(port)), timeout=60))
    return _sockets[-1]


class Listener:
    """A raw connection to /api/events that never closes its side."""

    def __init__(self, site: Site, after: str = "") -> None:
        address = site.router.removeprefix("http://")
        self.socket = connection_to(site)
        query = f"?after={after}" if after else ""
        self.socket.sendall(f"GET /api/events{query} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        self.told = b""
        while b"\r\n\r\n" not in self.told or (self.is_served and b"id: " not in self.told):
            self.told += self.socket.recv(4096) or b"HTTP/1.1 000 closed\r\n\r\n"

    @property
    def is_served(self) -> bool:
        return self.told.startswith(b"HTTP/1.1 200")

    def read_on(self) -> bytes:
        """Everything until the end of the connection."""
        while chunk := self.socket.recv(65536):
            self.told += chunk
        return self.told

    @property
    def last_id(self) -> str:
        return self.told.rpartition(b"id: ")[2].split(b"\n")[0].decode()


def listeners_of(site: Site) -> list[Listener]:
    found = [Listener(site) for _ in range(LISTENERS)]
    served = [one for one in found if one.is_served]
    assert len(served) == LISTENERS, [one.told[:80] for one in found]
    return served


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_end_waits_for_no_listener(tmp_path: Path, flows: Path, how: signal.Signals) -> None:
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=3, IVR_WATCH="0") as site:
        served = listeners_of(site)
        began = time.monotonic()
        site.process.send_signal(how)
        assert site.process.wait(40) == 0
        assert time.monotonic() - began < AT_ONCE_SECONDS
        if how == signal.SIGTERM:
            assert all(one.read_on().endswith(LAST_CHUNK) for one in served)


def test_listeners_of_old_workers_come_again_and_miss_nothing(tmp_path: Path, flows: Path) -> None:
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2, IVR_WATCH="0") as site:
        listener, before = Listener(site), workers_of(site)
        began = time.monotonic()
        site.process.send_signal(signal.SIGHUP)
        listener.read_on()
        assert time.monotonic() - began < AT_ONCE_SECONDS
        wait_for("new workers", lambda: len(workers_of(site)) == 2 and not workers_of(site) & before)
        path, payload = events(0)[0]
        assert post(site, path, payload) == 200
        again = Listener(site, listener.last_id)
        site.process.terminate()
        assert payload["entry_id"].encode() in again.read_on()


def request_for(payload: dict[str, Any], path: str) -> bytes:
    body = encode_form(KEY, SALT, payload)
    head = (
        f"POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + b"\r\n" + body


def test_what_is_half_sent_is_finished_or_refused(tmp_path: Path, flows: Path) -> None:
    """One peer goes on with its request after the TERM and is answered, one does not and is told so."""
    path, payload = events(0)[0]
    request = request_for(payload, path)
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2, IVR_WATCH="0") as site:
        idle, slow, silent = connection_to(site), connection_to(site), connection_to(site)
        slow.sendall(request[:-20])
        silent.sendall(request[:-20])
        wait_for("an answer", lambda: post(site, *events(1)[0]) == 200)  # so that the halves have been read
        began = time.monotonic()
        site.process.terminate()
        wait_for("the closed port", lambda: _is_refused(site))
        slow.sendall(request[-20:])
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
        assert silent.recv(4096).startswith(b"HTTP/1.1 503")
        assert idle.recv(4096) == b""
        assert site.process.wait(40) == 0
        assert time.monotonic() - began < AT_ONCE_SECONDS


def _is_refused(site: Site) -> bool:
    try:
        connection_to(site)
    except ConnectionError:
        return True
    return False


def test_next_one_waits_for_the_address(tmp_path: Path, flows: Path) -> None:
    """It is started before the first one is told to end, as whoever restarts in a hurry does."""
    log = tmp_path / "second.log"
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows, workers=2, IVR_WATCH="0") as site:
        command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
        with running_process(command, site.environ, log) as second:
            wait_for("the word that it waits", lambda: "is in use" in log.read_text())
            site.process.terminate()
            assert site.process.wait(40) == 0
            wait_for("the second one's answer", lambda: _status(site) == 200)
            assert second.poll() is None
            assert "is free after" in log.read_text()


def _status(site: Site) -> int:
    try:
        return int(site.http.request("GET", f"{site.router}/readyz", timeout=2.0).status)
    except Exception:
        return 0


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_wait_can_be_broken_off(tmp_path: Path, taken: int) -> None:
    environ = {**os.environ, "IVR_LISTEN": f"127.0.0.1:{taken}"}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    log = tmp_path / "long.log"
    with running_process(command, environ, log) as long:
        wait_for("the word that it waits", lambda: "is in use" in log.read_text())
        long.send_signal(signal.SIGINT)
        assert long.wait(30) == 1
        assert "Traceback" not in log.read_text()
