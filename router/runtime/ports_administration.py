"""What a store keeps of access and of the audit: parts of `ports.Queries` and of `ports.Transaction`."""

from collections.abc import Mapping
from typing import Protocol

from router.runtime.administration.audit import AuditEntry
from router.runtime.records import Draft, Session, Token, User


class AdministrationQueries(Protocol):
    """Tokens, people, drafts, the audit, and which database this is."""

    def token(self, token_id: str) -> Token | None: ...

    def token_by_digest(self, digest: bytes) -> Token | None: ...

    def tokens(self) -> list[Token]:
        """All of them, also those that are revoked, in the order of their making."""

    def user(self, user_id: str) -> User | None:
        """Also one that is removed."""

    def user_by_name(self, name: str) -> User | None:
        """None for one that is removed; so do the others below."""

    def user_by_subject(self, subject: str) -> User | None: ...

    def users(self) -> list[User]:
        """By name."""

    def has_users(self) -> bool: ...

    def session(self, session_id: str) -> Session | None: ...

    def session_by_digest(self, digest: bytes) -> Session | None: ...

    def sessions(self, user_id: str) -> list[Session]:
        """Those of one user, oldest first."""

    def draft(self, draft_id: str) -> Draft | None: ...

    def drafts(self, account: str | None) -> list[Draft]:
        """Those of one account, or of all; what was changed last comes first."""

    def draft_files(self, draft_id: str) -> dict[str, bytes]:
        """By name; none of a draft that is gone."""

    def audit(self, filters: Mapping[str, str | float], limit: int, before: int = 0) -> list[tuple[int, AuditEntry]]:
        """(number, entry) of the audit, newest first: those before number `before`, 0 for the newest. Filters: account,
        actor, action, subject, since, until (Unix seconds)."""

    def identity(self) -> str:
        """A name that no other database has; a backup that takes a database's place has another one."""


class Administration(Protocol):
    """Writing them."""

    def audit_entry(self, entry: AuditEntry) -> None:
        """Append to the audit."""

    def save_token(self, token: Token) -> None:
        """Insert or replace it. A second one of the same name that is not revoked is a ValueError."""

    def note_token_used(self, token_id: str) -> None:
        """It was used now."""

    def save_user(self, user: User) -> None:
        """Insert or replace. A second one of the same name, or of the same subject, is a ValueError."""

    def begin_session(self, session: Session) -> None: ...

    def note_session_seen(self, session_id: str) -> None:
        """It was used now."""

    def end_session(self, session_id: str) -> None: ...

    def end_sessions(self, user_id: str, *, but: str = "") -> None:
        """All of a user; `but` one, by its id."""

    def forget_sessions(self, seen_before: float, created_before: float) -> None:
        """Delete those that ended by themselves: not used, or begun, for so long."""

    def save_draft(self, draft: Draft) -> None:
        """A new one."""

    def change_draft(self, draft: Draft) -> bool:
        """Its name, base and who changed it; the revision is one more. False when another change was first."""

    def save_draft_file(self, draft_id: str, file: str, content: bytes) -> None:
        """Insert or replace."""

    def forget_draft_file(self, draft_id: str, file: str) -> None: ...

    def forget_draft(self, draft_id: str) -> None:
        """With its files."""
