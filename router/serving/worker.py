"""gunicorn's threaded worker with a loop of its own: a thread is given a request only when the whole of it has come.

Theory of operation. The stock worker hands a connection to a thread once it is accepted, so a few dozen peers that stay
silent, or stop in the middle of a header or a body, hold every thread and nobody is answered. Here the loop alone
reads sockets, never waits for one, and closes what does not become whole in time. A whole request goes one of two ways:

- a plain POST to the webhook (`requests`) joins the next batch (`batches`), and the loop writes its answer;
- everything else goes to gunicorn's parser in a thread of the pool, in front of it what has been read already. The
  loop leaves the connection alone until the thread is done.

What always holds: a connection has one request under way at most, so that answers keep their order; a peer that does
not send, or does not take its answer, costs memory that is bounded (`connections`) and no thread; a worker that is told
to leave, or whose master has died, answers what is in flight first, but takes no more.
"""

import socket
import struct
import time
from collections.abc import Sequence
from concurrent.futures import Future
from selectors import EVENT_WRITE
from typing import Any, Final

from gunicorn import http
from gunicorn.workers.gthread import TConn

from router.serving.answers import Answers
from router.serving.batches import Batches, Direct
from router.serving.connections import Connection
from router.serving.loop import LINGER_SECONDS, WHOLE_SECONDS, LoopingWorker
from router.serving.requests import PlainRequest

STALL_SECONDS: Final = 10
"""How long a thread may block on a socket all the same: on a peer that does not read its answer."""

READ_BYTES: Final = 64 * 1024

TOO_LARGE: Final = b'{"code":3104,"error":"too-large","message":"the body is larger than anything that is taken"}'

LEAVING: Final = b'{"code":5000,"error":"leaving","message":"the server ends, and this request had not come whole"}'


