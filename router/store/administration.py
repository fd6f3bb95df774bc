"""The part of a transaction that writes tokens, people and the audit: `runtime.ports_administration.Administration`."""

from collections.abc import Hashable

import msgspec

from router.runtime.administration.audit import AuditEntry
from router.runtime.records import Session, Token, User
from router.store import encoding, statements
from router.store.reading import Reading
from router.store.statement import Statement, Value


class Administration(Reading):
    """Mixed into the transaction."""

    def audit_entry(self, entry: AuditEntry) -> None:
        self._write(object(), statements.AUDIT_ENTRY, *encoding.audit_columns(entry))

    def save_token(self, token: Token) -> None:
        self._write(("token", token.token_id), statements.SAVE_TOKEN, *msgspec.structs.astuple(token))

    def note_token_used(self, token_id: str) -> None:
        self._write(("used", token_id), statements.NOTE_TOKEN_USED, self.now, token_id)

    def save_user(self, user: User) -> None:
        self._write(("user", user.user_id), statements.SAVE_USER, *msgspec.structs.astuple(user))

    def begin_session(self, session: Session) -> None:
        self._write(object(), statements.SAVE_SESSION, *msgspec.structs.astuple(session))

    def note_session_seen(self, session_id: str) -> None:
        self._write(("seen", session_id), statements.NOTE_SESSION_SEEN, self.now, session_id)

    def end_session(self, session_id: str) -> None:
        self._write(object(), statements.END_SESSION, session_id)

    def end_sessions(self, user_id: str, *, but: str = "") -> None:
        self._write(object(), statements.END_SESSIONS, user_id, but)

    def forget_sessions(self, seen_before: float, created_before: float) -> None:
        self._write(object(), statements.FORGET_SESSIONS, seen_before, created_before)

    def _write(self, key: Hashable, statement: Statement, *values: Value) -> None:
        """Collect a write, in the place of an earlier one of the same key."""
        raise NotImplementedError
