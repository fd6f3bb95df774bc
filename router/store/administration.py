"""The part of a transaction that writes who may do what, who has done it, and drafts:
`runtime.ports_administration.Administration`."""

from collections.abc import Hashable

import msgspec

from router.runtime.administration.audit import AuditEntry
from router.runtime.records import Draft, Session, Token, User
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

    def save_draft(self, draft: Draft) -> None:
        self._write(("draft", draft.draft_id), statements.SAVE_DRAFT, *msgspec.structs.astuple(draft))

    def change_draft(self, draft: Draft) -> bool:
        values = (draft.draft_id, draft.revision, draft.name, draft.base, draft.changed, draft.changed_by)
        return bool(self._rows(statements.CHANGE_DRAFT, *values))

    def save_draft_file(self, draft_id: str, file: str, content: bytes) -> None:
        self._write(("draft file", draft_id, file), statements.SAVE_DRAFT_FILE, draft_id, file, content)

    def forget_draft_file(self, draft_id: str, file: str) -> None:
        self._write(("draft file", draft_id, file), statements.FORGET_DRAFT_FILE, draft_id, file)

    def forget_draft(self, draft_id: str) -> None:
        self._write(object(), statements.FORGET_DRAFT_FILES, draft_id)
        self._write(object(), statements.FORGET_DRAFT, draft_id)

    def _write(self, key: Hashable, statement: Statement, *values: Value) -> None:
        """Collect a write, in the place of an earlier one of the same key."""
        raise NotImplementedError
