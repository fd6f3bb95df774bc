"""Connections that an application takes for itself: an answer that goes on for hours must hold no thread.

An application whose answer's body has `take_over` gets the connection with it, after the thread has let go of it. The
loop keeps it among its connections, counts it, and neither reads nor writes it, until the application is done with it.
"""

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from gunicorn.util import http_date

MOST: Final = "ivr.connections"
"""Where the environment says how many connections an application may have at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A connection that is the application's."""

    client: socket.socket  # does not block
    head: bytes  # of the answer, to be sent before anything else
    is_chunked: bool  # whether the body is told in chunks; else its end is that of the connection
    done: Callable[[], object]  # to be called once it is of no more use

    def framed(self, part: bytes) -> bytes:
        """A part of the body as it goes over the wire."""
        return b"%x\r\n%b\r\n" % (len(part), part) if self.is_chunked and part else part

    @property
    def last(self) -> bytes:
        """What ends the body."""
        return b"0\r\n\r\n" if self.is_chunked else b""


Take = Callable[[socket.socket, Callable[[], object]], object]
"""Called with the connection and with what to call when it is of no more use."""


class GivenAway(StopIteration):  # the one exception at which gunicorn's handler quietly lets go
    """The connection is the application's."""


class GivingAway:
    """The WSGI application, for gunicorn; `give(connection, take)` is called for each connection that it takes."""

    def __init__(self, wsgi: Any, most: int, give: Callable[[socket.socket, Take], object]) -> None:
        self._wsgi = wsgi
        self._most = most
        self._give = give

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            told[:] = status, headers
            return start_response(status, headers, exc_info)

        environ[MOST] = self._most
        body: Iterable[bytes] = self._wsgi(environ, start)
        take_over = getattr(body, "take_over", None)
        if take_over is None or environ["REQUEST_METHOD"] != "GET":
            return body
        is_chunked = environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        head = _head(*told, is_chunked=is_chunked)
        self._give(
            environ["gunicorn.socket"],
            lambda client, done: take_over(Given(client=client, head=head, is_chunked=is_chunked, done=done)),
        )
        raise GivenAway


def _head(status: str, headers: list[tuple[str, str]], *, is_chunked: bool) -> bytes:
    own = [("Server", "gunicorn"), ("Date", http_date()), ("Connection", "close")]
    own += [("Transfer-Encoding", "chunked")] if is_chunked else []
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in (*own, *headers))]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
