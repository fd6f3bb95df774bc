"""The connections of one worker, as its loop sees them.

What always holds: they and what they have sent are bounded, what waits for a thread included. At a bound those who
have waited longest without a whole request go first, strangers before peers that were served, so that newcomers find
room. A connection whose request is being worked on stays.
"""

import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from selectors import EVENT_READ, BaseSelector
from typing import Any, Final

from gunicorn import util

from router.serving.giving_away import Take
from router.serving.http_parser import Limits
from router.serving.requests import Incoming

MOST_BUFFERED_BYTES: Final = 64 << 20
"""What all connections of a worker may have sent that is not answered yet, unless two requests alone are larger."""

SMALL_BYTES: Final = 8 * 1024
"""A request of this size is let in whatever waits already: connections are bounded, too."""

Ready = Callable[["Connection", socket.socket], None]


class Connection:
    """A peer, what it sent, and what is still to be sent to it."""

    __slots__ = (
        "address",
        "closes",
        "counted",
        "deadline",
        "incoming",
        "is_busy",
        "is_over",
        "outgoing",
        "served",
        "socket",
        "taken_by",
        "under_way",
        "watched",
    )

    def __init__(self, sock: socket.socket, address: Any, limits: Limits) -> None:
        self.socket = sock
        self.address = address
        self.incoming = Incoming(limits)
        self.under_way = 0  # bytes of the request that is being worked on, or waits for a thread
        self.counted = 0  # of its bytes, in what is bounded
        self.outgoing = b""
        self.deadline = 0.0  # by the monotonic clock: closed unless something whole came by then
        self.is_busy = False  # a request of it is being worked on
        self.is_over = False  # the peer has sent its last byte
        self.closes = False  # nothing more is taken from it
        self.taken_by: Take | None = None  # by an application that keeps it
        self.served = False  # a whole request has come before
        self.watched = 0  # the events that the poller has it registered for

    @property
    def peer(self) -> str:
        """The other end's address; "" on a Unix socket."""
        return str(self.address[0]) if isinstance(self.address, tuple) else ""


class ConnectionPool:
    """All open connections; `ready` is called in the loop when one of them is."""

    def __init__(self, poller: BaseSelector, most: int, limits: Limits, ready: Ready) -> None:
        self._poller = poller
        self._most = most
        self._most_bytes = max(MOST_BUFFERED_BYTES, 2 * (limits.head + limits.largest_body))
        self._ready = ready
        self._open: dict[Connection, None] = {}  # the one that has waited longest comes first
        self._buffered = 0

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._open))

    def watch(self, connection: Connection, events: int) -> None:
        """Wait for these events, 0 for none."""
        if events == connection.watched:
            return
        if not events:
            self._poller.unregister(connection.socket)
        else:
            change = self._poller.modify if connection.watched else self._poller.register
            change(connection.socket, events, partial(self._ready, connection))
        connection.watched = events

    def wait_for(self, connection: Connection, seconds: float) -> None:
        """Wait for a request of this connection, new or not; it is now the one that has waited shortest."""
        connection.is_busy = False
        connection.deadline = time.monotonic() + seconds
        self._open.pop(connection, None)
        self._open[connection] = None
        self.watch(connection, EVENT_READ)

    def close(self, connection: Connection) -> None:
        """Forget it; harmless when repeated."""
        if connection not in self._open:
            return
        del self._open[connection]
        self._buffered -= connection.counted
        self.watch(connection, 0)
        util.close(connection.socket)

    def close_overdue(self, now: float) -> None:
        """Close those whose time is over."""
        for connection in self:
            if not connection.is_busy and connection.deadline <= now:
                self.close(connection)

    def make_room(self) -> None:
        """Let another one in."""
        while len(self._open) >= self._most and self.evict():
            pass

    def evict(self, more_than: int = -1) -> bool:
        """Close one that waits and has sent more bytes than that; False when there is none."""
        waiting = [one for one in self._open if not one.is_busy and one.counted > more_than]
        victim = next((one for one in waiting if not one.served), None) or next(iter(waiting), None)
        if victim is not None:
            self.close(victim)
        return victim is not None

    def add(self, connection: Connection, chunk: bytes) -> None:
        """Bytes have come."""
        connection.incoming.add(chunk)
        connection.counted += len(chunk)
        self._buffered += len(chunk)

    def recount(self, connection: Connection) -> None:
        """Some of its bytes are gone: they were framing, or are answered."""
        if connection in self._open:
            counted = connection.incoming.size + connection.under_way
            self._buffered += counted - connection.counted
            connection.counted = counted

    def bound_bytes(self) -> bool:
        """After bytes have come, close connections that wait and have sent much; False when that is not enough."""
        while self._buffered > self._most_bytes and self.evict(SMALL_BYTES):
            pass
        return self._buffered <= self._most_bytes
