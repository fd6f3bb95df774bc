"""What a worker says of its connections, and which of them it gives up."""

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from router.serving.requests import PlainRequest
from tests.serving.in_process import Served, serving

LENGTH = b"Host: x\r\nContent-Length: 0\r\n"
PLAIN, PLAIN_OLD = (b"POST /direct HTTP/%b\r\n%%b\r\n" % version for version in (b"1.1", b"1.0"))
OTHER, OTHER_OLD = (b"POST /app HTTP/%b\r\n%%b\r\n" % version for version in (b"1.1", b"1.0"))


class Echo:
    """Answers at once by either way."""

    threads = 1

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.is_asked = threading.Event()

    def takes(self, path: str) -> bool:
        return path == "/direct"

    def answer_all(self, requests: Sequence[PlainRequest]) -> list[tuple[int, bytes]]:
        self.is_asked.set()
        self.may_answer.wait(30)
        return [(200, b"{}") for _ in requests]

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def served(echo: Echo) -> Iterator[Served]:
    with serving(echo, echo) as found:
        yield found


def said(answers: bytes) -> list[bytes]:
    """The Connection field of each answer."""
    return [value.lower() for value in re.findall(rb"(?im)^connection: *(.*?)\r$", answers)]


def answer(connection: socket.socket) -> bytes:
    """One answer with its two bytes of body, which may come apart; less when the connection ends."""
    found = b""
    while not found.endswith(b"{}") and (piece := connection.recv(4096)):
        found += piece
    return found


def is_open(connection: socket.socket) -> bool:
    """Whether the worker still answers on it."""
    try:
        connection.sendall(PLAIN % LENGTH)
        return answer(connection).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False


@pytest.mark.parametrize("keeping", [b"", b"Connection: keep-alive\r\n"])
@pytest.mark.parametrize("request_", [PLAIN, OTHER])
def test_an_answer_says_that_its_connection_stays(request_: bytes, keeping: bytes, served: Served) -> None:
    with served.connect() as connection:
        for _ in range(3):
            connection.sendall(request_ % (LENGTH + keeping))
            assert said(answer(connection)) == [b"keep-alive"]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (PLAIN, b"Connection: close\r\n"),
        (OTHER, b"Connection: close\r\n"),
        (PLAIN_OLD, b""),
        (OTHER_OLD, b""),
        (PLAIN_OLD, b"Connection: close\r\n"),
    ],
)
def test_an_answer_says_that_its_connection_ends(request_: bytes, field: bytes, served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(request_ % (LENGTH + field) + PLAIN % LENGTH)
        answers = b"".join(iter(lambda: connection.recv(4096), b""))
    assert said(answers) == [b"close"], "what stands behind it is not read"


def test_http_1_0_stays_open_when_it_asks(served: Served) -> None:
    keeping = LENGTH + b"Connection: keep-alive\r\n"
    assert said(served.ask(PLAIN_OLD % keeping, PLAIN_OLD % LENGTH)) == [b"keep-alive", b"close"]


@pytest.mark.parametrize("keepalive", [0, 5])
def test_a_worker_that_keeps_no_connections_says_so(keepalive: int, echo: Echo) -> None:
    with serving(echo, echo, keepalive=keepalive) as found, found.connect() as connection:
        connection.sendall(PLAIN % LENGTH)
        assert said(answer(connection)) == [b"keep-alive" if keepalive else b"close"]


def test_a_worker_that_leaves_says_so(served: Served, echo: Echo) -> None:
    echo.may_answer.clear()
    with served.connect() as connection:
        connection.sendall(PLAIN % LENGTH)
        echo.is_asked.wait(30)
        served.worker.handle_exit(None, None)
        echo.may_answer.set()
        assert said(answer(connection)) == [b"close"]


def test_a_refusal_ends_its_connection(served: Served) -> None:
    answers = served.ask(b"POST /direct HTTP/1.1\r\nContent-Length: x\r\n\r\n", PLAIN % LENGTH)
    assert answers.startswith(b"HTTP/1.1 400")
    assert said(answers) == [b"close"]


# Who has to go when there are too many.


def test_strangers_go_before_peers_that_were_served(echo: Echo) -> None:
    with serving(echo, echo, worker_connections=3) as found, found.connect() as served:
        assert is_open(served)
        with found.connect() as stranger, found.connect() as newcomer, found.connect() as another:
            assert is_open(newcomer)
            assert is_open(another)
            assert is_open(served), "although it has waited longer than the stranger"
            assert not is_open(stranger)


def test_of_peers_that_were_served_who_waited_longest_goes(echo: Echo) -> None:
    with serving(echo, echo, worker_connections=3) as found:
        first, second, third = peers = [found.connect() for _ in range(3)]
        assert all(is_open(one) for one in peers)
        assert is_open(first), "now the second has waited longest"
        with found.connect() as newcomer:
            assert is_open(newcomer)
            assert is_open(first)
            assert is_open(third)
            assert not is_open(second)
        for one in peers:
            one.close()


def test_who_is_being_worked_for_stays(echo: Echo) -> None:
    with serving(echo, echo, worker_connections=1) as found, found.connect() as busy:
        echo.may_answer.clear()
        busy.sendall(PLAIN % LENGTH)
        echo.is_asked.wait(30)
        with found.connect() as newcomer:
            newcomer.sendall(OTHER % LENGTH)
            assert answer(newcomer).startswith(b"HTTP/1.1 200"), "one more is let in than are wanted"
            echo.may_answer.set()
            assert answer(busy).startswith(b"HTTP/1.1 200")
