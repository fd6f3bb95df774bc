"""Requests to systems that a flow's author names: lookups and notifications.

The author chose the host; the system there chooses everything else. So what always holds:

- a request has a time, from the look-up of its host's name to the end of its answer, redirects included, and an answer
  has a size: neither can be exceeded, however slowly it drips (`deadline`);
- only a GET follows a redirect, three times at most, never from https to http, and never to an address that only the
  inside of a network can reach, which is asked of the very addresses that are connected to, before they are;
- what the author put into headers stays with the host that it was written for;
- a fault is told by its kind: no part of a request is in any message, since parts of it are secret.
"""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPSConnection

from router.runtime.outbound_ports import OutsideRequest, Reply
from router.sender.deadline import Address, Deadline, TimedConnection
from router.sender.pools import ProcessPools, make_pools, read_body
from router.sender.public_addresses import is_private

MAX_ANSWER_BYTES: Final = 256 * 1024
MOST_REDIRECTS: Final = 3
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
HEADERS: Final = {"User-Agent": "ivr-router", "Accept": "application/json"}


class PrivateAddressError(Exception):
    """A redirect led to an address that is not everybody's."""


class HttpOutside:
    """`runtime.ports.Outside` over HTTP. Thread-safe; a forked child makes connections of its own."""

    def __init__(self) -> None:
        self._anywhere = ProcessPools(lambda: make_pools(TimedConnection, _SecureConnection))
        self._public = ProcessPools(lambda: make_pools(_PublicConnection, _SecurePublicConnection))

    def fetch(self, request: OutsideRequest, timeout_seconds: float, *, private_redirects: bool = False) -> Reply:
        """Ask, and follow what may be followed. Never raises for what the network or the peer does."""
        with Deadline(monotonic() + timeout_seconds) as deadline:
            return self._fetch(request, deadline, private_redirects=private_redirects)

    def _fetch(self, request: OutsideRequest, deadline: Deadline, *, private_redirects: bool) -> Reply:
        pools = self._anywhere
        for _ in range(1 + MOST_REDIRECTS):
            try:
                response = _begin(pools.here(), request, deadline)
                target = _target(request, response)
            except (PrivateAddressError, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                return Reply(fault=_fault(TimeoutError() if deadline.left() <= 0 else error))
            if target is None:
                return _finish(response, deadline)
            response.close()
            if _is_downgrade(request.url, target):
                return Reply(fault="redirected from https to http")
            request = _redirected(request, target)
            pools = self._anywhere if private_redirects else self._public
        return Reply(fault=f"redirected more than {MOST_REDIRECTS} times")


def _begin(pools: urllib3.PoolManager, request: OutsideRequest, deadline: Deadline) -> urllib3.BaseHTTPResponse:
    left = deadline.left()
    if left <= 0:
        raise TimeoutError
    response = pools.request(
        request.method,
        request.url,
        body=request.body,
        headers=_headers(request),
        timeout=urllib3.Timeout(total=left),
        retries=False,
        redirect=False,
        preload_content=False,
    )
    if deadline.is_over:  # a head that was cut off may look like a short one
        response.close()
        raise TimeoutError
    return response


def _headers(request: OutsideRequest) -> Mapping[str, str]:
    """Ours, unless the author wrote one of the same name, in upper or lower case."""
    headers = urllib3.HTTPHeaderDict(HEADERS)
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    for name, value in request.headers.items():
        headers[name] = value
    return headers


def _finish(response: urllib3.BaseHTTPResponse, deadline: Deadline) -> Reply:
    body = read_body(response, MAX_ANSWER_BYTES, deadline.until)
    broke = body is None or deadline.is_over  # a body without a length ends wherever it is cut off
    return Reply(
        status=response.status,
        body=b"" if broke else body or b"",
        fault="the answer broke off, or is too long or too slow" if broke else "",
        retry_after=response.headers.get("Retry-After", ""),
        location=response.headers.get("Location", ""),
    )


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


class _SecureConnection(TimedConnection, HTTPSConnection):
    """The same over TLS."""


class _PublicConnection(TimedConnection):
    """Makes no connection into a private network."""

    def check(self, addresses: Sequence[Address]) -> None:
        if any(is_private(where[0]) for *_, where in addresses):
            raise PrivateAddressError


class _SecurePublicConnection(_PublicConnection, HTTPSConnection):
    """The same over TLS."""
