"""The audit: who changed what, when, why, and from what to what.

What always holds: an entry is written in the transaction of the change that it tells of, so there is neither a change
without its entry nor an entry without its change. No secret and no caller's number is in any.
"""

from typing import Any, Final, Protocol

import msgspec

# Actions.
PAUSE: Final = "pause"
RESUME: Final = "resume"
PUBLISH: Final = "publish"
CANARY: Final = "canary"
PROMOTE: Final = "promote"
ROLLBACK: Final = "rollback"
COMMAND: Final = "command"
REDELIVER: Final = "redeliver"
CANCEL_DELIVERY: Final = "cancel-delivery"
CREATE_TOKEN: Final = "token-create"
REVOKE_TOKEN: Final = "token-revoke"
ADD_USER: Final = "user-add"
REMOVE_USER: Final = "user-remove"
CHANGE_ROLE: Final = "user-role"
CHANGE_PASSWORD: Final = "user-password"
CHANGE_CODES: Final = "user-codes"
LINK_USER: Final = "user-link"
END_SESSIONS: Final = "user-logout"
BEGIN_DRAFT: Final = "draft-begin"
DISCARD_DRAFT: Final = "draft-discard"
LOG_IN: Final = "login"
LOG_OUT: Final = "logout"

ACTIONS: Final = (
    PAUSE, RESUME, PUBLISH, CANARY, PROMOTE, ROLLBACK, COMMAND, REDELIVER, CANCEL_DELIVERY, CREATE_TOKEN, REVOKE_TOKEN,
    ADD_USER, REMOVE_USER, CHANGE_ROLE, CHANGE_PASSWORD, CHANGE_CODES, LINK_USER, END_SESSIONS, LOG_IN, LOG_OUT,
    BEGIN_DRAFT, DISCARD_DRAFT,
)  # fmt: skip

# Ways by which a change comes.
API: Final = "api"
CLI: Final = "cli"
ROUTER: Final = "router"

VIAS: Final = (API, CLI, ROUTER)

MOST_REASON: Final = 500
"""Characters of a reason that are kept."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something, and why."""

    name: str  # "token wallboard", "IVR_ADMIN_TOKEN", "masha"
    via: str  # API, CLI, ROUTER
    origin: str = ""  # the sender's address; the host and the command
    reason: str = ""  # in the actor's words

    def __str__(self) -> str:
        if self.via == CLI and self.origin:
            host, _, command = self.origin.partition(", ")
            return f"{self.name} on {host}, with {command}"
        return f"{self.name}, {self.via}" + (f", {self.origin}" if self.origin else "")


THE_ROUTER: Final = Actor(name="router", via=ROUTER)
"""Who does what nobody asked for just now: a canary that is taken back, a directory that has changed."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit."""

    at: float
    account: str  # "" for what is of no account
    actor: str
    via: str
    origin: str
    action: str  # one of ACTIONS
    subject: str  # what was changed: a version, a call's entry_id, a token's name
    reason: str
    changes: dict[str, Any]  # name -> [before, after], or a fact


class Audited(Protocol):
    """What of a transaction an entry needs."""

    @property
    def now(self) -> float: ...

    def audit_entry(self, entry: AuditEntry) -> None: ...


def note(tx: Audited, by: Actor, action: str, *, account: str = "", subject: str = "", **changes: Any) -> None:
    """Write down, with this transaction, that `by` did it. A change is `name=[before, after]`, a fact `name=value`."""
    tx.audit_entry(
        AuditEntry(
            at=tx.now,
            account=account,
            actor=by.name,
            via=by.via,
            origin=by.origin,
            action=action,
            subject=subject,
            reason=by.reason[:MOST_REASON],
            changes=changes,
        )
    )
