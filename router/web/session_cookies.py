"""The cookie of a session, and what proves that a request with it was made by our own page.

A browser sends a cookie along with whatever any page makes it send. SameSite=Strict keeps it from requests of other
sites; a request that changes something has to bear the session's CSRF token, too, which only our page can read. Over
TLS the cookie is Secure and has the prefix `__Host-`, so that no other host of the domain can put one in its place.
"""

from hmac import compare_digest
from typing import Final

from flask import Request, Response

from router.config.settings import Settings
from router.runtime.administration.sessions import csrf_of
from router.runtime.monitoring.metrics import admin_refusals_total
from router.web.problem_details import Problem
from router.web.senders import is_within, read_address

PLAIN: Final = "ivr_session"
SECURE: Final = "__Host-ivr_session"
HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def cookie_of(request: Request) -> str:
    """What the session's cookie holds, "" without one."""
    return request.cookies.get(SECURE) or request.cookies.get(PLAIN) or ""


def demand_own_page(request: Request, cookie: str) -> None:
    """Raises Problem for a request that changes something and bears no CSRF token of the session."""
    if request.method in SAFE:
        return
    if not compare_digest(request.headers.get(HEADER, "").encode(), csrf_of(cookie).encode()):
        admin_refusals_total.labels("csrf").inc()
        raise Problem(403, f"this bears no {HEADER} of its session (GET /api/session tells it)", code="csrf")


def refuse_other_sites(request: Request) -> None:
    """Raises Problem for a login that a page of another site makes a browser send."""
    if request.headers.get("Sec-Fetch-Site", "same-origin").lower() not in ("same-origin", "none"):
        admin_refusals_total.labels("csrf").inc()
        raise Problem(403, "a page of another site may not log in here", code="csrf")


def set_cookie(response: Response, cookie: str, request: Request, settings: Settings, seconds: float) -> None:
    """Have the browser keep it for as long as the session can last."""
    secure = is_over_tls(request, settings)
    response.set_cookie(
        SECURE if secure else PLAIN,
        cookie,
        max_age=int(seconds),
        path="/",
        secure=secure,
        httponly=True,
        samesite="Strict",
    )


def drop_cookie(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(PLAIN, path="/", httponly=True, samesite="Strict")
    response.delete_cookie(SECURE, path="/", secure=True, httponly=True, samesite="Strict")


def is_over_tls(request: Request, settings: Settings) -> bool:
    """Whether the browser speaks TLS: to us, to a proxy that we trust, or, as its own page says, to somebody."""
    if request.is_secure or request.headers.get("Origin", "").startswith("https://"):
        return True
    peer = read_address(request.remote_addr or "")
    trusted = peer is not None and is_within(peer, settings.trusted_proxies)
    return trusted and request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
