"""Peers that open connections and say nothing, or half of something, or too much, do not stop the router; neither
alone nor behind nginx."""

import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from router.protocol.envelope import encode_form
from tests.acceptance.nginx import in_front_of
from tests.acceptance.processes import KEY, PROJECT, SALT, Site, router, wait_for
from tests.acceptance.test_any_order import events, post

pytestmark = pytest.mark.acceptance

HALF_HEADER = b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Le"
HALF_BODY = b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nvpb"
UNREAD = (
    b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 200
    + b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" * 2000
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with router(tmp_path_factory.mktemp("reach"), "127.0.0.1:9", flows=PROJECT / "flows", IVR_WATCH="0") as site:
        yield site


@pytest.fixture(scope="module", params=["alone", "behind nginx"])
def reached(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The router, and the router behind nginx, as peers reach it."""
    directory = tmp_path_factory.mktemp("reached")
    proxied = request.param == "behind nginx"
    trusted = {"IVR_TRUSTED_PROXIES": "127.0.0.1"} if proxied else {}
    with (
        router(directory, "127.0.0.1:9", flows=PROJECT / "flows", IVR_WATCH="0", **trusted) as site,
        ExitStack() as stack,
    ):
        yield stack.enter_context(in_front_of(site, directory / "nginx")) if proxied else site


def address(site: Site) -> tuple[str, int]:
    host, _, port = site.router.removeprefix("http://").partition(":")
    return host, int(port)


@contextmanager
def connected(site: Site) -> Iterator[socket.socket]:
    with socket.create_connection(address(site), timeout=30) as connection:
        yield connection


@contextmanager
def held_open(site: Site, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        held = []
        for _ in range(count):
            held.append(stack.enter_context(socket.create_connection(address(site))))
            held[-1].setblocking(False)
            _send_what_fits(held[-1], sent)
        yield held


def _send_what_fits(connection: socket.socket, data: bytes) -> None:
    try:
        connection.send(data)
    except (BlockingIOError, ConnectionError):
        return  # it takes no more, or closed it: this is not the peer that we want to hear


def answered(site: Site, name: str, count: int = 20) -> None:
    """Events of new calls are taken."""
    for number in range(count):
        path, payload = events(number)[0]
        unique = {"entry_id": f"{name}{number}", "call_id": f"{name}{number}"}
        assert post(site, path, {**payload, **unique}) == 200


@pytest.mark.parametrize("sent", [b"", HALF_HEADER, HALF_BODY], ids=["silent", "half a header", "half a body"])
def test_events_are_answered_beside_500_that_hold_connections(reached: Site, sent: bytes) -> None:
    with held_open(reached, 500, sent):
        answered(reached, f"{sent!r}")


def test_events_are_answered_beside_senders_of_single_bytes(reached: Site) -> None:
    request = HALF_BODY + b"x" * 97
    done = threading.Event()

    def trickle(held: list[socket.socket]) -> None:
        for byte in request:
            for connection in held:
                _send_what_fits(connection, bytes([byte]))
            if done.wait(0.01):
                return

    with held_open(reached, 200, b"") as held:
        sender = threading.Thread(target=trickle, args=(held,))
        sender.start()
        try:
            answered(reached, "bytes")
        finally:
            done.set()
            sender.join()


def test_events_are_answered_beside_peers_that_read_no_answers(running: Site) -> None:
    with held_open(running, 60, UNREAD):
        answered(running, "unread")


def test_more_connections_than_file_descriptors(tmp_path: Path) -> None:
    with (
        router(tmp_path, "127.0.0.1:9", flows=PROJECT / "flows", files=256, IVR_WATCH="0") as site,
        held_open(site, 700, HALF_HEADER),
    ):
        answered(site, "files")
        assert site.http.request("GET", f"{site.router}/readyz").status == 200


def test_bodies_larger_than_anything_are_refused_unread(running: Site) -> None:
    with connected(running) as connection:
        connection.sendall(b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        head, body = read_answer(connection)
        assert head.startswith(b"HTTP/1.1 413")
        assert b'"code":3104' in body
        assert connection.recv(10) == b""


def test_a_burst_of_connections_is_shared_evenly(running: Site) -> None:
    workers = [
        int(name)
        for name in Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split()
    ]
    running.http.clear()
    before = wait_for("quiet", lambda: _settled_counts(workers))
    with held_open(running, 16, b""):
        grown = wait_for("all 16", lambda: _grown_by(16, workers, before))
    assert min(grown) >= 4, "one worker took nearly all of them"


def _connections(worker: int) -> int:
    """How many sockets a process has."""
    found = 0
    for descriptor in Path(f"/proc/{worker}/fd").iterdir():
        try:
            found += os.readlink(descriptor).startswith("socket:")
        except OSError:
            continue
    return found


def _settled_counts(workers: list[int]) -> list[int] | None:
    """The counts once they stay the same: what lingers of other tests must be gone."""
    first = [_connections(worker) for worker in workers]
    time.sleep(0.3)
    second = [_connections(worker) for worker in workers]
    return first if first == second else None


def _grown_by(count: int, workers: list[int], before: list[int]) -> list[int] | None:
    grown = [_connections(worker) - was for worker, was in zip(workers, before, strict=True)]
    return grown if sum(grown) == count else None


# what HTTP allows


def read_answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """One whole answer, its head and its body: it may come in several pieces."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(1)
        assert piece, answer
        answer += piece
    length = re.search(rb"content-length: *(\d+)", answer.lower())
    body = b""
    while length is not None and len(body) < int(length[1]):
        body += connection.recv(int(length[1]) - len(body))
    return answer, body


def event_request(name: str, *, salt: str = SALT, more: str = "", version: str = "1.1") -> bytes:
    path, payload = events(0)[0]
    body = encode_form(KEY, salt, {**payload, "entry_id": name, "call_id": name})
    form = "Content-Type: application/x-www-form-urlencoded"
    return (
        f"POST /{path} HTTP/{version}\r\nHost: x\r\n{form}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body
    )


def test_pipelined_requests_are_answered_in_their_order(running: Site) -> None:
    health = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    wrong = event_request("pipe", salt="wrong")
    requests = [event_request("pipe-1"), wrong, health, event_request("pipe-1"), wrong, health, event_request("pipe-2")]
    with connected(running) as connection:
        connection.sendall(b"".join(requests))
        answers = [read_answer(connection) for _ in requests]
    assert [head[9:12] for head, _ in answers] == [b"200", b"403", b"200", b"200", b"403", b"200", b"200"]
    assert [b"stored" in answers[0][1], b"duplicate" in answers[3][1], b"stored" in answers[6][1]] == [True, True, True]


def test_peer_that_shuts_its_side_is_answered(running: Site) -> None:
    with connected(running) as connection:
        connection.sendall(event_request("half-closed"))
        connection.shutdown(socket.SHUT_WR)
        assert read_answer(connection)[0].startswith(b"HTTP/1.1 200")
        assert connection.recv(10) == b""


@pytest.mark.parametrize(("more", "version"), [("Connection: close\r\n", "1.1"), ("", "1.0")])
def test_connection_is_closed_when_the_peer_wants_it(more: str, version: str, running: Site) -> None:
    with connected(running) as connection:
        connection.sendall(event_request(f"close-{version}", more=more, version=version))
        head, _ = read_answer(connection)
        assert b"Connection: close" in head
        assert connection.recv(10) == b""


def test_peer_that_finishes_late_is_answered(running: Site) -> None:
    with connected(running) as connection:
        for part in (b"GET /heal", b"thz HTTP/1.1\r\nHost: x\r\n", b"\r\n"):
            connection.sendall(part)
        assert read_answer(connection)[0].startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", [b"/ping", b"/api/nothing"])
def test_peer_that_waits_for_permission_is_told_to_go_on(path: bytes, running: Site) -> None:
    with connected(running) as connection:
        connection.sendall(b"POST %b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n" % path)
        assert read_answer(connection)[0].startswith(b"HTTP/1.1 100")
        connection.sendall(b"x=")
        assert read_answer(connection)[0][9:12] in (b"200", b"403", b"404")


def test_chunked_body_is_collected(running: Site) -> None:
    with connected(running) as connection:
        connection.sendall(b"POST /ping HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nx=")
        connection.sendall(b"\r\n0\r\n\r\n" + event_request("behind-chunks"))
        assert read_answer(connection)[0].startswith(b"HTTP/1.1 200")
        assert read_answer(connection)[0].startswith(b"HTTP/1.1 200")
