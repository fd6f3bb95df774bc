"""The loop of a worker, from its first turn to its last, and how new connections come to it.

What always holds: a worker that has to leave, or has lost its master, takes no more requests and answers those in
flight; a turn ends soon, whatever peers and threads do.
"""

import errno
import os
import queue
import resource
import select
import signal
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

from router.serving.batches import PATIENCE_SECONDS, Batches
from router.serving.client_connections import Connection, ConnectionPool
from router.serving.connection_counts import ConnectionCount
from router.serving.http_parser import Limits

WHOLE_SECONDS: Final = 10.0
"""How long a request may take to come, from its connection or from its first byte on; and an answer, to be taken."""

LARGE_SECONDS: Final = 60.0
"""The same for a body that is larger than others may be."""

LINGER_SECONDS: Final = 2.0
"""How long a closing connection is read from, so that its last answer is not lost; and how long a leaving worker keeps
idle ones, for a request that may be on its way."""

FINISH_SECONDS: Final = 10.0
"""What gunicorn's `graceful_timeout` leaves, after the requests in flight, to what the process does on its own."""

ORPHAN_SECONDS: Final = 5.0
"""What a worker without a master still takes for what is in flight."""

SPARE_FILES: Final = 128
"""File descriptors that are left for the database, the PBX and the threads' connections."""

LOOK_AGAIN_SECONDS: Final = 0.001
"""After that a worker sees whether the connection that it left to others is still there."""

MOST_LINE_BYTES: Final = 8190
"""A line of a head, where gunicorn's settings ask for no limit (0)."""

MOST_FIELDS: Final = 32768
"""The same of the header fields."""

STOPS: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})

OUT_OF_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
OUT_OF_FILES_SECONDS: Final = 0.1


