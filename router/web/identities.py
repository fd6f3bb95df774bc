"""Who sends a request, as the views know it, once `Access.check` has let it in."""

from dataclasses import dataclass
from typing import Final, TypeVar

from flask import g, request

from router.config.settings import Settings
from router.runtime.administration.audit import API, MOST_REASON, Actor
from router.runtime.administration.roles import ADMIN
from router.runtime.administration.sessions import Known
from router.runtime.calls.number_masking import with_masks
from router.web.problem_details import Problem
from router.web.senders import sender_of

MASTER: Final = "admin"  # the id of the token that is configured
LOCAL: Final = "local"  # the id that stands for no token, on this machine


Content = TypeVar("Content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who sends a request."""

    token_id: str  # or the session's; MASTER and LOCAL for those that are in no database
    name: str  # for people, and for the audit
    role: str
    digest: bytes = b""  # of the token or cookie: what stream tokens are signed with; b"" without one
    known: Known | None = None  # the session and its user, of a person who logged in
    sees_numbers: bool = True  # else callers' numbers are told with their middle hidden

    @property
    def is_kept(self) -> bool:
        """Whether it is in the database, where it can be revoked."""
        return self.token_id not in (MASTER, LOCAL)


THIS_MACHINE: Final = Identity(token_id=LOCAL, name="this machine", role=ADMIN)


def identity() -> Identity:
    """Who sends the present request."""
    found: Identity = g.ivr_identity
    return found


def identity_or_none() -> Identity | None:
    """The same where strangers are answered, too."""
    found: Identity | None = g.get("ivr_identity")
    return found


def as_seen(content: Content) -> Content:
    """What is to be told, as who asks may see it: with or without the middle of callers' numbers."""
    return content if sees_numbers() else with_masks(content)


def sees_numbers() -> bool:
    """Whether who asks may see callers' numbers whole."""
    who = identity_or_none()
    return who is None or who.sees_numbers


def origin_of_request(settings: Settings) -> str:
    """The sender's address, for the audit."""
    sender = sender_of(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), settings.trusted_proxies)
    return str(sender or "an unknown address")


def actor(settings: Settings) -> Actor:
    """Who sends the request, for the audit, with why (`reason` of the query) and from where."""
    return Actor(name=identity().name, via=API, origin=origin_of_request(settings), reason=reason_of_request())


def reason_of_request() -> str:
    """`reason` of the query."""
    reason = request.args.get("reason", "").strip()
    if len(reason) > MOST_REASON:
        raise Problem(400, f"reason has {len(reason)} characters: {MOST_REASON} are kept at most")
    return reason
