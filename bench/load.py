"""A load generator on plain sockets: each connection plays its own calls, one request at a time.

Closed loop: a connection sends its next request when the last one was answered. Paced: requests leave at a fixed rate
over all connections, and a latency counts from the instant at which a request was due, so that a stall is not hidden by
the requests that it held back. Instants are those of the machine's monotonic clock, which all processes share.
"""

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil

from bench.traffic import Request, woven

BUFFER_BYTES = 65_536
GIVE_UP_SECONDS = 60.0
WAIT_SECONDS = 0.5


@dataclass
class Measured:
    """What a load brought. Latencies in seconds, in no particular order."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    due: dict[str, float] = field(default_factory=dict)  # a request's mark -> when it was due
    seconds: float = 0.0
    own_cpu_seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


class _Connection:
    def __init__(self, connection: socket.socket, requests: Iterable[Request], measured: Measured) -> None:
        self.socket = connection
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting = deque(requests)
        self._measured = measured
        self._since = 0.0
        self._buffer = b""

    def send(self, due: float) -> None:
        request = self.waiting.popleft()
        self._since = due
        if request.mark:
            self._measured.due[request.mark] = due
        self.socket.sendall(request.data)

    def receive(self) -> bool:
        """Whether the answer is complete now; then it is counted."""
        chunk = self.socket.recv(BUFFER_BYTES)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self._buffer += chunk
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < content_length(head):
            return False
        self._buffer = b""
        self._measured.latencies.append(time.perf_counter() - self._since)
        self._measured.statuses[int(head[9:12])] += 1
        return True


def content_length(head: bytes) -> int:
    """Of a message's head, which has to name one."""
    start = head.lower().index(b"content-length:") + 15
    return int(head[start:].split(b"\r\n", 1)[0])


def play(
    connections: list[socket.socket], calls: list[list[Request]], *, width: int = 1, per_second: float = 0.0
) -> Measured:
    """Send all requests of all calls; with `per_second` at that pace, else as fast as they are answered.

    On each connection `width` calls go on at the same time. The connections are closed in the end. Raises TimeoutError
    after a minute.
    """
    measured = Measured()
    lines = [
        _Connection(connection, woven(calls[number :: len(connections)], width), measured)
        for number, connection in enumerate(connections)
    ]
    cpu, started = time.process_time(), time.perf_counter()
    try:
        if per_second:
            _paced(lines, started, per_second)
        else:
            _closed_loop(lines, started)
    finally:
        for line in lines:
            line.socket.close()
    measured.seconds = time.perf_counter() - started
    measured.own_cpu_seconds = time.process_time() - cpu
    return measured


def _closed_loop(lines: list[_Connection], started: float) -> None:
    with _selecting(lines) as selector:
        busy = [line for line in lines if line.waiting]
        for line in busy:
            line.send(time.perf_counter())
        open_ = len(busy)
        while open_:
            for line in _answered(selector, started, WAIT_SECONDS):
                if line.waiting:
                    line.send(time.perf_counter())
                else:
                    open_ -= 1


def _paced(lines: list[_Connection], started: float, per_second: float) -> None:
    """Whoever has been idle longest sends the next request, so that a call's requests are spread out in time."""
    total = sum(len(line.waiting) for line in lines)
    idle = deque(line for line in lines if line.waiting)
    sent = answered = 0
    with _selecting(lines) as selector:
        while answered < total:
            while idle and started + sent / per_second <= time.perf_counter():
                idle.popleft().send(started + sent / per_second)
                sent += 1
            wait = max(0.0, started + sent / per_second - time.perf_counter()) if idle else WAIT_SECONDS
            for line in _answered(selector, started, wait):
                answered += 1
                if line.waiting:
                    idle.append(line)


def _selecting(lines: list[_Connection]) -> selectors.BaseSelector:
    """`select` itself: epoll waits in whole milliseconds, too coarse for a pace."""
    selector = selectors.PollSelector()  # any descriptor, also one above 1,023
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    return selector


def _answered(selector: selectors.BaseSelector, started: float, wait: float) -> Iterator[_Connection]:
    if time.perf_counter() - started > GIVE_UP_SECONDS:
        raise TimeoutError("the load was not answered in time")
    for key, _ in selector.select(wait):
        if key.data.receive():
            yield key.data


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie; nearest rank. 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
