"""The time that a request to somebody else's system has, from its first name look-up to the last byte of its answer.

A time-out of a socket counts anew with every byte, every address and every redirect. So one timer watches over the
whole request: when its time is up, the connection that is open then is cut off. A name that is
not resolved in time is given up; the system's resolver cannot be interrupted, so it runs in a thread of its own.
"""

import os
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar
from time import monotonic
from types import TracebackType
from typing import Any, Final

import urllib3
from urllib3.connection import HTTPConnection

RESOLVERS: Final = 64
"""Names that a process resolves at the same time; with all of them slow, the next one waits for a place."""

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""As getaddrinfo tells it."""


_current: Final[ContextVar["Deadline | None"]] = ContextVar("deadline", default=None)
"""Of the request that this thread makes."""


class Deadline:
    """One request's. Inside of the block timed connections are cut off when the time is up."""

    def __init__(self, until: float) -> None:
        self.until = until  # by the monotonic clock
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None  # a second one of the open connection: TLS takes the first one away
        self.is_over = False
        self._timer = threading.Timer(max(0.0, self.left()), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._outer = _current.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._watch(None)
        _current.reset(self._outer)

    def left(self) -> float:
        """Seconds; negative when the time is up."""
        return self.until - monotonic()

    def watch(self, connection: socket.socket) -> None:
        """From now on this is the connection that is cut off. TimeoutError when the time is up already."""
        self._watch(socket.socket(fileno=os.dup(connection.fileno())))
        if self.is_over:
            raise TimeoutError

    def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Where a host is. TimeoutError when that is not known in time; OSError when there is no such host."""
        if not _resolvers.free.acquire(timeout=max(0.0, self.left())):
            raise TimeoutError
        answer: Future[Sequence[Address]] = Future()
        threading.Thread(target=_resolve, args=(host, port, answer), name="resolver", daemon=True).start()
        return answer.result(max(0.0, self.left()))

    def connect(self, addresses: Sequence[Address], most_seconds: float, options: Any) -> socket.socket:
        """A connection to the first of the addresses that answers; each has its share of the time that is left."""
        fault: OSError = OSError("there is no address")
        until = min(self.until, monotonic() + most_seconds)
        for number, (family, kind, protocol, _, address) in enumerate(addresses):
            connection = socket.socket(family, kind, protocol)
            try:
                for option in options or ():
                    connection.setsockopt(*option)
                connection.settimeout(max(0.001, (until - monotonic()) / (len(addresses) - number)))
                connection.connect(address)
                self.watch(connection)
                return connection
            except OSError as error:
                connection.close()
                fault = error
        raise fault

    def _watch(self, handle: socket.socket | None) -> None:
        with self._lock:
            before, self._handle = self._handle, handle
            if self.is_over and handle is not None:
                _shut(handle)
        if before is not None:
            before.close()

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            if self._handle is not None:
                _shut(self._handle)


class TimedConnection(HTTPConnection):
    """Keeps the deadline of its request, where there is one: for name, connection, TLS, head and body together."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        if (deadline := _current.get()) is not None and self.sock is not None:
            deadline.watch(self.sock)
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        if (deadline := _current.get()) is None:
            return super()._new_conn()
        most = self.timeout if isinstance(self.timeout, int | float) else deadline.left()
        try:
            addresses = deadline.resolve(self._dns_host.strip("[]"), self.port)
            self.check(addresses)
            return deadline.connect(addresses, most, self.socket_options)
        except socket.gaierror as error:
            raise urllib3.exceptions.NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(self, f"no connection: {error.strerror}") from error

    def check(self, addresses: Sequence[Address]) -> None:
        """Raises what `request` is to raise when these addresses may not be asked."""


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it was closed already
        connection.shutdown(socket.SHUT_RDWR)


class _Resolvers:
    """The free places of this process."""

    def __init__(self) -> None:
        self.free = threading.Semaphore(RESOLVERS)


_resolvers: Final = _Resolvers()
os.register_at_fork(after_in_child=_resolvers.__init__)  # type: ignore[misc]


def _resolve(host: str, port: int, answer: "Future[Sequence[Address]]") -> None:
    """In a thread that the end of the process does not wait for."""
    try:
        answer.set_result(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
    except Exception as error:  # also what is no host at all (UnicodeError)
        answer.set_exception(error)
    finally:
        _resolvers.free.release()
