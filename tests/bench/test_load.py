"""The generator against a server that counts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.load import percentile, play
from bench.traffic import calls


@contextmanager
def counting_server(connections: int, status: bytes = b"200 OK") -> Iterator[tuple[list[socket.socket], list[bytes]]]:
    """Connections to it, and the bodies that it has received."""
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while stream.readline():
                length = 0
                while (line := stream.readline().strip()) != b"":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line[15:])
                received.append(stream.read(length))
                connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")

    def accept(listener: socket.socket) -> None:
        for _ in range(connections):
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield [socket.create_connection(listener.getsockname()[:2]) for _ in range(connections)], received


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)])
def test_percentile(share: float, value: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == value


def test_percentile_of_nothing() -> None:
    assert percentile([], 0.5) == 0.0


@pytest.mark.parametrize("per_second", [0.0, 400.0])
def test_every_request_is_sent_and_answered(per_second: float) -> None:
    load = calls("x", 10)
    with counting_server(3) as (connections, received):
        measured = play(connections, load, width=2, per_second=per_second)
    sent = sorted(request.data.partition(b"\r\n\r\n")[2] for call in load for request in call)
    assert sorted(received) == sent
    assert len(measured.latencies) == measured.statuses[200] == len(sent)
    assert measured.due.keys() == {request.mark for call in load for request in call if request.mark}


def test_refusals_are_counted_as_what_they_are() -> None:
    with counting_server(3, b"503 Service Unavailable") as (connections, _):
        measured = play(connections, calls("x", 3))
    assert set(measured.statuses) == {503}


def test_paced_requests_are_due_at_the_pace() -> None:
    with counting_server(1) as (connections, _):
        measured = play(connections, calls("x", 3), per_second=1000.0)
    instants = sorted(measured.due.values())
    steps = [round((later - instants[0]) * 1000, 6) for later in instants]
    assert steps == [round(step) for step in steps]
    assert len(set(steps)) == len(steps)
