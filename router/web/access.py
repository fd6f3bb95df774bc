"""Who may use the admin API and the console, and as what.

Who bears a token has its role: IVR_ADMIN_TOKEN's is admin, each other one has its own (`ivr token create`). Wrong ones
are answered ever later. Who bears none: while IVR_ADMIN_TOKEN is not set, users of this machine alone, as admins, and
these only while the router cannot be reached from elsewhere: where it listens on more than loopback, or stands behind
proxies, every request is refused, since a local peer may speak for anybody there. A request that a proxy passed on is
refused even if its proxy is not named, and so is what a web page elsewhere makes a local browser send, be it by a
foreign Origin, by a name that was made to point here, or by a link.
"""

import re
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

from flask import Request, Response, g, request

from router.config.settings import Settings
from router.runtime.administration.access_tokens import AccessTokens, digest_of
from router.runtime.administration.audit import API, MOST_REASON, Actor
from router.runtime.administration.roles import ADMIN, VIEWER, may
from router.runtime.administration.stream_tokens import make_stream_token, read_stream_token
from router.runtime.monitoring.metrics import admin_refusals_total
from router.runtime.ports import Store
from router.runtime.records import Token
from router.web.needed_roles import needed_role
from router.web.openapi import template
from router.web.problem_details import Problem
from router.web.senders import read_address, sender_of
from router.web.token_guesses import Guesses

STREAM_PARAMETER: Final = "access_token"
STREAM_PATH: Final = "/api/events"
MASTER: Final = "admin"  # the id of the token that is configured
LOCAL: Final = "local"  # the id that stands for no token, on this machine
NO_TOKEN: Final = "this needs a bearer token: that of IVR_ADMIN_TOKEN, or one that `ivr token create` made"

_forwarding = re.compile(
    r"forward|(^|-)via$|real-?(ip|port|host)|client-?(ip|port|cert|verify)|connecting-ip|remote-?(ip|addr|host|port|user)"
    r"|originating-(ip|host)|original-(host|url|uri|method|proto)|(source|user|peer|host|viewer|visitor)-?(ip|addr)"
    r"|^x-(host|ip|scheme|url-scheme|ssl|tls|https|port|envoy|amzn?-|azure|appengine|arr|rewrite|cloud|goog|varnish|vercel)"
    r"|^x-(nf|akamai|edge|waws|served|auth-request|pomerium|authentik|traefik|istio|sucuri|zscaler|bluecoat|coming)"
    r"|^(cdn|cf|cloudfront|fastly|fly|akamai|incap|ngrok|tailscale|front-end|disguised)-|prox(y|ied)"
).search
"""Fields that proxies add, by vendor-neutral parts of their names and by the vendors' own prefixes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who sends a request."""

    token_id: str  # MASTER and LOCAL for those that are in no database
    name: str  # for people, and for the audit
    role: str
    digest: bytes = b""  # of the token: what stream tokens are signed with; b"" without one

    @property
    def is_kept(self) -> bool:
        """Whether it is a token of the database, which can be revoked."""
        return self.token_id not in (MASTER, LOCAL)


THIS_MACHINE: Final = Identity(token_id=LOCAL, name="this machine", role=ADMIN)


