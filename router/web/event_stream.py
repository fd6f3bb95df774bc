"""`GET /api/events`: what happens to calls, as server-sent events, instead of asking again and again.

One event tells that something was written about a call (`entry_id`, `account`, `kind`, `at`); what, the API's other
paths say. A stream holds one of the worker's threads, so there are a few of them, and each ends after a while, or as
soon as its process is to leave: a client comes again by itself with the id of the last event that it saw, and misses
nothing.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec
from flask import Response, request

from router.history.call_view import instant
from router.runtime.ports import Store
from router.web.problem_details import Problem

STREAM_SECONDS: Final = 25.0
POLL_SECONDS: Final = 0.2
MOST_STREAMS: Final = 4  # of one process
BATCH: Final = 200
RETRY_MILLISECONDS: Final = 500
STUCK_SECONDS: Final = 1.0
"""What a listener that does not read may take of a process that leaves."""


class Streams:
    """The streams of one process."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MOST_STREAMS)
        self._leaving = threading.Event()
        self._open: set[_Stream] = set()

    def open(self, store: Store, account: str | None) -> Response:
        """The events of one account, or of all, from the `Last-Event-ID` on, or from now on."""
        after = _last_seen()
        if self._leaving.is_set():
            raise Problem(503, "this process is about to end; try again")
        if not self._places.acquire(blocking=False):
            raise Problem(503, f"this process has {MOST_STREAMS} listeners already; try again, or poll /api/calls")
        events = _events(store, account, store.last_record() if after is None else after, self._leaving)
        body = _Stream(events, request.environ.get("gunicorn.socket"), self)
        self._open.add(body)
        return Response(
            body, content_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )

    def end(self) -> None:
        """End all streams: each tells what has happened so far and closes its connection. Returns at once."""
        if not self._leaving.is_set():
            self._leaving.set()
            threading.Thread(target=self._cut_stuck, name="streams-end", daemon=True).start()

    def give_back(self, stream: "_Stream") -> None:
        """The place of a stream; harmless when repeated."""
        if stream in self._open:
            self._open.discard(stream)
            self._places.release()

    def closed(self, stream: "_Stream") -> None:
        """The server has written all of it, or has given it up."""
        self.give_back(stream)
        if self._leaving.is_set():  # this peer's next request is not waited for
            stream.cut()

    def _cut_stuck(self) -> None:
        time.sleep(STUCK_SECONDS)
        for stream in tuple(self._open):
            stream.cut()


def _last_seen() -> int | None:
    text = request.headers.get("Last-Event-ID") or request.args.get("after") or ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "the last event's id is a whole number, as a stream gave it out")
    return int(text)


def _events(store: Store, account: str | None, after: int, leaving: threading.Event) -> Iterator[bytes]:
    yield f"retry: {RETRY_MILLISECONDS}\nid: {after}\n\n".encode()
    until = time.monotonic() + STREAM_SECONDS
    seen, is_last = None, False
    while not is_last:
        is_last = leaving.is_set() or time.monotonic() >= until
        changed = store.changed()
        if changed == seen:
            leaving.wait(0.0 if is_last else POLL_SECONDS)
            continue
        records = store.records_after(after, BATCH)
        for number, owner, entry_id, at, kind in records:
            after = number
            if account in (None, owner):
                told = {"account": owner, "entry_id": entry_id, "kind": kind, "at": instant(at)}
                yield f"id: {number}\nevent: call\ndata: {msgspec.json.encode(told).decode()}\n\n".encode()
        seen = changed if len(records) < BATCH else None
    yield f": until later\nid: {after}\n\n".encode()


class _Stream(Iterator[bytes]):
    """The body of one answer. It says when it has ended, however it ends: also when the server closes it early."""

    def __init__(self, events: Iterator[bytes], connection: socket.socket | None, streams: Streams) -> None:
        self._events = events
        self._connection = connection
        self._streams = streams

    def __next__(self) -> bytes:
        try:
            return next(self._events)
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
