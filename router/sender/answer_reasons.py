"""Why an answer is not the PBX's own yes, in one of a few words: metrics count by them, so there is a bounded number.

A PBX that answers 500, or a page of HTML, a redirect or garbage, that hangs or closes the connection, is each a
different fault with a different cure.
"""

import socket
import ssl
from typing import Final

import msgspec
import urllib3

from router.protocol.codes import code_label, is_success, status_label

CONNECTING: Final[tuple[tuple[type[BaseException], str], ...]] = (  # the first that fits
    (ssl.SSLError, "tls"),
    (urllib3.exceptions.SSLError, "tls"),
    (urllib3.exceptions.NameResolutionError, "dns"),
    (socket.gaierror, "dns"),
    (ConnectionRefusedError, "connection-refused"),
    (ConnectionError, "connect-closed"),
    (TimeoutError, "connect-timeout"),
    (urllib3.exceptions.ConnectTimeoutError, "connect-timeout"),
)
ANSWERING: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (urllib3.exceptions.TimeoutError, "timeout"),
    (TimeoutError, "timeout"),
    (ssl.SSLError, "tls"),
    (urllib3.exceptions.SSLError, "tls"),
    (ConnectionError, "closed"),  # `http.client` counts an answer without any byte among these
)


def why_unconnected(error: BaseException) -> str:
    """Of a connection that did not come about."""
    return _first(CONNECTING, error) or "unreachable"


def why_unanswered(error: BaseException) -> str:
    """Of a request whose answer did not come; what came instead of HTTP is garbage."""
    return _first(ANSWERING, error) or "garbage"


def why_odd(status: int, code: int, body: bytes | None) -> str:
    """Of an answer that came: "" for the PBX's yes. `body` is None when it broke off."""
    if status == 200:
        if body is None:
            return "broken-off"
        if code:
            return "" if is_success(code) else code_label(code)
        return _body(body)
    if code:
        return code_label(code)
    return status_label(status)


def _body(body: bytes) -> str:
    """Of an answer without a code: nothing, or JSON without one, is a yes as well (PROTOCOL.md, B)."""
    text = body.decode(errors="replace").removeprefix("\ufeff").strip()
    if text[:1] == "<":
        return "html"
    try:
        told = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        return "garbage"
    return "" if isinstance(told, dict) or told == [] else "garbage"


def _first(reasons: tuple[tuple[type[BaseException], str], ...], error: BaseException) -> str:
    """The reason of the first kind that the error, or what it was made of, belongs to."""
    parts = [part for part in (error, error.__cause__, error.__context__, *error.args) if part is not None]
    return next((word for kind, word in reasons if any(isinstance(part, kind) for part in parts)), "")
