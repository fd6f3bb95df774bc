"""The admin API's paths of who asks: logging in and out, one's own password and one-time codes.

A login is refused in the same words and after the same time whether the name or the password was wrong. Wrong ones are
counted for the sender and for the name.
"""

from typing import Any, Final

from flask import Blueprint, Response, request
from msgspec.structs import replace

from router.config.settings import Settings
from router.logs import get_logger
from router.runtime.administration import one_time_codes, users
from router.runtime.administration.audit import API, CHANGE_CODES, Actor, note
from router.runtime.administration.passwords import LONGEST, is_right
from router.runtime.administration.sealed_secrets import SecretSealer
from router.runtime.monitoring.metrics import admin_refusals_total
from router.runtime.ports import Store
from router.runtime.records import User
from router.web.access import Access, demand_patience
from router.web.api_objects import reply
from router.web.identities import actor, identity, identity_or_none, origin_of_request
from router.web.json_bodies import read_json
from router.web.problem_details import Problem
from router.web.router_parts import RouterParts
from router.web.session_cookies import cookie_of, drop_cookie, refuse_other_sites, set_cookie
from router.web.session_object import session_object
from router.web.token_guesses import Guesses

WRONG: Final = "the name or the password is wrong"
WRONG_CODE: Final = "this one-time code is wrong, or was used already"
LOST_SECRET: Final = (
    "no one-time code can be checked: their secret was sealed with a salt that the router has no more (bring it back as"
    " MANGO_SALT_OLD); use a recovery code, or have an admin drop your codes under People"
)
FREE_GUESSES_OF_NAME: Final = 10  # a name is known to others, so that it waits later than a sender does
PASSWORD, CODES, RECOVERY = "password", "codes", "recovery"  # ways of a login, for the audit

log = get_logger()


def sessions(blueprint: Blueprint, parts: RouterParts, access: Access) -> None:
    logins = Logins(parts, access)

    @blueprint.get("/session")
    def who_am_i() -> Response:
        """Who asks, and how one may log in; `who` is null for a stranger."""
        return reply(session_object(parts, access, identity_or_none(), cookie_of(request)))

    @blueprint.post("/session")
    def log_in() -> Response:
        refuse_other_sites(request)
        given = _texts(("name", "password"), ("code",))
        user, way = logins.check(given["name"], given["password"], given.get("code", ""))
        return begin_session(parts, access, user, way)

    @blueprint.delete("/session")
    def log_out() -> Response:
        who = identity()
        if who.known is None:
            raise Problem(409, f"{who.name} has not logged in: there is no session to end")
        access.sessions.end(who.known, actor(parts.settings))
        answer = reply(session_object(parts, access, None, ""))
        drop_cookie(answer)
        return answer

    @blueprint.put("/session/password")
    def change_password() -> Response:
        """Of who asks; all their other sessions end."""
        given = _texts(("password", "new"))
        user = logins.again(given["password"])
        users.set_password(parts.store, actor(parts.settings), user.name, given["new"], keep=identity().token_id)
        return reply({"sessions": len(parts.store.sessions(user.user_id))})

    _codes(blueprint, parts, logins)


def _codes(blueprint: Blueprint, parts: RouterParts, logins: "Logins") -> None:
    @blueprint.post("/session/codes")
    def offer_codes() -> Response:
        """A secret for an authenticator app. Nothing changes until a code of it comes back."""
        secret = one_time_codes.new_secret()
        address = one_time_codes.address(secret, _person().name)
        picture = one_time_codes.picture(address)
        return reply({"secret": one_time_codes.as_text(secret), "address": address, "picture": picture})

    @blueprint.put("/session/codes")
    def demand_codes() -> Response:
        """Logins take a code from now on, too. Answers the recovery codes, this once."""
        given = _texts(("password", "secret", "code"))
        user = logins.again(given["password"])
        try:
            secret = one_time_codes.from_text(given["secret"])
        except ValueError:
            raise Problem(400, "secret is one that POST /api/session/codes has answered") from None
        step = one_time_codes.step_of(given["code"], secret, parts.store.now(), 0)
        if step is None:
            raise Problem(422, "this is not the code that the app should show now: is the phone's clock right?")
        by, keep = actor(parts.settings), identity().token_id
        codes = users.demand_codes(parts.store, by, user.name, secret, step, logins.sealer, keep=keep)
        return reply({"recovery": codes}, 201)

    @blueprint.delete("/session/codes")
    def drop_codes() -> Response:
        user = logins.again(_texts(("password",))["password"])
        users.drop_codes(parts.store, actor(parts.settings), user.name, keep=identity().token_id)
        return reply({"recovery": []})


