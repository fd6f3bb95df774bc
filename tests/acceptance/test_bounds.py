"""How much a peer may send, and in what pieces, on gunicorn itself."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.processes import PROJECT, Site, router
from tests.acceptance.test_reachable import address, answered, connected, held_open, read_answer

pytestmark = pytest.mark.acceptance
MEBIBYTE = 1 << 20
MOST = 6 * MEBIBYTE
CHUNKED = b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
PATHS = [b"/ping", b"/vpbx/events/call", b"/api/nothing"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("bounds")
    with router(directory, "127.0.0.1:9", flows=PROJECT / "flows", IVR_WATCH="0", IVR_MAX_BODY="6MiB") as site:
        yield site


def status(site: Site, *pieces: bytes) -> int:
    """What a request of these pieces is answered with; the worker may stop reading before its end."""
    with socket.create_connection(address(site), timeout=60) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except ConnectionError:
            pass
        return int(read_answer(connection)[0][9:12])


def processor_seconds(site: Site) -> float:
    """What the workers have used of processors."""
    master = site.process.pid
    found = 0.0
    for worker in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        found += (int(fields[11]) + int(fields[12])) / 100
    return found


def test_a_body_in_chunks_of_one_byte_costs_no_more_than_its_bytes(running: Site) -> None:
    before = processor_seconds(running)
    assert status(running, CHUNKED % b"/vpbx/events/call", b"1\r\nx\r\n" * 800_000, b"0\r\n\r\n") in (400, 403)
    assert processor_seconds(running) - before < 30
    answered(running, "chunks", 3)


@pytest.mark.parametrize("path", PATHS)
def test_the_largest_body_is_the_same_everywhere(running: Site, path: bytes) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    largest = 403 if path.startswith(b"/api") else 200 if path == b"/ping" else 400
    assert status(running, head % (path, MOST), b"x" * MOST) == largest
    assert status(running, CHUNKED % path, b"%x\r\n" % MOST, b"x" * MOST, b"\r\n0\r\n\r\n") == largest
    assert status(running, head % (path, MOST + 1)) == 413
    assert status(running, CHUNKED % path, b"%x\r\n" % (MOST + 1)) == 413


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"Content-Length: 1\r\nContent-Length: 1",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Transfer-Encoding: x, chunked",
        b"Content-Length: 1\r\n\tX: y",
        b"Content-Length: 1\nX: y",
        b"X Y: z\r\nContent-Length: 1",
    ],
)
def test_nothing_is_smuggled(running: Site, path: bytes, fields: bytes) -> None:
    """The second request is none: it would be one for whoever read the length otherwise."""
    with connected(running) as connection:
        connection.sendall(b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n" % (path, fields))
        connection.sendall(b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        head, body = read_answer(connection)
        assert head.startswith(b"HTTP/1.1 400")
        assert b"X-Content-Type-Options: nosniff" in head
        assert b'"error":' in body
        assert connection.recv(10) == b""


def test_half_a_large_head_holds_no_thread(running: Site) -> None:
    with held_open(running, 40, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: yyyyyyyy\r\n" * 6000):
        answered(running, "heads", 3)
        assert running.http.request("GET", f"{running.router}/healthz", timeout=30).status == 200


def test_heads_of_the_size_that_gunicorn_takes(running: Site) -> None:
    fields = b"".join(b"X-%d: %b\r\n" % (number, b"y" * 8000) for number in range(98))
    assert status(running, b"GET /healthz HTTP/1.1\r\nHost: x\r\n", fields, b"\r\n") == 200
    assert status(running, b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n" * 100, b"\r\n") == 431
    assert status(running, b"GET /%b HTTP/1.1\r\n" % (b"x" * 5000)) == 414


@pytest.mark.parametrize("half", [b"GET /heal", CHUNKED % b"/ping" + b"2\r\nx"], ids=["head", "chunk"])
def test_slow_requests_are_told_so(running: Site, half: bytes) -> None:
    with connected(running) as connection:
        connection.sendall(half)
        head, body = read_answer(connection)
        assert head.startswith(b"HTTP/1.1 408")
        assert b"too-slow" in body
        assert connection.recv(10) == b""