class LoopingWorker(ThreadWorker, ABC):  # type: ignore[misc]  # gunicorn has no types
    """Connections come and wait here; `_ready` is what a subclass does with one of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._count = ConnectionCount(self.age)
        self._batches: Batches | None = None
        self._limits = Limits(
            line=min(self.cfg.limit_request_line or MOST_LINE_BYTES, MOST_LINE_BYTES),
            fields=self.cfg.limit_request_fields or MOST_FIELDS,
            field=self.cfg.limit_request_field_size or MOST_LINE_BYTES,
        )
        self._completions = select.poll()  # readable when a thread is done
        self._accept_at = 0.0  # when a connection that was left to others is looked at again; 0 for at once
        self._kept_house_at = 0.0
        self._is_orphan = False
        self._when_leaving: Callable[[], object] = lambda: None
        self._deferring = threading.Lock()
        self._has_left = False

    def when_leaving(self, act: Callable[[], object]) -> None:
        """Have `act` called, in the loop, once this worker is to leave: before it waits for what is in flight."""
        self._when_leaving = act

    def defer(self, act: Callable[..., object], *values: Any) -> None:
        """In any thread: have `act` called in the loop. Once that is over nothing is written to its pipe, whose number
        may be another file's by then."""
        with self._deferring:
            if not self._has_left:
                self.method_queue.defer(act, *values)

    @property
    def _is_stock(self) -> bool:
        """Whether what comes is not plain HTTP from its first byte on: gunicorn's own loop serves that."""
        return bool(self.cfg.is_ssl or self.cfg.proxy_protocol != "off" or self.cfg.protocol != "http")

    def init_signals(self) -> None:
        """Listen to the master from now on, and to what it has said since the fork: until now this process had the
        master's own handlers, and those only queue a signal, for a loop that does not run here."""
        handlers_of = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        super().init_signals()
        if not STOPS.isdisjoint(_queued(getattr(handlers_of, "SIG_QUEUE", None))):
            self.alive = False

    def run(self) -> None:
        """Serve until the worker has to leave."""
        if self._is_stock:
            super().run()
            return
        self._begin()
        while self.alive:
            self._turn(1.0)
        self._leave()

    def _begin(self) -> None:
        self._keepalive: float = self.cfg.keepalive  # read once: gunicorn looks it up each time
        self._server = _widest([listener.getsockname() for listener in self.sockets])
        self._connections = ConnectionPool(self.poller, self._most_connections(), self._limits, self._ready)
        self.poller.register(self.method_queue.fileno(), EVENT_READ, self.method_queue.run_callbacks)
        self._completions.register(self.method_queue.fileno(), select.POLLIN)
        try:
            self.poller.register(os.pidfd_open(self.ppid), EVENT_READ, self._orphaned)
        except (AttributeError, OSError):  # no such thing here, or gone already: `_keep_house` sees it within a second
            self.log.debug("no watch on the master")
        if self._batches is not None:
            self._batches.start()
        self.set_accept_enabled(True)

    def _most_connections(self) -> int:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most: int = self.worker_connections
        return most if files == resource.RLIM_INFINITY else max(1, min(most, files - SPARE_FILES))

    def _turn(self, most_seconds: float) -> None:
        """Wait for events, and do what they ask for."""
        now = time.monotonic()
        if now - self._kept_house_at >= 1.0:
            self._keep_house(now)
        if self._accept_at:
            most_seconds = min(most_seconds, max(0.0, self._accept_at - now))
            if now >= self._accept_at:
                self._accept_at = 0.0
                self.set_accept_enabled(self.alive)
        self.wait_for_and_dispatch_events(most_seconds)
        if self._batches is not None:
            self._batches.gather(self._look)
            self._batches.hand_over()
            if self._batches.is_full and self._completions.poll(PATIENCE_SECONDS * 1000):
                self.method_queue.run_callbacks(None)

    def _look(self) -> None:
        """See what has come meanwhile, without waiting for it."""
        self.wait_for_and_dispatch_events(0.0)

    def _keep_house(self, now: float) -> None:
        self._kept_house_at = now
        self.notify()
        if self.alive and not self.is_parent_alive():
            self._orphan()
        if self.alive:
            self._count.show(len(self._connections))
        self._refuse_halves(now)
        self._connections.close_overdue(now)

    def _refuse_halves(self, now: float) -> None:
        """Answer peers whose requests have not become whole in time: nothing was taken."""
        for connection in self._connections:
            if not connection.is_busy and connection.deadline <= now and connection.incoming.has_begun:
                self._refuse_half(connection)

    def _orphaned(self, file: Any) -> None:
        self.poller.unregister(file)
        self._orphan()

    def _orphan(self) -> None:
        """The master is gone, and the next one will want the port."""
        self.log.warning("the master is gone: this worker leaves")
        self._is_orphan = True
        self.alive = False

    def _leave(self) -> None:
        """Take no more, answer what is in flight, and go."""
        self._count.leave()
        self._close_listeners()
        self._when_leaving()
        now = time.monotonic()
        until = now + (ORPHAN_SECONDS if self._is_orphan else max(1.0, self.cfg.graceful_timeout - FINISH_SECONDS))
        for connection in self._connections:
            connection.deadline = min(connection.deadline, now + LINGER_SECONDS)
        while self._connections and time.monotonic() < until:
            self._turn(0.2)
        for connection in self._connections:
            self._cut(connection)
        if self._batches is not None:
            self._batches.stop()
        self.tpool.shutdown(wait=False)
        self.poller.close()
        with self._deferring:
            self._has_left = True
            self.method_queue.close()

    def _cut(self, connection: Connection) -> None:
        """Close it whatever it does: a thread that writes to it comes back, and the process can end."""
        with suppress(OSError):
            connection.socket.shutdown(socket.SHUT_RDWR)
        self._connections.close(connection)

    def _close_listeners(self) -> None:
        """Peers that the kernel has connected already get their answers, unless the next master needs the port."""
        for listener in self.sockets:
            while not self._is_orphan and self._accept_one(listener):
                pass
        self.set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()

    # connections

    def accept(self, listener: Any) -> None:
        """One connection, unless another worker has fewer."""
        if self._is_stock:
            super().accept(listener)
        elif self._count.defers(len(self._connections)):
            self._accept_later(LOOK_AGAIN_SECONDS)
        else:
            self._accept_one(listener)

    def _accept_later(self, seconds: float) -> None:
        self.set_accept_enabled(False)
        self._accept_at = time.monotonic() + seconds

    def _accept_one(self, listener: Any) -> bool:
        self._connections.make_room()
        try:
            client, address = listener.accept()
        except OSError as error:  # another worker was faster, or the peer is gone already, or
            if error.errno in OUT_OF_FILES and not self._connections.evict():
                self._accept_later(OUT_OF_FILES_SECONDS)
            return False
        client.setblocking(False)
        self._connections.wait_for(Connection(client, address, self._limits), WHOLE_SECONDS)
        self._count.show(len(self._connections) if self.alive else 0)
        return True

    @abstractmethod
    def _refuse_half(self, connection: Connection) -> None:
        """Its request will not be waited for any longer."""

    @abstractmethod
    def _ready(self, connection: Connection, client: socket.socket) -> None:
        """Bytes have come on this connection."""


def _widest(addresses: Sequence[Any]) -> Any:
    """What a worker listens on, as one address: where it can be reached from elsewhere, that one."""
    return next(
        (one for one in addresses if isinstance(one, tuple) and not ip_address(one[0]).is_loopback), addresses[0]
    )


def _queued(signals: Any) -> set[int]:
    """What a master's queue of signals holds; nothing of a master that has none."""
    found: set[int] = set()
    if isinstance(signals, queue.SimpleQueue):
        with suppress(queue.Empty):
            while True:
                found.add(signals.get_nowait())
    return found
