"""Plain reads, written once: a store answers them outside of any transaction, a transaction or a snapshot within."""

from collections.abc import Collection, Mapping
from itertools import chain, starmap
from typing import Any, Final

import msgspec

from router.engine.codec import decode_call
from router.engine.state import Call
from router.flow.image_parts import PART_BYTES
from router.history.journal import STATES, CommandRow, Record
from router.runtime.administration.audit import AuditEntry
from router.runtime.records import (
    FIRST_CALL,
    Activation,
    ActiveVersion,
    Draft,
    EndedCall,
    Figures,
    OldContent,
    Session,
    StoredVersion,
    Token,
    User,
)
from router.runtime.versions.file_manifest import MARK
from router.store import encoding, figure_statements, lists, statements
from router.store.figures import FigureQueries
from router.store.old_content import count_old, entry_ids_by_account
from router.store.statement import Row, Statement, Value

_READ_AHEAD: Final = (
    statements.READ_CALLS,
    statements.READ_JOURNAL,
    statements.READ_COMMANDS,
    figure_statements.READ_COUNTED,
)
_ENTRY_ID: Final = encoding.LISTED_COLUMNS.index("entry_id")


class Queries(FigureQueries):
    """`runtime.ports.Queries`. How a statement is run is the subclass's business."""

    def _rows(self, statement: Statement, *values: Value) -> list[Row]:
        raise NotImplementedError

    def due_calls(self, before: float, limit: int = 100) -> list[tuple[str, str]]:
        return [(account, entry_id) for account, entry_id in self._rows(statements.DUE_CALLS, before, limit)]

    def next_wake(self) -> float | None:
        found: float | None = self._rows(statements.NEXT_WAKE)[0][0]
        return found

    def version_content(self, account: str, version: str) -> bytes | None:
        found = self._rows(statements.VERSION_CONTENT, account, version)
        return found[0][0] if found else None

    def version_of(self, account: str, content: bytes) -> str | None:
        found = self._rows(statements.VERSION_OF, account, content)
        return found[0][0] if found else None

    def version_image(self, account: str, version: str) -> bytes:
        found = self._rows(statements.VERSION_IMAGE, account, version)
        return found[0][0] if found else b""

    def parts(self, account: str, parts: Collection[str]) -> dict[str, bytes]:
        return dict(self._rows(statements.PARTS, account, _array(parts))) if parts else {}

    def known_parts(self, account: str, parts: Collection[str]) -> set[str]:
        return {part for (part,) in self._rows(statements.KNOWN_PARTS, account, _array(parts))} if parts else set()

    def announced(self, since: float) -> list[tuple[str, str]]:
        return [(account, version) for account, version in self._rows(statements.ANNOUNCED, since)]

    def unadopted_versions(self) -> list[tuple[str, str]]:
        found = self._rows(statements.UNADOPTED, MARK, PART_BYTES)
        return [(account, version) for account, version in found]

    def stored_versions(self, head: int) -> list[StoredVersion]:
        return [
            StoredVersion(
                account=account,
                version=version,
                was_active=bool(was_active),
                followed=float(followed),
                image_head=bytes(image_head or b""),
            )
            for account, version, was_active, followed, image_head in self._rows(statements.STORED_VERSIONS, head)
        ]

    def accounts(self) -> list[str]:
        return [name for (name,) in self._rows(statements.ACCOUNTS)]

    def versions(self, account: str) -> list[dict[str, Any]]:
        return [encoding.version_item(*columns) for _, *columns in self._rows(statements.VERSIONS, account)]

    def all_versions(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for account, *columns in self._rows(statements.ALL_VERSIONS):
            found.setdefault(account, []).append(encoding.version_item(*columns))
        return found

    def all_serving(self) -> dict[str, ActiveVersion]:
        return {account: encoding.serving_from(columns) for account, *columns in self._rows(statements.ALL_SERVING)}

    def serving(self, account: str) -> ActiveVersion:
        found = self._rows(statements.SERVING, account)
        return encoding.serving_from(found[0] if found else None)

    def active_versions(self) -> dict[str, Activation]:
        found = self._rows(statements.ACTIVE_VERSIONS)
        return {account: encoding.active_from(columns) for account, *columns in found}

    def last_events(self, limit: int) -> dict[str, float]:
        return {account: float(at) for account, at in self._rows(statements.LAST_EVENTS, limit)}

    def figures(self, account: str, version: str, since: float) -> Figures:
        calls, missed, failing, answered, hung_up, released = self._rows(statements.FIGURES, account, version, since)[0]
        return Figures(
            calls=calls, missed=missed, failing=failing, answered=answered, hung_up=hung_up, released=released
        )

    def calls(self, account: str | None, filters: Mapping[str, str], limit: int, after: str) -> list[dict[str, Any]]:
        wanted = encoding.read_filters(filters)
        live = wanted.pop("live", None)
        if account is not None:
            wanted["account"] = account
        values = list(wanted.values())
        if after:
            wanted["cursor"] = after
            values.extend(encoding.decode_cursor(after))
        found = self._rows(lists.calls(tuple(wanted), live), *values, limit)
        waits = self._waits_for_limits([columns[_ENTRY_ID] for columns in found])
        return [encoding.call_item(columns, waits) for columns in found]

    def live_states(self, account: str | None, limit: int) -> list[Call]:
        wanted = () if account is None else ("account",)
        found = self._rows(lists.calls(wanted, True), *filter(None, [account]), limit)
        return [decode_call(columns[encoding.STATE]) for columns in found]

    def changed_calls(self, since: float, limit: int, after: str, *, live: bool = True) -> list[dict[str, Any]]:
        at, *names = encoding.decode_cursor(after) if after else encoding.BEFORE_ALL
        rows: list[Row] = []
        if live and (at < 0 or not after):
            rows = self._rows(lists.calls(("cursor",), True), -at if after else at, *names, limit)
            at, *names = encoding.BEFORE_ALL
        if len(rows) < limit:
            rows += self._rows(statements.CHANGED_CALLS, since, at, *names, limit - len(rows))
        waits = self._waits_for_limits([row[_ENTRY_ID] for row in rows])
        items = [encoding.call_item(row, waits) for row in rows]
        return [item | {"cursor": encoding.encode_cursor(*encoding.changed_place(item))} for item in items]

    def _waits_for_limits(self, entry_ids: list[str]) -> dict[tuple[str, str], float]:
        """(account, entry_id) -> how many seconds the calls' commands waited for their turns."""
        names = msgspec.json.encode(entry_ids).decode()
        found = self._rows(statements.WAITS_FOR_LIMITS, names) if entry_ids else []
        return {(account, entry_id): float(seconds or 0.0) for account, entry_id, seconds in found}

    def traces(self, account: str, entry_ids: Collection[str]) -> list[tuple[str, bytes]]:
        names = msgspec.json.encode(sorted(entry_ids)).decode()
        return [(entry_id, bytes(trace)) for entry_id, trace in self._rows(figure_statements.TRACES, account, names)]

    def call(self, account: str | None, entry_id: str) -> Call | None:
        if account is None:
            found = self._rows(statements.CALL_OF_ANY_ACCOUNT, entry_id)
        else:
            found = self._rows(statements.CALL, account, entry_id)
        return decode_call(found[0][0]) if found else None

    def has_old_requests(self, before: float) -> bool:
        return bool(self._rows(statements.OLD_REQUESTS, before)[0][0])

    def journal(self, account: str, entry_id: str) -> list[Record]:
        return [encoding.record_from(columns) for columns in self._rows(statements.JOURNAL, account, entry_id)]

    def journal_page(self, account: str, entry_id: str, after: int, limit: int) -> list[tuple[int, Record]]:
        found = self._rows(statements.JOURNAL_PAGE, account, entry_id, after, limit)
        return [(number, encoding.record_from(columns)) for number, *columns in found]

    def commands(
        self, account: str | None, *, entry_id: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[CommandRow]:
        if entry_id is not None:
            return self._commands(statements.COMMANDS_OF_CALL, entry_id, account, state, limit)
        accounts = [] if account is None else [account]
        states = [state] if lists.state_is_given(state) else []
        statement = lists.commands(("account",) * len(accounts), state)
        return self._commands(statement, *accounts, *states, limit)

    def deliveries(
        self,
        account: str | None,
        *,
        state: str | None = None,
        receiver: str | None = None,
        entry_id: str | None = None,
        limit: int = 200,
        after: str = "",
    ) -> tuple[list[CommandRow], str | None]:
        place = encoding.decode_cursor(after) if after else encoding.BEFORE_ALL
        if entry_id is not None:
            found = self._commands(statements.DELIVERIES_OF_CALL, entry_id, account, receiver, state, *place, limit)
        else:
            parts = (
                self._commands(statements.DELIVERIES, one, account, receiver, None, *place, limit)
                for one in (STATES if state is None else (state,))
            )
            found = sorted(chain.from_iterable(parts), key=encoding.delivery_place, reverse=True)[:limit]
        return found, encoding.encode_cursor(*encoding.delivery_place(found[-1])) if len(found) == limit else None

    def queue_depths(self) -> dict[tuple[str, str], int]:
        return {(account, command): depth for account, command, depth in self._rows(statements.QUEUE_DEPTHS)}

    def live_calls(self) -> dict[tuple[str, str], int]:
        return {(account, flow): count for account, flow, count in self._rows(statements.LIVE_CALLS)}

    def ended_calls(
        self, before: float, after: EndedCall | None, limit: int, *, unmasked: bool = False
    ) -> list[EndedCall]:
        statement = statements.UNMASKED_CALLS if unmasked else statements.ENDED_CALLS
        return list(starmap(EndedCall, self._rows(statement, before, *(after or FIRST_CALL), limit)))

    def read_ahead(self, calls: Collection[EndedCall]) -> None:
        for account, entry_ids in entry_ids_by_account(calls).items():
            for statement in _READ_AHEAD:
                self._rows(statement, account, msgspec.json.encode(entry_ids).decode())

    def older_than(self, before: float) -> OldContent:
        return count_old(self._rows, before)

    def token(self, token_id: str) -> Token | None:
        return next(map(encoding.token_from, self._rows(statements.TOKEN, token_id)), None)

    def token_by_digest(self, digest: bytes) -> Token | None:
        return next(map(encoding.token_from, self._rows(statements.TOKEN_BY_DIGEST, digest)), None)

    def tokens(self) -> list[Token]:
        return [encoding.token_from(columns) for columns in self._rows(statements.TOKENS)]

    def user(self, user_id: str) -> User | None:
        return next(map(encoding.user_from, self._rows(statements.USER, user_id)), None)

    def user_by_name(self, name: str) -> User | None:
        return next(map(encoding.user_from, self._rows(statements.USER_BY_NAME, name)), None)

    def user_by_subject(self, subject: str) -> User | None:
        return next(map(encoding.user_from, self._rows(statements.USER_BY_SUBJECT, subject)), None)

    def users(self) -> list[User]:
        return [encoding.user_from(columns) for columns in self._rows(statements.USERS)]

    def has_users(self) -> bool:
        return bool(self._rows(statements.HAS_USERS))

    def session(self, session_id: str) -> Session | None:
        return next(map(encoding.session_from, self._rows(statements.SESSION, session_id)), None)

    def session_by_digest(self, digest: bytes) -> Session | None:
        return next(map(encoding.session_from, self._rows(statements.SESSION_BY_DIGEST, digest)), None)

    def sessions(self, user_id: str) -> list[Session]:
        return [encoding.session_from(columns) for columns in self._rows(statements.SESSIONS_OF_USER, user_id)]

    def draft(self, draft_id: str) -> Draft | None:
        return next(map(encoding.draft_from, self._rows(statements.DRAFT, draft_id)), None)

    def drafts(self, account: str | None) -> list[Draft]:
        return [encoding.draft_from(columns) for columns in self._rows(statements.DRAFTS, account or "")]

    def draft_files(self, draft_id: str) -> dict[str, bytes]:
        return {file: bytes(content) for file, content in self._rows(statements.DRAFT_FILES, draft_id)}

    def audit(self, filters: Mapping[str, str | float], limit: int, before: int = 0) -> list[tuple[int, AuditEntry]]:
        wanted = {**filters, "before": before} if before else filters
        found = self._rows(statements.audit(wanted), *wanted.values(), limit)
        return [(number, encoding.audit_from(columns)) for number, *columns in found]

    def identity(self) -> str:
        return str(self._rows(statements.IDENTITY)[0][0])

    def _commands(self, statement: Statement, *values: Value) -> list[CommandRow]:
        return [encoding.command_from(columns) for columns in self._rows(statement, *values)]


def _array(texts: Collection[str]) -> bytes:
    """For a statement's JSON."""
    return msgspec.json.encode(list(texts))
