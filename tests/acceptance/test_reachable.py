"""Peers that open connections and say nothing, or half of something, do not stop the router."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.acceptance.processes import PROJECT, Site, router
from tests.acceptance.test_any_order import events, post

pytestmark = pytest.mark.acceptance

HALF_HEADER = b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Le"
HALF_BODY = b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nvpb"


@contextmanager
def held_open(site: Site, count: int, sent: bytes) -> Iterator[None]:
    host, _, port = site.router.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection((host, int(port))))
            connection.sendall(sent)
        yield


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with router(tmp_path_factory.mktemp("reach"), "127.0.0.1:9", flows=PROJECT / "flows", IVR_WATCH="0") as site:
        yield site


@pytest.mark.parametrize("sent", [b"", HALF_HEADER, HALF_BODY], ids=["silent", "half a header", "half a body"])
def test_events_are_answered_beside_500_that_hold_connections(running: Site, sent: bytes) -> None:
    with held_open(running, 500, sent):
        for number in range(20):
            path, payload = events(number)[0]
            assert (
                post(running, path, {**payload, "entry_id": f"{sent!r}{number}", "call_id": f"{sent!r}{number}"}) == 200
            )


def read_answer(connection: socket.socket) -> bytes:
    """One whole answer: it may come in several pieces."""
    answer = connection.recv(4000)
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(4000)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(4000)
    return head


@contextmanager
def connected(site: Site) -> Iterator[socket.socket]:
    host, _, port = site.router.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        yield connection


def test_peer_that_finishes_late_is_answered(running: Site) -> None:
    with connected(running) as connection:
        for part in (b"GET /heal", b"thz HTTP/1.1\r\nHost: x\r\n", b"\r\n"):
            connection.sendall(part)
        assert read_answer(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"POST /ping HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert read_answer(connection).startswith(b"HTTP/1.1 100")
        connection.sendall(b"x=")
        answers = b""
        while b"HTTP/1.1 200" not in answers:  # perhaps behind another 100, perhaps in one piece with it
            piece = connection.recv(4000)
            assert piece, answers
            answers += piece


def test_chunked_body_is_collected(running: Site) -> None:
    with connected(running) as connection:
        connection.sendall(b"POST /ping HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nx=")
        connection.sendall(b"\r\n0\r\n\r\n")
        assert read_answer(connection).startswith(b"HTTP/1.1 200")
