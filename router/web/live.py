"""`GET /api/events`: what happens to calls, as server-sent events, so that nobody has to ask again and again.

One event tells that something was written about a call (`entry_id`, `account`, `kind`, `at`); what, the API's other
paths say. A stream holds one of the worker's threads, so there are a few of them, and each ends after a while: a client
comes again by itself with the id of the last event that it saw, and misses nothing.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from flask import Response, request

from router.runtime.ports import Store
from router.runtime.view import instant
from router.web.problems import Problem

STREAM_SECONDS: Final = 25.0  # below gunicorn's graceful_timeout: a reload does not wait for listeners
POLL_SECONDS: Final = 0.2
MOST_STREAMS: Final = 4  # of one process
BATCH: Final = 200
RETRY_MILLISECONDS: Final = 500

_places: Final = threading.BoundedSemaphore(MOST_STREAMS)


def stream(store: Store, account: str | None) -> Response:
    """The events of one account, or of all, from the `Last-Event-ID` on, or from now on."""
    after = _last_seen()
    if not _places.acquire(blocking=False):
        raise Problem(503, f"this process has {MOST_STREAMS} listeners already; try again, or poll /api/calls")
    leave = _once(_places.release)
    body = _Released(_events(store, account, store.last_record() if after is None else after), leave)
    return Response(
        body, content_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


def _last_seen() -> int | None:
    text = request.headers.get("Last-Event-ID") or request.args.get("after") or ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "the last event's id is a whole number, as a stream gave it out")
    return int(text)


def _events(store: Store, account: str | None, after: int) -> Iterator[bytes]:
    yield f"retry: {RETRY_MILLISECONDS}\nid: {after}\n\n".encode()
    until = time.monotonic() + STREAM_SECONDS
    seen = None
    while time.monotonic() < until:
        changed = store.changed()
        if changed == seen:
            time.sleep(POLL_SECONDS)
            continue
        records = store.records_after(after, BATCH)
        for number, owner, entry_id, at, kind in records:
            after = number
            if account in (None, owner):
                told = {"account": owner, "entry_id": entry_id, "kind": kind, "at": instant(at)}
                yield f"id: {number}\nevent: call\ndata: {msgspec.json.encode(told).decode()}\n\n".encode()
        seen = changed if len(records) < BATCH else None
    yield f": until later\nid: {after}\n\n".encode()


class _Released(Iterator[bytes]):
    """An iterator that gives its place back when it ends, or when the server closes it early."""

    def __init__(self, events: Iterator[bytes], leave: Callable[[], None]) -> None:
        self._events = events
        self._leave = leave

    def __next__(self) -> bytes:
        try:
            return next(self._events)
        except BaseException:
            self._leave()
            raise

    def close(self) -> None:
        self._leave()


def _once(action: Callable[[], None]) -> Callable[[], None]:
    pending = [action]

    def act() -> None:
        while pending:
            pending.pop()()

    return act
