"""Whether a request without any credentials was sent by a user of this machine: while nobody can log in and
IVR_ADMIN_TOKEN is not set, these alone are answered.

And these only while the router cannot be reached from elsewhere: where it listens on more than loopback, or stands
behind proxies, every such request is refused, since a local peer may speak for anybody there. A request that a proxy
passed on is refused even if its proxy is not named, and so is what a web page elsewhere makes a local browser send, be
it by a foreign Origin, by a name that was made to point here, or by a link.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from flask import Request

from router.config.settings import Settings
from router.runtime.monitoring.metrics import admin_refusals_total
from router.web.problem_details import Problem
from router.web.senders import read_address

OPEN_IT: Final = "IVR_ADMIN_TOKEN to be set, or users (`ivr user add`)"

_forwarding = re.compile(
    r"forward|(^|-)via$|real-?(ip|port|host)|client-?(ip|port|cert|verify)|connecting-ip|remote-?(ip|addr|host|port|user)"
    r"|originating-(ip|host)|original-(host|url|uri|method|proto)|(source|user|peer|host|viewer|visitor)-?(ip|addr)"
    r"|^x-(host|ip|scheme|url-scheme|ssl|tls|https|port|envoy|amzn?-|azure|appengine|arr|rewrite|cloud|goog|varnish|vercel)"
    r"|^x-(nf|akamai|edge|waws|served|auth-request|pomerium|authentik|traefik|istio|sucuri|zscaler|bluecoat|coming)"
    r"|^(cdn|cf|cloudfront|fastly|fly|akamai|incap|ngrok|tailscale|front-end|disguised)-|prox(y|ied)"
).search
"""Fields that proxies add, by vendor-neutral parts of their names and by the vendors' own prefixes."""


def demand_this_machine(request: Request, settings: Settings) -> None:
    """Raises Problem, which says why it is refused."""
    if (reason := _why_closed(request, settings)) is not None:
        admin_refusals_total.labels("not_local").inc()
        raise Problem(403, reason)


def _why_closed(request: Request, settings: Settings) -> str | None:
    """Why a request without a token is refused; None for one that a user of this machine sent."""
    if settings.trusted_proxies:
        return f"behind proxies (IVR_TRUSTED_PROXIES) this needs {OPEN_IT}"
    if settings.listen.startswith("unix:"):
        return f"a router that listens on a Unix socket cannot tell who asks: this needs {OPEN_IT}"
    if not (_is_local_name(urlsplit(f"//{settings.listen}").hostname or "") and _listens_locally(request)):
        return f"a router that listens on more than this machine's loopback needs {OPEN_IT}"
    if any(_forwarding(name.lower()) for name, _ in request.headers):
        return f"a forwarded request needs {OPEN_IT}"
    peer = read_address(request.remote_addr or "")
    if peer is None or not peer.is_loopback or not _is_local_name(urlsplit(f"//{request.host}").hostname or ""):
        return "without IVR_ADMIN_TOKEN only this machine itself is answered"
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return "a page of another site may not do this"
    if "cross-site" in request.headers.get("Sec-Fetch-Site", "").lower():
        return "a page of another site may not lead here without IVR_ADMIN_TOKEN: type the address"
    return None


def _listens_locally(request: Request) -> bool:
    """Whether the socket that the request came by is bound to loopback, without regard to the settings."""
    bound = read_address(request.environ.get("SERVER_NAME", ""))
    return bound is None or bound.is_loopback


def _is_local_name(name: str) -> bool:
    address = read_address(name)
    return name == "localhost" or (address is not None and address.is_loopback)
