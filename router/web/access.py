"""Who may use the admin API and the console.

With IVR_ADMIN_TOKEN: whoever bears it. Without it: nobody but a user of this machine. A request that a proxy passed on
is not one, and neither is what a web page elsewhere makes a local browser send, be it by a foreign Origin or by a name
that was made to point here.
"""

from collections.abc import Callable
from hmac import compare_digest
from urllib.parse import urlsplit

from flask import Request, request

from router.web.problems import Problem
from router.web.senders import read_address


def guard(token: str) -> Callable[[], None]:
    """A function to run before each view that is not public."""

    def check() -> None:
        if token:
            _demand_token(request, token)
        else:
            _demand_loopback(request)

    return check


def _demand_token(request: Request, token: str) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        raise Problem(401, "this needs the bearer token of IVR_ADMIN_TOKEN")


def _demand_loopback(request: Request) -> None:
    if _is_forwarded(request):
        raise Problem(403, "a forwarded request needs IVR_ADMIN_TOKEN to be set")
    peer = read_address(request.remote_addr or "")
    if peer is None or not peer.is_loopback or not _is_local_name(request.host):
        raise Problem(403, "without IVR_ADMIN_TOKEN only this machine itself is answered")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Problem(403, "a page of another site may not do this")


def _is_forwarded(request: Request) -> bool:
    names = (name.lower() for name, _ in request.headers)
    return any(name in ("forwarded", "via", "x-real-ip") or name.startswith("x-forwarded-") for name in names)


def _is_local_name(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    address = read_address(name)
    return name == "localhost" or (address is not None and address.is_loopback)
