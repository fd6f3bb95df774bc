"""gunicorn's threaded worker with one change: a thread is given a request only when the whole of it has come.

The stock worker hands a connection to a thread once it is accepted, so a few dozen peers that stay silent, or stop
in the middle of a header or a body, hold every thread and nobody is answered. Here the worker's own loop collects each
request, without blocking, and closes what does not become whole in time. Silence costs a file descriptor.

This module imports nothing of the router: gunicorn's master loads it, and what the master has loaded a HUP does not
renew in its workers.
"""

import re
import socket
import struct
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn import http
from gunicorn.workers.gthread import TConn, ThreadWorker

WHOLE_SECONDS: Final = 10.0
"""How long a request may take to come, from its connection or from its first byte on."""

STALL_SECONDS: Final = 10
"""How long a thread may block on a socket all the same: on a peer that does not read its answer."""

MOST_HEADER_BYTES: Final = 64 * 1024
MOST_BUFFERED_BYTES: Final = 4 * 1024 * 1024
READ_BYTES: Final = 64 * 1024

_length = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE).search
_chunked = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE).search
_expects = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE).search


class Arriving:
    """The bytes of one request while they come."""

    __slots__ = ("_needed", "buffer", "continued")

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.continued = False  # the peer was told to go on
        self._needed = 0  # bytes of the whole request, 0 while that is not known

    def is_whole(self) -> bool:
        """Whether a thread can work on it without waiting. What is over a limit counts as whole: it will be refused."""
        if self._needed:
            return len(self.buffer) >= self._needed
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return len(self.buffer) > MOST_HEADER_BYTES
        head = bytes(self.buffer[: end + 2])
        if _chunked(head):
            return self.buffer.endswith(b"0\r\n\r\n") or len(self.buffer) > MOST_BUFFERED_BYTES
        announced = _length(head)
        body_bytes = int(announced[1]) if announced is not None else 0
        self._needed = end + 4 + (body_bytes if body_bytes <= MOST_BUFFERED_BYTES else 0)
        return len(self.buffer) >= self._needed

    def wants_permission(self) -> bool:
        """Whether the peer holds its body back until it is told to go on (RFC 9110, 10.1.1)."""
        end = self.buffer.find(b"\r\n\r\n")
        return not self.continued and end >= 0 and _expects(bytes(self.buffer[: end + 2])) is not None


class BufferingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The worker class of gunicorn.conf.py. TLS, should it ever be switched on, is served as the stock worker does."""

    def accept(self, listener: Any) -> None:
        if self.cfg.is_ssl:
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
        except OSError:
            return  # another worker was faster, or the peer is gone already
        self.nr_conns += 1
        limit = struct.pack("ll", STALL_SECONDS, 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            client.setsockopt(socket.SOL_SOCKET, option, limit)
        self._await(TConn(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """The next request on a kept connection begins."""
        if self.cfg.is_ssl:
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._receive(conn, self._await(conn), client)

    def _await(self, conn: Any) -> Arriving:
        """Collect a request on this connection; `murder_pending` closes it when its time is over."""
        arriving = Arriving()
        conn.timeout = time.monotonic() + WHOLE_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn, arriving))
        return arriving

    def _receive(self, conn: Any, arriving: Arriving, client: socket.socket) -> None:
        try:
            chunk = client.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._forget(conn)
            self.nr_conns -= 1
            conn.close()
            return
        arriving.buffer += chunk
        if arriving.is_whole():
            self._forget(conn)
            self._hand_over(conn, bytes(arriving.buffer))
        elif arriving.wants_permission():
            arriving.continued = True
            client.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _forget(self, conn: Any) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)

    def _hand_over(self, conn: Any, request: bytes) -> None:
        """To a thread, with what has come already in front of the socket."""
        if conn.parser is None:
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        conn.initialized = conn.data_ready = True
        conn.parser.unreader.unread(request)
        self.enqueue_req(conn)
