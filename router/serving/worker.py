"""gunicorn's threaded worker with a loop of its own: a thread is given a request only when the whole of it has come.

Theory of operation. The stock worker hands a connection to a thread once it is accepted, so a few dozen peers that stay
silent, or stop in the middle of a header or a body, hold every thread and no peer is answered. Here the loop alone
reads sockets, never waits for one, and closes what does not become whole in time. A whole request goes one of two ways:

- a plain POST to the webhook (`requests`) joins the next batch (`batches`), and the loop writes its answer: the fast
  path, which is only an optimisation and may be missing;
- everything else goes to gunicorn's parser in a thread of the pool (`gunicorn_request`), its body decoded. The loop
  leaves the connection alone until the thread is done.

What always holds: a connection has one request under way at most, so that answers keep their order; a peer that does
not send costs memory that is bounded (`connections`) and no thread, and so does what waits for one; a worker that has
to leave, or whose master has died, answers what is in flight first, but takes no more.
"""

import socket
import struct
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from selectors import EVENT_WRITE
from typing import Any, Final

from gunicorn.workers.gthread import TConn

from router.serving.batches import Batches, Direct
from router.serving.client_connections import SMALL_BYTES, Connection
from router.serving.giving_away import GivingAway, Take
from router.serving.gunicorn_request import CutRequestParser, status_of
from router.serving.http_parser import Refused
from router.serving.loop import LARGE_SECONDS, LINGER_SECONDS, WHOLE_SECONDS, LoopingWorker
from router.serving.raw_answers import Answers
from router.serving.requests import PlainRequest

STALL_SECONDS: Final = 10
"""How long a thread may block on a socket all the same: on a peer that does not read its answer."""

READ_BYTES: Final = 64 * 1024

FULL: Final = Refused(503, "busy", "too much waits to be worked on here: try again")

LEAVING: Final = Refused(503, "leaving", "the server ends, and this request had not come whole")
LATE: Final = Refused(408, "too-slow", "the request had not come whole in time")