class Logins:
    """Passwords and codes as they are tried."""

    def __init__(self, parts: RouterParts, access: Access) -> None:
        self._store: Store = parts.store
        self._settings: Settings = parts.settings
        self.sealer = SecretSealer(parts.settings.accounts)
        self._access = access
        self._by_sender, self._by_name = Guesses(), Guesses(free=FREE_GUESSES_OF_NAME)

    def check(self, name: str, password: str, code: str) -> tuple[User, str]:
        """(who may log in, how); raises Problem for all others."""
        self._demand_patience(name)
        user = self._store.user_by_name(name)
        if not is_right(password, user.password if user is not None else "") or user is None:
            raise self._wrong(name, WRONG, 401)
        if not user.totp:
            self._was_right(name)
            return user, PASSWORD
        if not code:
            raise Problem(401, "a one-time code of the authenticator app is needed, too", code="code-needed")
        way = self._use_up(user, code)
        if way is None:
            said = WRONG_CODE if self.sealer.open(user.totp, user.user_id) is not None else LOST_SECRET
            raise self._wrong(name, said, 401, code="code-wrong")
        self._was_right(name)
        return user, way

    def again(self, password: str) -> User:
        """Who asks, once the password was given again: for what a thief of a session must not do."""
        user = _person()
        self._demand_patience(user.name)
        if not is_right(password, user.password):
            raise self._wrong(user.name, "the password is wrong", 403, code="password")
        self._was_right(user.name)
        return user

    def _use_up(self, user: User, code: str) -> str | None:
        """How the code is right; each one is so once, even for two who come at the same time."""
        with self._store.transaction() as tx:
            present = tx.user_by_name(user.name)
            if present is None:
                return None
            secret = self.sealer.open(present.totp, present.user_id)
            step = one_time_codes.step_of(code, secret, tx.now, present.totp_step) if secret is not None else None
            if secret is not None and step is not None:
                sealed = self.sealer.seal(secret, present.user_id)  # by the salt of today
                tx.save_user(replace(present, totp=sealed, totp_step=step))
                return CODES
            left = one_time_codes.without(code, present.recovery)
            if left is None:
                return None
            tx.save_user(replace(present, recovery=left))
            by = Actor(name=user.name, via=API, origin=origin_of_request(self._settings))
            note(tx, by, CHANGE_CODES, subject=user.name, recovery=[len(present.recovery.split()), len(left.split())])
            return RECOVERY

    def _demand_patience(self, name: str) -> None:
        demand_patience(self._by_sender, self._access.sender(request), "passwords")
        demand_patience(self._by_name, f"name {name}", "passwords")

    def _wrong(self, name: str, said: str, status: int, **more: Any) -> Problem:
        sender = self._access.sender(request)
        self._by_sender.was_wrong(sender)
        self._by_name.was_wrong(f"name {name}")
        admin_refusals_total.labels("password").inc()
        # A name that nobody has may be a password in the wrong field.
        known = name if self._store.user_by_name(name) is not None else ""
        log.warning("a login was refused", name=known, sender=str(sender), reason=said)
        return Problem(status, said, **more)

    def _was_right(self, name: str) -> None:
        self._by_sender.was_right(self._access.sender(request))
        self._by_name.was_right(f"name {name}")


def begin_session(parts: RouterParts, access: Access, user: User, way: str) -> Response:
    """Log in: the answer has the cookie, and what `GET /api/session` answers from now on."""
    by = Actor(name=user.name, via=API, origin=origin_of_request(parts.settings))
    agent = request.headers.get("User-Agent", "")
    cookie, session = access.sessions.begin(user, by, agent=agent, way=way)
    answer = reply(session_object(parts, access, access.person(session, user), cookie), 201)
    set_cookie(answer, cookie, request, parts.settings, access.sessions.longest_seconds)
    return answer


def _person() -> User:
    """Who asks, as they stand in the database. Programs and this machine have no password."""
    who = identity()
    if who.known is None:
        raise Problem(409, f"{who.name} is no user: this is for people who have logged in")
    return who.known.user


def _texts(needed: tuple[str, ...], others: tuple[str, ...] = ()) -> dict[str, str]:
    """The fields of the body, all of which are texts."""
    given = read_json()
    fields = (*needed, *others)
    if not isinstance(given, dict) or not given.keys() <= set(fields):
        raise Problem(400, f"the body is an object with {', '.join(fields)}")
    for name in fields:
        text = given.get(name)
        if (text is None and name in needed) or not isinstance(text, str | None) or len(text or "") > LONGEST:
            raise Problem(400, f"{name} is a text of at most {LONGEST} characters")
    return {name: text for name, text in given.items() if text is not None}
