"""`GET /api/events`: what happens to calls and accounts, as server-sent events, instead of asking again and again.

Under a server that gives connections away (`serving`) a listener costs a socket and a place in the journal; one thread
writes to all of them (`stream_loop`), and a stream stays open. Under any other WSGI server it holds one of the server's
threads, so there are a few, and each ends after a while. Either way a client comes again by itself with the id of the
last event that it saw, and misses nothing.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from flask import Response, request

from router.errors import StoreUnavailable
from router.history.live_events import TOLD_KINDS
from router.runtime.ports import Store
from router.web.access import Access
from router.web.event_feed import Feed
from router.web.identities import identity
from router.web.listeners import Listener, Wanted
from router.web.problem_details import Problem
from router.web.stream_loop import CHECK_SECONDS, Given, Peer, StreamLoop

STREAM_SECONDS: Final = 25.0  # of one that holds a thread
POLL_SECONDS: Final = 0.2
MOST_STREAMS: Final = 4  # of one process, that hold a thread each
RETRY_SECONDS: Final = 5
STUCK_SECONDS: Final = 1.0
"""What a listener that holds a thread and does not read may take of a process that leaves."""

GIVES_AWAY: Final = "ivr.connections"
"""Where a server that gives connections away says how many of them may be streams."""

KIND: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """The streams of one process."""

    def __init__(self, store: Store, access: Access) -> None:
        self._access = access
        self._feed = Feed(store)
        self._loop = StreamLoop(self._feed, access.still_holds)
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._open: set[_Stream] = set()

    def open(self, account: str | None) -> Response:
        """The events that the query chooses, from the `Last-Event-ID` on, or from now on."""
        if self._leaving.is_set():
            raise Problem(503, "this process is about to end; try again", retry_after=1)
        listener = self._listener(account)
        if request.method == "HEAD":  # it would never give its place back
            return Response(content_type=KIND, headers=HEADERS)
        most = request.environ.get(GIVES_AWAY)
        connection = request.environ.get("gunicorn.socket")
        body = _Stream(self, listener, connection, takes_over=most is not None)
        self._take_place(body, MOST_STREAMS if most is None else most)
        return Response(body, content_type=KIND, headers=HEADERS, direct_passthrough=True)

    def end(self) -> None:
        """End all streams: each tells what has happened so far and closes its connection. Returns at once."""
        if not self._leaving.is_set():
            self._leaving.set()
            self._loop.end()
            threading.Thread(target=self._cut_stuck, name="streams-end", daemon=True).start()

    def run(self, peer: Peer) -> None:
        """A connection that the server has given away."""
        self._loop.add(peer)

    def told(self, listener: Listener) -> Iterator[bytes]:
        """The whole of a stream that holds a thread."""
        yield listener.opening
        now = time.monotonic()
        until, check = now + STREAM_SECONDS, now + CHECK_SECONDS
        is_last = False
        while not is_last:
            now = time.monotonic()
            is_last = self._leaving.is_set() or now >= until
            if now >= check:
                check, is_last = now + CHECK_SECONDS, is_last or self._is_revoked(listener)
            has_more = self._refresh()
            if block := listener.next(now, time.time()):
                yield block
            elif not (has_more or is_last):
                self._leaving.wait(POLL_SECONDS)
        yield listener.closing()

    def give_back(self, stream: "_Stream") -> None:
        """The place of a stream; harmless when repeated."""
        with self._lock:
            self._open.discard(stream)

    def closed(self, stream: "_Stream") -> None:
        """The server has written all of it, or has given it up."""
        self.give_back(stream)
        if self._leaving.is_set():  # this peer's next request is not waited for
            stream.cut()

    def _take_place(self, stream: "_Stream", most: int) -> None:
        with self._lock:
            if len(self._open) >= most:
                said = f"this process has {most} listeners already; try again, or poll /api/calls"
                raise Problem(503, said, retry_after=RETRY_SECONDS)
            self._open.add(stream)

    def _listener(self, account: str | None) -> Listener:
        last_id = request.headers.get("Last-Event-ID") or request.args.get("after") or ""
        wanted = Wanted(
            account=account,
            flow=request.args.get("flow") or None,
            line=request.args.get("line") or None,
            kinds=_kinds(),
        )
        try:
            return Listener(self._feed, identity(), wanted, last_id, time.monotonic())
        except ValueError as error:
            raise Problem(400, str(error)) from None

    def _refresh(self) -> bool:
        try:
            return self._feed.refresh()
        except StoreUnavailable:  # heartbeats go on
            return False

    def _is_revoked(self, listener: Listener) -> bool:
        try:
            return not self._access.still_holds(listener.who)
        except StoreUnavailable:
            return False

    def _cut_stuck(self) -> None:
        time.sleep(STUCK_SECONDS)
        with self._lock:
            stuck = tuple(self._open)
        for stream in stuck:
            stream.cut()


def _kinds() -> frozenset[str]:
    """Those of the query, `kind=call,dtmf`."""
    chosen = frozenset(filter(None, request.args.get("kind", "").replace(" ", "").split(",")))
    for name in sorted(chosen - frozenset(TOLD_KINDS)):
        raise Problem(400, f"there is no kind {name[:100]!r}: kind is some of {', '.join(TOLD_KINDS)}, as in call,dtmf")
    return chosen


class _Stream(Iterator[bytes]):
    """The body of one answer. It says when it has ended, however it ends: also when the server closes it early."""

    def __init__(
        self, streams: Streams, listener: Listener, connection: socket.socket | None, *, takes_over: bool
    ) -> None:
        self._streams = streams
        self._listener = listener
        self._connection = connection
        self._blocks: Iterator[bytes] | None = None
        if takes_over:
            self.take_over = self._take_over

    def __next__(self) -> bytes:
        self._blocks = self._blocks or self._streams.told(self._listener)
        try:
            return next(self._blocks)
        except BaseException:
            self._streams.give_back(self)
            raise

    def close(self) -> None:
        self._streams.closed(self)

    def cut(self) -> None:
        """Close the connection, whether its peer reads or not."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _take_over(self, given: Given) -> None:
        """Called by the server in the place of reading on: the connection is ours, until it is done."""

        def ended() -> None:
            self._streams.give_back(self)
            given.done()

        self._streams.run(Peer(self._listener, given, ended))
