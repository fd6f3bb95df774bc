"""What a store keeps of access and of the audit: parts of `ports.Queries` and of `ports.Transaction`."""

from collections.abc import Mapping
from typing import Protocol

from router.runtime.administration.audit import AuditEntry
from router.runtime.records import Token


class AdministrationQueries(Protocol):
    """Tokens, the audit, and which database this is."""

    def token(self, token_id: str) -> Token | None: ...

    def token_by_digest(self, digest: bytes) -> Token | None: ...

    def tokens(self) -> list[Token]:
        """All of them, also those that are revoked, in the order of their making."""

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
