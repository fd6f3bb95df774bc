"""The part of a transaction that writes tokens and the audit: `runtime.ports_administration.Administration`."""

from collections.abc import Hashable

import msgspec

from router.runtime.administration.audit import AuditEntry
from router.runtime.records import Token
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

    def _write(self, key: Hashable, statement: Statement, *values: Value) -> None:
        """Collect a write, in the place of an earlier one of the same key."""
        raise NotImplementedError
