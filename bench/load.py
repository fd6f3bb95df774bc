"""A load generator on plain sockets: each connection plays its own calls, one request at a time.

Closed loop: a connection sends its next request when the last one was answered. Paced: requests leave at a fixed rate
over all connections, and a latency counts from the instant at which a request was due, so that a stall is not hidden by
the requests that it held back.
"""

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

BUFFER_BYTES = 65_536
GIVE_UP_SECONDS = 60.0
CONNECT_GAP_SECONDS = 0.01
"""Connections that come at the same instant are all accepted by the one worker that is awake: not what is measured."""


@dataclass
class Measured:
    """What a load brought. Latencies in seconds, in no particular order."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    own_cpu_seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


class _Connection:
    def __init__(self, address: tuple[str, int], requests: Iterable[bytes]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting = deque(requests)
        self.since = 0.0  # when the request on the wire was due; 0 while none is
        self.buffer = b""

    def send(self, due: float) -> None:
        self.since = due
        self.socket.sendall(self.waiting.popleft())

    def receive(self) -> int | None:
        """The status of an answer that is complete now."""
        chunk = self.socket.recv(BUFFER_BYTES)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self.buffer += chunk
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < _content_length(head):
            return None
        self.buffer = b""
        self.since = 0.0
        return int(head[9:12])


def _content_length(head: bytes) -> int:
    start = head.lower().index(b"content-length:") + 15
    return int(head[start:].split(b"\r\n", 1)[0])


def play(address: tuple[str, int], calls: list[list[bytes]], *, connections: int, per_second: float = 0.0) -> Measured:
    """Send all requests of all calls; with `per_second` at that pace, else as fast as they are answered."""
    shares: list[list[bytes]] = [[] for _ in range(connections)]
    for number, requests in enumerate(calls):
        shares[number % connections].extend(requests)
    lines: list[_Connection] = []
    for share in shares:
        if lines:
            time.sleep(CONNECT_GAP_SECONDS)
        lines.append(_Connection(address, share))
    measured = Measured()
    selector = selectors.DefaultSelector()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    cpu, started = time.process_time(), time.perf_counter()
    try:
        _run(lines, selector, measured, started, per_second)
    finally:
        for line in lines:
            line.socket.close()
        selector.close()
    measured.seconds = time.perf_counter() - started
    measured.own_cpu_seconds = time.process_time() - cpu
    return measured


def _run(
    lines: list[_Connection], selector: selectors.BaseSelector, measured: Measured, started: float, per_second: float
) -> None:
    total = sum(len(line.waiting) for line in lines)
    sent = 0
    while len(measured.latencies) < total:
        now = time.perf_counter()
        if now - started > GIVE_UP_SECONDS:
            raise TimeoutError(f"{total - len(measured.latencies)} requests were not answered in time")
        for line in lines:
            due = started + sent / per_second if per_second else now
            if due > now:
                break
            if not line.since and line.waiting:
                line.send(due)
                sent += 1
        wait = max(0.0, started + sent / per_second - now) if per_second and sent < total else 0.5
        for key, _ in selector.select(wait):
            line = key.data
            since = line.since
            status = line.receive()
            if status is not None:
                measured.latencies.append(time.perf_counter() - since)
                measured.statuses[status] += 1
                if not per_second and line.waiting:
                    line.send(time.perf_counter())
                    sent += 1


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie; nearest rank."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