class BufferingWorker(LoopingWorker):
    """The worker class of gunicorn.conf.py. TLS, should it ever be switched on, is served as the stock worker does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answers = Answers()
        self._direct: Direct | None = None

    def serve_directly(self, direct: Direct) -> None:
        """Have plain requests answered by `direct`; a post_worker_init hook calls it.

        Whoever wants each request in an access log, or speaks the PROXY protocol, gets the long way for all.
        """
        unlogged = not (self.cfg.accesslog or self.cfg.logconfig or self.cfg.logconfig_dict or self.cfg.statsd_host)
        if unlogged and self.cfg.proxy_protocol == "off" and not self.cfg.is_ssl:
            self._direct = direct
            self._batches = Batches(direct, self._report)

    # reading

    def _ready(self, connection: Connection, client: socket.socket) -> None:
        if connection.outgoing:
            self._send(connection)
        else:
            self._receive(connection, client)

    def _receive(self, connection: Connection, client: socket.socket) -> None:
        try:
            chunk = client.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._hear_end(connection)
        elif not connection.closes:
            was_idle = not connection.incoming.buffer
            self._crowd.add(connection, chunk)
            if connection.is_busy:
                self._crowd.watch(connection, 0)  # it runs ahead: the kernel keeps the rest until its answer is sent
            else:
                self._advance(connection, was_idle=was_idle)
            self._crowd.bound_bytes()

    def _hear_end(self, connection: Connection) -> None:
        """The peer sends no more; what it asked for is still answered."""
        connection.is_over = True
        self._crowd.watch(connection, 0)
        if not connection.is_busy:
            self._crowd.close(connection)

    def _advance(self, connection: Connection, *, was_idle: bool) -> None:
        """Set the first request going, if it is whole."""
        incoming = connection.incoming
        if incoming.is_too_large():
            self._refuse(connection)
        elif incoming.is_whole():
            self._begin_work(connection)
        else:
            if was_idle:
                connection.deadline = time.monotonic() + WHOLE_SECONDS
            if incoming.wants_permission():
                incoming.continued = True
                _write(connection, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, connection: Connection) -> None:
        """More than anybody may send is not read, and its peer is not listened to any longer."""
        self._crowd.took(len(connection.incoming.take_all()))
        connection.closes = True
        connection.outgoing = self._answers.build(413, TOO_LARGE, keeps=False)
        self._send(connection)

    def _refuse_half(self, connection: Connection) -> None:
        if not connection.outgoing:
            _write(connection, self._answers.build(503, LEAVING, keeps=False))

    def _begin_work(self, connection: Connection) -> None:
        connection.is_busy = connection.served = True
        incoming = connection.incoming
        before = len(incoming.buffer)
        if self._direct is not None and self._batches is not None:
            request = incoming.take_plain(connection.peer, self._direct.takes)
            if request is not None:
                self._crowd.took(before - len(incoming.buffer))
                self._batches.add(connection, request)
                return
        self._crowd.took(before)
        self._hand_over(connection, incoming.take_all())

    # the short way

    def _report(self, connections: list[Connection], requests: list[PlainRequest], answers: Any) -> None:
        """In a lane: have the loop send the answers."""
        self.method_queue.defer(self._answer, connections, requests, answers)

    def _answer(
        self, connections: Sequence[Connection], requests: Sequence[PlainRequest], answers: Sequence[tuple[int, bytes]]
    ) -> None:
        if self._batches is not None:
            self._batches.returned()
        self.nr += len(requests)
        if self.nr >= self.max_requests:
            self.alive = False
        for connection, request, (status, body) in zip(connections, requests, answers, strict=True):
            connection.closes = not (request.keeps and self.alive and self.cfg.keepalive)
            connection.outgoing = self._answers.build(status, body, keeps=not connection.closes)
            self._send(connection)

    def _send(self, connection: Connection) -> None:
        """As much as the peer takes now; the loop comes back for the rest."""
        sent = _write(connection, connection.outgoing)
        if sent < 0:
            self._crowd.close(connection)
            return
        connection.outgoing = connection.outgoing[sent:]
        if connection.outgoing:
            connection.is_busy = False  # so that its deadline counts
            connection.deadline = time.monotonic() + WHOLE_SECONDS
            self._crowd.watch(connection, EVENT_WRITE)
        else:
            self._answered(connection)

    def _answered(self, connection: Connection) -> None:
        """The next request, or the end."""
        incoming = connection.incoming
        if connection.closes:
            self._linger(connection)
        elif incoming.buffer and incoming.is_whole():
            self._advance(connection, was_idle=True)
        elif connection.is_over:
            self._crowd.close(connection)
        elif incoming.buffer:
            self._crowd.wait_for(connection, WHOLE_SECONDS)
        else:
            self._crowd.wait_for(connection, self.cfg.keepalive if self.alive else LINGER_SECONDS)

    def _linger(self, connection: Connection) -> None:
        """Close our side and read on for a moment: closing with unread bytes would reset the last answer away."""
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            connection.is_over = True
        if connection.is_over:
            self._crowd.close(connection)
        else:
            self._crowd.wait_for(connection, LINGER_SECONDS)

    # the long way

    def _hand_over(self, connection: Connection, request: bytes) -> None:
        """To a thread, with what has come already in front of the socket."""
        self._crowd.watch(connection, 0)
        limit = struct.pack("ll", STALL_SECONDS, 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            connection.socket.setsockopt(socket.SOL_SOCKET, option, limit)
        conn = TConn(self.cfg, connection.socket, connection.address, connection.socket.getsockname())
        conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        conn.initialized = conn.data_ready = True
        conn.parser.unreader.unread(request)
        future = self.tpool.submit(self.handle, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self._returned, connection, conn, done))

    def _returned(self, connection: Connection, conn: Any, done: "Future[Any]") -> None:
        """A thread has answered. What it has read ahead is the next request's."""
        try:
            connection.socket.setblocking(False)
        except OSError:  # it was closed in the thread
            self._crowd.close(connection)
            return
        if done.cancelled() or done.exception() is not None or done.result() is not True:
            connection.closes = True
        else:
            self._crowd.add(connection, conn.parser.unreader.buf.getvalue())
        self._answered(connection)


def _write(connection: Connection, data: bytes) -> int:
    """How many bytes the kernel took, -1 when the connection is broken."""
    try:
        return connection.socket.send(data)
    except (BlockingIOError, InterruptedError):
        return 0
    except OSError:
        return -1