class BufferingWorker(LoopingWorker):
    """The worker class of gunicorn.conf.py. TLS and the PROXY protocol, when they are switched on, are served as the
    stock worker serves them."""

    wsgi: Any  # the application

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answers = Answers()
        self._direct: Direct | None = None
        self._in_threads: dict[socket.socket, Connection] = {}

    def load_wsgi(self) -> None:
        super().load_wsgi()
        if not self._is_stock:
            self.wsgi = GivingAway(self.wsgi, self._most_connections() // 2, self._give)

    def limit_bodies(self, most_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        """Take no larger bodies, but on the paths that are named as `larger`."""
        paths = {path.encode(): size for path, size in (larger or {}).items()}
        self._limits = replace(self._limits, body=most_bytes, larger=paths)

    def serve_directly(self, direct: Direct) -> None:
        """Have plain requests answered by `direct`; a post_worker_init hook calls it.

        With an access log, which has a line for each request, all requests go through gunicorn.
        """
        unlogged = not (self.cfg.accesslog or self.cfg.logconfig or self.cfg.logconfig_dict or self.cfg.statsd_host)
        if unlogged and not self._is_stock:
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
            was_idle = not connection.incoming.has_begun
            self._connections.add(connection, chunk)
            if connection.is_busy:
                self._connections.watch(
                    connection, 0
                )  # it runs ahead: the kernel keeps the rest until its answer is sent
            elif self._lacks_more(connection):
                self._wait_for_more(connection, was_idle)
            self._connections.bound_bytes()

    @staticmethod
    def _wait_for_more(connection: Connection, has_begun: bool) -> None:
        if connection.incoming.takes_longer():
            connection.deadline = time.monotonic() + LARGE_SECONDS
        elif has_begun:
            connection.deadline = time.monotonic() + WHOLE_SECONDS

    def _hear_end(self, connection: Connection) -> None:
        """The peer sends no more; what it asked for is still answered."""
        connection.is_over = True
        self._connections.watch(connection, 0)
        if not connection.is_busy:
            self._connections.close(connection)

    def _lacks_more(self, connection: Connection) -> bool:
        """Set the first request going, if it is whole; True while it is not."""
        incoming = connection.incoming
        try:
            if incoming.is_whole():
                self._begin_work(connection)
                return False
        except Refused as refused:
            self._refuse(connection, refused)
            return False
        if incoming.wants_permission():
            _write(connection, b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _refuse(self, connection: Connection, refused: Refused) -> None:
        """What else this peer sends is not read, and it is not listened to any longer."""
        connection.incoming.clear()
        self._connections.recount(connection)
        connection.closes = True
        connection.outgoing = self._answers.refuse(refused.status, refused.error, refused.message)
        self._send(connection)

    def _refuse_half(self, connection: Connection) -> None:
        if not connection.outgoing:
            why = LATE if self.alive else LEAVING
            _write(connection, self._answers.refuse(why.status, why.error, why.message))

    def _begin_work(self, connection: Connection) -> None:
        """Raises Refused."""
        connection.is_busy = connection.served = True
        incoming = connection.incoming
        before = incoming.size
        if before > SMALL_BYTES and not self._connections.bound_bytes():
            raise FULL
        request = None
        if self._direct is not None:
            request = incoming.take_plain(connection.peer, self._direct.takes)
        if request is not None and self._batches is not None:
            self._batches.add(connection, request)
        else:
            self._hand_over(connection, *incoming.take())
        connection.under_way = before - incoming.size
        self._connections.recount(connection)

    # the fast path

    def _report(self, connections: list[Connection], requests: list[PlainRequest], answers: Any) -> None:
        """In a thread: have the loop send the answers."""
        self.defer(self._answer, connections, requests, answers)

    def _answer(
        self, connections: Sequence[Connection], requests: Sequence[PlainRequest], answers: Sequence[tuple[int, bytes]]
    ) -> None:
        if self._batches is not None:
            self._batches.returned(connections)
        self.nr += len(requests)
        if self.nr >= self.max_requests:
            self.alive = False
        for connection, request, (status, body) in zip(connections, requests, answers, strict=True):
            connection.closes = not (request.keeps and self.alive and self._keepalive)
            connection.outgoing = self._answers.build(status, body, keeps=not connection.closes)
            self._send(connection)

    def _send(self, connection: Connection) -> None:
        """As much as the peer takes now; the loop comes back for the rest."""
        sent = _write(connection, connection.outgoing)
        if sent < 0:
            self._connections.close(connection)
            return
        connection.outgoing = connection.outgoing[sent:]
        if connection.outgoing:
            connection.is_busy = False  # so that its deadline counts
            connection.deadline = time.monotonic() + WHOLE_SECONDS
            self._connections.watch(connection, EVENT_WRITE)
        else:
            self._answered(connection)

    def _answered(self, connection: Connection) -> None:
        """The next request, or the end."""
        connection.under_way = 0
        self._connections.recount(connection)
        if connection.closes:
            self._linger(connection)
        elif connection.incoming.has_begun and not self._lacks_more(connection):
            return
        elif connection.is_over:
            self._connections.close(connection)
        elif connection.incoming.has_begun:
            self._connections.wait_for(connection, WHOLE_SECONDS)
        else:
            self._connections.wait_for(connection, self._keepalive if self.alive else LINGER_SECONDS)

    def _linger(self, connection: Connection) -> None:
        """Close our side and read on for a moment: closing with unread bytes would reset the last answer away."""
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            connection.is_over = True
        if connection.is_over:
            self._connections.close(connection)
        else:
            self._connections.wait_for(connection, LINGER_SECONDS)

    # through gunicorn and WSGI

    def _hand_over(self, connection: Connection, head: bytes, body: bytes) -> None:
        """To a thread."""
        self._connections.watch(connection, 0)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", STALL_SECONDS, 0))
        conn = TConn(self.cfg, connection.socket, connection.address, self._server)
        conn.parser = CutRequestParser(self.cfg, conn.client, head, body)
        conn.initialized = conn.data_ready = True
        self._in_threads[connection.socket] = connection
        future = self.tpool.submit(self.handle, conn)
        future.add_done_callback(lambda done: self.defer(self._returned, connection, done))

    def _give(self, client: socket.socket, take: Take) -> None:
        """In a thread: the application takes this connection once the thread has let go of it."""
        self._in_threads[client].taken_by = take

    def _returned(self, connection: Connection, done: "Future[Any]") -> None:
        """A thread has answered, or the application keeps the connection."""
        del self._in_threads[connection.socket]
        try:
            connection.socket.setblocking(False)
        except OSError:  # it was closed in the thread
            self._connections.close(connection)
            return
        if connection.taken_by is not None:
            connection.taken_by(connection.socket, lambda: self.defer(self._connections.close, connection))
            return
        if done.cancelled() or done.exception() is not None or done.result() is not True:
            connection.closes = True
        self._answered(connection)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """In a thread: answer what gunicorn's parser refuses, or what went wrong behind it."""
        status = status_of(exc)
        if status == 500:
            self.log.exception("a request could not be answered")
            answer = self._answers.refuse(status, "failed", "the request could not be answered")
        else:
            self.log.info("refused a request that is not plainly HTTP: %s", type(exc).__name__)
            answer = self._answers.refuse(status, "malformed", "a part of the request's head is not as HTTP wants it")
        try:
            client.sendall(answer)
        except OSError:
            self.log.debug("the peer of a refused request is gone")


def _write(connection: Connection, data: bytes) -> int:
    """How many bytes the kernel took, -1 when the connection is broken."""
    try:
        return connection.socket.send(data)
    except (BlockingIOError, InterruptedError):
        return 0
    except OSError:
        return -1
