"""Requests to systems that a flow's author names: lookups and notifications.

The author chose the host; whoever answers there chooses everything else. So what always holds:

- an answer has a time and a size that it cannot exceed, however slowly it drips;
- only a GET follows a redirect, three times at most, never from https to http, and never to an address that only the
  inside of a network can reach, which is asked of the connection itself, not of a name;
- what the author put into headers stays with the host that it was written for;
- a fault is told by its kind: no part of a request is in any message, since parts of it are secret.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from router.runtime.peers import OutsideRequest, Reply
from router.sender.pools import ProcessPools, make_pools, read_body

MAX_ANSWER_BYTES: Final = 256 * 1024
MOST_REDIRECTS: Final = 3
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
HEADERS: Final = {"User-Agent": "ivr-router", "Accept": "application/json"}
TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # an IPv4 address behind NAT64 (RFC 6052)


class PrivateAddressError(Exception):
    """A redirect led to an address that is not everybody's."""


class HttpOutside:
    """`runtime.ports.Outside` over HTTP. Thread-safe; a forked child makes connections of its own."""

    def __init__(self) -> None:
        self._anywhere = ProcessPools(lambda: make_pools(_Connection, _SecureConnection))
        self._public = ProcessPools(lambda: make_pools(_PublicConnection, _SecurePublicConnection))

    def fetch(self, request: OutsideRequest, timeout_seconds: float, *, private_redirects: bool = False) -> Reply:
        """Ask, and follow what may be followed. Never raises for what the network or the peer does."""
        until = monotonic() + timeout_seconds
        pools = self._anywhere
        for _ in range(1 + MOST_REDIRECTS):
            try:
                response = _begin(pools.here(), request, until)
                target = _target(request, response)
            except (PrivateAddressError, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                return Reply(fault=_fault(error))
            if target is None:
                return _finish(response, until)
            response.close()
            if _is_downgrade(request.url, target):
                return Reply(fault="redirected from https to http")
            request = _redirected(request, target)
            pools = self._anywhere if private_redirects else self._public
        return Reply(fault=f"redirected more than {MOST_REDIRECTS} times")


def _begin(pools: urllib3.PoolManager, request: OutsideRequest, until: float) -> urllib3.BaseHTTPResponse:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return pools.request(
        request.method,
        request.url,
        body=request.body,
        headers=_headers(request),
        timeout=urllib3.Timeout(total=left),
        retries=False,
        redirect=False,
        preload_content=False,
    )


def _headers(request: OutsideRequest) -> Mapping[str, str]:
    """Ours, unless the author wrote one of the same name, in whatever case."""
    headers = urllib3.HTTPHeaderDict(HEADERS)
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    for name, value in request.headers.items():
        headers[name] = value
    return headers


def _finish(response: urllib3.BaseHTTPResponse, until: float) -> Reply:
    body = read_body(response, MAX_ANSWER_BYTES, until)
    if body is None:
        return Reply(status=response.status, fault="the answer broke off, or is too long or too slow")
    return Reply(status=response.status, body=body)


def _target(request: OutsideRequest, response: urllib3.BaseHTTPResponse) -> str | None:
    """Where the answer leads, None when it is the answer itself."""
    location = response.headers.get("Location")
    if request.method != "GET" or response.status not in REDIRECTS or not location:
        return None
    return urljoin(request.url, location)


def _is_downgrade(url: str, target: str) -> bool:
    return urlsplit(target).scheme != "https" and urlsplit(url).scheme == "https"


def _redirected(request: OutsideRequest, target: str) -> OutsideRequest:
    same_host = _origin(urlsplit(request.url)) == _origin(urlsplit(target))
    return OutsideRequest(method="GET", url=target, headers=request.headers if same_host else {})


def _origin(url: SplitResult) -> tuple[str, str]:
    return url.scheme, url.netloc


FAULTS: Final[tuple[tuple[type[Exception], str], ...]] = (  # the first that fits
    (PrivateAddressError, "redirected to a private address, which lookup_private would allow"),
    (urllib3.exceptions.NewConnectionError, "cannot connect"),
    (urllib3.exceptions.TimeoutError, "no answer in time"),
    (TimeoutError, "no answer in time"),
    (urllib3.exceptions.SSLError, "no trusted TLS connection"),
    (urllib3.exceptions.ProtocolError, "the connection broke, or what came is not HTTP"),
    (urllib3.exceptions.HTTPError, "the address or a redirect cannot be used"),
    (OSError, "the connection broke"),
    (ValueError, "the request cannot be written as HTTP"),
)


def _fault(error: Exception) -> str:
    return next(text for kind, text in FAULTS if isinstance(error, kind))


class _Connection(HTTPConnection):
    """Waits for an answer's head no longer than its time-out: the library's own counts anew with every byte."""

    def getresponse(self) -> Any:
        with _cut_off(self.sock, self.timeout):
            return super().getresponse()


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _PublicConnection(_Connection):
    """Speaks to nobody inside a private network."""

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        if is_private(connection.getpeername()[0]):
            connection.close()
            raise PrivateAddressError
        return connection


class _SecurePublicConnection(_PublicConnection, HTTPSConnection):
    """The same over TLS."""


@contextmanager
def _cut_off(connection: socket.socket | None, seconds: Any) -> Iterator[None]:
    """Ends the connection from another thread when the time is up; TimeoutError if that was so."""
    if connection is None or not isinstance(seconds, int | float):
        yield
        return
    is_cut = threading.Event()
    timer = threading.Timer(seconds, _cut, (connection, is_cut))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if is_cut.is_set():
            raise TimeoutError


def _cut(connection: socket.socket, is_cut: threading.Event) -> None:
    is_cut.set()
    with suppress(OSError):  # it was closed already
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # a TLS socket's own would take its reader's state away


def is_private(address: str) -> bool:
    """Whether an IP address is not one of the public internet, in whatever dress it comes."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or _translated(found) or found
    return not found.is_global or found.is_multicast


def _translated(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in TRANSLATED else None
