"""The pure parts of the benchmark, and its generator against a server that counts."""

import socket
import threading

import pytest

from bench.load import percentile, play
from bench.traffic import call_events, calls


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)])
def test_percentile(share: float, value: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == value


def test_percentile_of_nothing() -> None:
    assert percentile([], 0.5) == 0.0


def test_traffic_keeps_the_order_within_a_call() -> None:
    seqs = [(path, payload.get("seq")) for path, payload in call_events("x")]
    assert seqs == [("events/call", 1), ("events/dtmf", 1), ("events/call", 2), ("events/summary", None)]
    assert calls("x", 3) == calls("x", 3)


@pytest.mark.parametrize("per_second", [0.0, 400.0])
def test_every_request_is_sent_and_answered(per_second: float) -> None:
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while head := stream.readline():
                length = 0
                while (line := stream.readline().strip()) != b"":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line[15:])
                received.append(head + stream.read(length))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def accept(listener: socket.socket) -> None:
        for _ in range(3):
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    load = calls("x", 10)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        measured = play(listener.getsockname()[:2], load, connections=3, per_second=per_second)
    total = sum(map(len, load))
    assert len(received) == len(measured.latencies) == measured.statuses[200] == total
