"""The admin API's paths of logins by an OpenID Connect provider: the way there, and the way back.

A browser keeps what its login asked in a cookie of its own for ten minutes; an answer to another question, or to none,
is refused. Who is unknown here may come in only when IVR_OIDC_ROLE gives such people a role. What goes wrong leads back
to the console's page, with a word that it knows.
"""

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from msgspec.structs import replace

from router.config.settings import Settings
from router.errors import IdentityRefused, Ours
from router.logs import get_logger
from router.runtime.administration import users
from router.runtime.administration.audit import API, LINK_USER, Actor, note
from router.runtime.administration.roles import ROLES
from router.runtime.ports import Store
from router.runtime.records import User
from router.sender.identity_provider import IdentityProvider, Person, Question, demand_libraries
from router.web.access import Access
from router.web.identities import origin_of_request
from router.web.problem_details import Problem
from router.web.router_parts import RouterParts
from router.web.session_cookies import is_over_tls
from router.web.session_routes import begin_session

COOKIE: Final = "ivr_login"
MINUTES: Final = 10
BACK: Final = "/api/session/provider/back"
PROVIDER: Final = "provider"  # way of a login, for the audit

TOLD: Final = ("code", "state", "iss", "session_state", "scope", "error", "error_description", "error_uri")
"""What a provider may add to the address (RFC 6749, RFC 9207, and what is in use)."""
MOST: Final = 200  # characters of its words in the log

REFUSED, EXPIRED, UNKNOWN, REMAINS = "refused", "expired", "unknown", "remains"  # what the console's page knows

log = get_logger()


def provider_routes(blueprint: Blueprint, parts: RouterParts, access: Access) -> None:
    settings, provider = parts.settings, _open_provider(parts.settings)

    @blueprint.get("/session/provider")
    def leave() -> Response:
        """To the provider."""
        known, question = _of(provider), Question.new()
        try:
            answer = redirect(known.address(question, _redirect_address(parts)))
        except IdentityRefused as refused:
            return _page(REFUSED, refused.message)
        secure = is_over_tls(request, settings)
        # Lax: it comes back from another site.
        answer.set_cookie(COOKIE, str(question), max_age=MINUTES * 60, secure=secure, httponly=True, samesite="Lax")
        return _own(answer)

    @blueprint.get("/session/provider/back")
    def come_back() -> Response:
        """From the provider, with a code for who has logged in there."""
        told = {name: request.args.get(name, "") for name in TOLD}
        known, question = _of(provider), Question.read(request.cookies.get(COOKIE, ""))
        if question is None or told["state"] != question.state:
            return _page(EXPIRED, "the browser has no such login under way")
        if told["error"] or told["iss"] not in ("", settings.oidc_issuer):
            return _page(REFUSED, f"the provider said {told['error'][:MOST]!r} {told['error_description'][:MOST]!r}")
        try:
            person = known.person(question, told["code"], _redirect_address(parts))
            user = _user(parts, person)
        except (IdentityRefused, Ours) as refused:
            return _page(REFUSED, refused.message)
        if user is None:
            return _page(UNKNOWN, f"{person.name} is no user here")
        return _page("", cookies=begin_session(parts, access, user, PROVIDER))

    @blueprint.get("/session/provider/end")
    def end() -> Response:
        """To the provider's page for logging out there; who logs out here alone is let in again without a question."""
        address = _of(provider).farewell()
        return _own(redirect(address)) if address else _page(REMAINS, "it has no page for logging out, or is away")


def _open_provider(settings: Settings) -> IdentityProvider | None:
    """The one that is configured. Raises ConfigurationError where its libraries are not installed."""
    if not settings.oidc_issuer:
        return None
    demand_libraries()
    return IdentityProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_claim,
        settings.oidc_roles_claim,
    )


def _of(provider: IdentityProvider | None) -> IdentityProvider:
    if provider is None:
        raise Problem(404, "no OpenID Connect provider is configured (IVR_OIDC_ISSUER)")
    return provider


def _user(parts: RouterParts, person: Person) -> User | None:
    """Whom the provider names: known by the subject, else by the name, from now on by the subject. Where groups give
    roles, who has none may not come in, and who has another one than before has it from now on."""
    store, role = parts.store, _role(parts.settings, person)
    by = Actor(name=person.name, via=API, origin=origin_of_request(parts.settings), reason="logged in by the provider")
    found = store.user_by_subject(person.subject) or _linked(store, by, person)
    if found is None:
        new = {"name": person.name, "role": role, "subject": person.subject}
        return users.add_user(store, by, password=None, **new) if role else None
    if not parts.settings.oidc_roles or role == found.role:
        return found
    return users.set_role(store, by, found.name, role) if role else None


def _role(settings: Settings, person: Person) -> str:
    """The highest role that a group gives; else the one for everybody, "" for none."""
    given = {role for group, role in settings.oidc_roles if group in person.groups}
    return next((role for role in reversed(ROLES) if role in given), settings.oidc_role)


def _linked(store: Store, by: Actor, person: Person) -> User | None:
    """The user of that name, who is known by the provider's subject from now on."""
    with store.transaction() as tx:
        user = tx.user_by_name(person.name)
        if user is not None and not user.subject:
            user = replace(user, subject=person.subject)
            tx.save_user(user)
            note(tx, by, LINK_USER, subject=user.name)
            return user
    if user is not None:
        raise IdentityRefused(f"{person.name} is somebody else at the provider than before")
    return None


def _redirect_address(parts: RouterParts) -> str:
    """Where the provider sends the browser back to; it has to know the address beforehand."""
    scheme = "https" if is_over_tls(request, parts.settings) else "http"
    return parts.settings.oidc_redirect or f"{scheme}://{request.host}{request.root_path}{BACK}"


def _page(problem: str, detail: str = "", cookies: Response | None = None) -> Response:
    """To the console's page, with the cookies of another answer."""
    if problem:
        log.warning("a login by the provider was refused", reason=detail)
    answer = redirect(f"{request.root_path}/console/" + (f"?{urlencode({'login': problem})}" if problem else ""))
    for cookie in cookies.headers.getlist("Set-Cookie") if cookies is not None else ():
        answer.headers.add("Set-Cookie", cookie)
    answer.delete_cookie(COOKIE)
    return _own(answer)


def _own(answer: object) -> Response:
    """Flask's redirects are werkzeug's responses; no cache may keep one."""
    assert isinstance(answer, Response)
    answer.headers["Cache-Control"] = "no-store"
    return answer