class Access:
    """Who may do what with one application."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._tokens = AccessTokens(store)
        self._guesses = Guesses()
        master = settings.admin_token
        self._master = (
            Identity(token_id=MASTER, name="IVR_ADMIN_TOKEN", role=ADMIN, digest=digest_of(master)) if master else None
        )

    def check(self) -> None:
        """Before each view that is not public: find out who asks, and refuse those whose role does not do."""
        g.ivr_identity = who = self._identify(request)
        if request.url_rule is None or request.method == "OPTIONS":
            return
        needed = needed_role(request.method, template(request.url_rule.rule))
        if not may(who.role, needed):
            admin_refusals_total.labels("role").inc()
            raise Problem(
                403,
                f"this needs the role {needed}, and {who.name} has the role {who.role}; `ivr token create --role"
                f" {needed} --name PURPOSE` makes a token that has it",
                code="role",
                needs=needed,
                has=who.role,
            )

    def note_use(self, response: Response) -> Response:
        """After each such view: that a token was used is written down once the answer is sent."""
        who: Identity | None = g.get("ivr_identity")
        if who is not None and who.is_kept:
            response.call_on_close(lambda: self._tokens.note_use(who.token_id))
        return response

    def stream_token(self, seconds: int) -> tuple[str, int]:
        """A token for the address of a stream, made from who asks now; and until when it opens one, Unix seconds."""
        who, expires = identity(), int(self._store.now()) + seconds
        return make_stream_token(who.token_id, who.digest, expires), expires

    def still_holds(self, who: Identity) -> bool:
        """Whether a token that was taken would be taken now, which is a use of it. Raises StoreUnavailable."""
        if not who.is_kept:
            return True
        if self._tokens.of_id(who.token_id) is None:
            return False
        self._tokens.note_use(who.token_id, aside=True)
        return True

    def _identify(self, request: Request) -> Identity:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        in_address = request.args.get(STREAM_PARAMETER, "") if request.path == STREAM_PATH else ""
        is_bearer = scheme.lower() == "bearer"
        if self._master is None and not (is_bearer or in_address):
            _demand_this_machine(request, self._settings)
            return THIS_MACHINE
        proxies = self._settings.trusted_proxies
        sender = sender_of(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), proxies)
        self._demand_patience(sender)
        found = self._of_bearer(given.strip()) if is_bearer else self._of_stream_token(request, in_address)
        if found is not None:
            self._guesses.was_right(sender)
            return found
        if given or in_address:
            self._guesses.was_wrong(sender)
        admin_refusals_total.labels("token").inc()
        raise Problem(401, NO_TOKEN)

    def _demand_patience(self, sender: IPv4Address | IPv6Address | None) -> None:
        if wait := self._guesses.wait_seconds(sender):
            admin_refusals_total.labels("slowed").inc()
            raise Problem(429, f"too many wrong tokens came from this address; try again in {wait} s", retry_after=wait)

    def _of_bearer(self, given: str) -> Identity | None:
        master = self._settings.admin_token
        if self._master is not None and compare_digest(given.encode(), master.encode()):
            return self._master
        token = self._tokens.of_bearer(given) if given else None
        return None if token is None else _identity_of(token, token.role)

    def _of_stream_token(self, request: Request, given: str) -> Identity | None:
        """It opens streams for the role viewer, whatever the token may that it was made from."""
        read = read_stream_token(given)
        if read is None:
            return None
        if read.token_id == LOCAL and self._master is None:
            _demand_this_machine(request, self._settings)
            return THIS_MACHINE
        origin = self._master if read.token_id == MASTER else self._viewer(read.token_id)
        if origin is None or not read.is_signed_with(origin.digest):
            return None
        if self._store.now() >= read.expires:
            admin_refusals_total.labels("token").inc()
            raise Problem(401, "this stream token has expired: ask for another one", code="stream-token-expired")
        return origin

    def _viewer(self, token_id: str) -> Identity | None:
        token = self._tokens.of_id(token_id)
        return None if token is None else _identity_of(token, VIEWER)


def identity() -> Identity:
    """Who sends the present request, once `Access.check` has let it in."""
    found: Identity = g.ivr_identity
    return found


def actor(settings: Settings) -> Actor:
    """The same for the audit, with why (`reason` of the query) and from where."""
    sender = sender_of(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), settings.trusted_proxies)
    reason = request.args.get("reason", "").strip()
    if len(reason) > MOST_REASON:
        raise Problem(400, f"reason has {len(reason)} characters: {MOST_REASON} are kept at most")
    return Actor(name=identity().name, via=API, origin=str(sender or "an unknown address"), reason=reason)


def _identity_of(token: Token, role: str) -> Identity:
    return Identity(token_id=token.token_id, name=f"token {token.name}", role=role, digest=token.digest)


def _demand_this_machine(request: Request, settings: Settings) -> None:
    if (reason := _why_closed(request, settings)) is not None:
        admin_refusals_total.labels("not_local").inc()
        raise Problem(403, reason)


def _why_closed(request: Request, settings: Settings) -> str | None:
    """Why a request without a token is refused; None for one that a user of this machine sent."""
    if settings.trusted_proxies:
        return "behind proxies (IVR_TRUSTED_PROXIES) this needs IVR_ADMIN_TOKEN to be set"
    if not (_is_local_name(urlsplit(f"//{settings.listen}").hostname or "") and _listens_locally(request)):
        return "a router that listens on more than this machine's loopback needs IVR_ADMIN_TOKEN to be set"
    if any(_forwarding(name.lower()) for name, _ in request.headers):
        return "a forwarded request needs IVR_ADMIN_TOKEN to be set"
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
