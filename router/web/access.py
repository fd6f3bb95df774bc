"""Who may use the admin API and the console, and as what.

Who bears a token has its role: IVR_ADMIN_TOKEN's is admin, each other one has its own (`ivr token create`). Wrong ones
are answered ever later. Who has logged in has the user's role, by a cookie (`session_cookies`). Who has neither is
answered on this machine alone, as an admin, while there is no IVR_ADMIN_TOKEN and nobody who could log in
(`this_machine`).
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from flask import Request, Response, g, request

from router.config.settings import Settings
from router.errors import StoreUnavailable
from router.runtime.administration.access_tokens import AccessTokens, digest_of
from router.runtime.administration.roles import ADMIN, VIEWER, may
from router.runtime.administration.sessions import PREFIX, Known, Sessions
from router.runtime.administration.stream_tokens import make_stream_token, read_stream_token
from router.runtime.monitoring.metrics import admin_refusals_total
from router.runtime.ports import Store
from router.runtime.records import Session, Token, User
from router.web.identities import LOCAL, MASTER, THIS_MACHINE, Identity, identity, identity_or_none
from router.web.needed_roles import ANYONE, needed_role
from router.web.openapi import template
from router.web.problem_details import Problem
from router.web.senders import sender_of
from router.web.session_cookies import cookie_of, demand_own_page
from router.web.this_machine import demand_this_machine
from router.web.token_guesses import Guesses

STREAM_PARAMETER: Final = "access_token"
STREAM_PATH: Final = "/api/events"
NO_TOKEN: Final = "this needs a bearer token: that of IVR_ADMIN_TOKEN, or one that `ivr token create` made"
NO_LOGIN: Final = f"log in at /console/, or send a token; {NO_TOKEN}"


class Access:
    """Who may do what with one application."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._numbers_role = settings.numbers_role
        self._store = store
        self._tokens = AccessTokens(store)
        self._guesses = Guesses()
        self.sessions = Sessions(
            store, idle_seconds=settings.session_idle_seconds, longest_seconds=settings.session_seconds
        )
        master = settings.admin_token
        self._master = (
            Identity(token_id=MASTER, name="IVR_ADMIN_TOKEN", role=ADMIN, digest=digest_of(master)) if master else None
        )

    @property
    def is_closed(self) -> bool:
        """Whether who bears nothing is refused, on this machine, too. Raises StoreUnavailable."""
        return self._master is not None or bool(self._settings.oidc_issuer) or self.sessions.has_users()

    def check(self) -> None:
        """Before each view that is not public: find out who asks, and refuse those whose role does not do."""
        rule = request.url_rule
        needed = VIEWER if rule is None else needed_role(request.method, template(rule.rule))
        if needed == ANYONE:
            self._let_in()
            return
        g.ivr_identity = who = self._identify(request)
        if rule is None or request.method == "OPTIONS":
            return
        if not may(who.role, needed):
            admin_refusals_total.labels("role").inc()
            raise Problem(403, _lacking(who, needed), code="role", needs=needed, has=who.role)

    def check_page(self) -> None:
        """Before the console's page, which holds no data: where people log in or bear a token everybody gets it, also
        while the database is away, which the page says in words."""
        try:
            is_closed = self.is_closed
        except StoreUnavailable:
            is_closed = self.sessions.had_users
        if not is_closed:
            demand_this_machine(request, self._settings)

    def _let_in(self) -> None:
        """Strangers, too, but none where only this machine is answered."""
        try:
            g.ivr_identity = self._identify(request, demand=_nothing)
        except Problem as refused:
            if refused.status != 401:
                raise

    def note_use(self, response: Response) -> Response:
        """After each such view: that a token was used is written down once the answer is sent."""
        who = identity_or_none()
        if who is not None and who.is_kept:
            response.call_on_close(partial(self._note, who))
        return response

    def _note(self, who: Identity, *, aside: bool = False) -> None:
        noted = self._tokens.note_use if who.known is None else self.sessions.note_use
        noted(who.token_id, aside=aside)

    def stream_token(self, seconds: int) -> tuple[str, int]:
        """A token for the address of a stream, made from who asks now; and until when it opens one, Unix seconds."""
        who, expires = identity(), int(self._store.now()) + seconds
        return make_stream_token(who.token_id, who.digest, expires), expires

    def still_holds(self, who: Identity) -> bool:
        """Whether who was let in would be let in now, which is a use. Raises StoreUnavailable."""
        if not who.is_kept:
            return True
        if self._kept(who.token_id) is None:
            return False
        self._note(who, aside=True)
        return True

    def _identify(self, request: Request, demand: Callable[[Request, str], None] = demand_own_page) -> Identity:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        in_address = request.args.get(STREAM_PARAMETER, "") if request.path == STREAM_PATH else ""
        is_bearer = scheme.lower() == "bearer"
        if not (is_bearer or in_address):
            return self._of_cookie(request, demand)
        sender = self.sender(request)
        demand_patience(self._guesses, sender)
        found = self._of_bearer(given.strip()) if is_bearer else self._of_stream_token(request, in_address)
        if found is not None:
            self._guesses.was_right(sender)
            return found
        if given or in_address:
            self._guesses.was_wrong(sender)
        admin_refusals_total.labels("token").inc()
        raise Problem(401, NO_TOKEN)

    def sender(self, request: Request) -> IPv4Address | IPv6Address | None:
        """From where a request comes."""
        proxies = self._settings.trusted_proxies
        return sender_of(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), proxies)

    def _of_cookie(self, request: Request, demand: Callable[[Request, str], None]) -> Identity:
        cookie = cookie_of(request)
        if cookie and (known := self.sessions.of_cookie(cookie)) is not None:
            demand(request, cookie)
            return self.person(*known)
        if not self.is_closed:
            demand_this_machine(request, self._settings)
            return THIS_MACHINE
        if self._master is not None:
            demand_patience(self._guesses, self.sender(request))
        admin_refusals_total.labels("token").inc()
        raise Problem(401, NO_LOGIN if self._master is None or self.sessions.has_users() else NO_TOKEN)

    def _of_bearer(self, given: str) -> Identity | None:
        master = self._settings.admin_token
        if self._master is not None and compare_digest(given.encode(), master.encode()):
            return self._master
        token = self._tokens.of_bearer(given) if given else None
        return None if token is None else self._program(token)

    def _of_stream_token(self, request: Request, given: str) -> Identity | None:
        """It opens streams for the role viewer, whatever the token may that it was made from."""
        read = read_stream_token(given)
        if read is None:
            return None
        if read.token_id == LOCAL and not self.is_closed:
            demand_this_machine(request, self._settings)
            return THIS_MACHINE
        origin = self._master if read.token_id == MASTER else self._kept(read.token_id)
        if origin is None or not read.is_signed_with(origin.digest):
            return None
        if self._store.now() >= read.expires:
            admin_refusals_total.labels("token").inc()
            raise Problem(401, "this stream token has expired: ask for another one", code="stream-token-expired")
        return origin if origin is self._master else replace(origin, role=VIEWER)

    def _kept(self, token_id: str) -> Identity | None:
        """What the database has under an id, if it is valid."""
        if token_id.startswith(PREFIX):
            known = self.sessions.of_id(token_id)
            return None if known is None else self.person(*known)
        token = self._tokens.of_id(token_id)
        return None if token is None else self._program(token)

    def _program(self, token: Token) -> Identity:
        return Identity(
            token_id=token.token_id,
            name=f"token {token.name}",
            role=token.role,
            digest=token.digest,
            sees_numbers=may(token.role, self._numbers_role),
        )

    def person(self, session: Session, user: User) -> Identity:
        """Who has logged in."""
        return Identity(
            token_id=session.session_id,
            name=user.name,
            role=user.role,
            digest=session.digest,
            known=Known(session, user),
            sees_numbers=may(user.role, self._numbers_role),
        )


def demand_patience(guesses: Guesses, who: IPv4Address | IPv6Address | str | None, what: str = "tokens") -> None:
    """Raises Problem while this sender, or this name, has to wait."""
    if wait := guesses.wait_seconds(who):
        admin_refusals_total.labels("slowed").inc()
        come = "came from this address" if not isinstance(who, str) else "were tried for this name"
        raise Problem(429, f"too many wrong {what} {come}; try again in {wait} s", retry_after=wait)


def _nothing(request: Request, cookie: str) -> None:
    """Demanded of who only asks who they are, or logs in."""


def _lacking(who: Identity, needed: str) -> str:
    said = f"this needs the role {needed}, and {who.name} has the role {who.role}"
    if who.known is not None:
        return f"{said}; an admin can change that under People, or with `ivr user role {who.name} {needed}`"
    return f"{said}; `ivr token create --role {needed} --name PURPOSE` makes a token that has it"
