"""Between the runtime's records and the columns that hold them.

A record's fields are its columns, in their order: the statements take their names from here. A call's row repeats, in
columns, what lists and indexes ask about; the state's bytes stay the truth.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from router.engine.codec import decode_call, decode_trace, encode_trace
from router.engine.rebase_clock import moved
from router.engine.state import LIVE, Call
from router.history.call_record import facts_of
from router.history.journal import CommandRow, JournalLine, Record
from router.runtime.administration.audit import AuditEntry
from router.runtime.records import AccountState, Activation, ActiveVersion, Draft, Origin, Session, Share, Token, User

CALL_COLUMNS: Final = (
    "account",
    "entry_id",
    "status",
    "live",
    "flow",
    "version",
    "direction",
    "line",
    "caller",
    "started",
    "ended",
    "outcome",
    "sip_call_id",
    "changed_at",
    "wake_at",
    "state",
)
LISTED_COLUMNS: Final = tuple(name for name in CALL_COLUMNS if name not in ("live", "wake_at"))
"""What the list of calls reads of each."""

STATE: Final = LISTED_COLUMNS.index("state")

COMMAND_COLUMNS: Final = CommandRow.__struct_fields__
RECORD_COLUMNS: Final = Record.__struct_fields__
STANDING_COLUMNS: Final = AccountState.__struct_fields__
SHARE_COLUMNS: Final = ("window_name", *Share.__struct_fields__[1:])  # `window` is a word of the language
SERVING_COLUMNS: Final = ("version", *ActiveVersion.__struct_fields__[1:])

TOKEN_COLUMNS: Final = Token.__struct_fields__
USER_COLUMNS: Final = User.__struct_fields__
SESSION_COLUMNS: Final = Session.__struct_fields__
DRAFT_COLUMNS: Final = Draft.__struct_fields__
AUDIT_COLUMNS: Final = AuditEntry.__struct_fields__

NO_ACCOUNT: Final = ""  # whose mark nothing goes by

ACTIVE, CANARY, DRAINING, RETIRED = "active", "canary", "draining", "retired"

_PARAMS: Final = COMMAND_COLUMNS.index("params")
_FLAGS: Final = ("high_priority", "buyable")  # numbers in SQLite
_CHANGES: Final = AUDIT_COLUMNS.index("changes")
_TRACE: Final = RECORD_COLUMNS.index("trace")


def call_summary(call: Call) -> tuple[Any, ...]:
    """A call's row in the order of CALL_COLUMNS, without its end that nearly every event changes: changed_at, wake_at
    and state."""
    return (
        call.account,
        call.entry_id,
        call.status,
        call.pins_version,
        call.flow,
        call.version,
        call.direction,
        call.line,
        call.caller_number or call.caller_extension,
        call.started,
        call.ended or None,
        call.outcome,
        call.sip_call_id,
    )


def call_from(state: bytes | None, clock_shift: float) -> Call | None:
    """The inverse of the state's column; None stays None. Whenever the database's clock was set since the call was
    saved, its instants have moved along (`Transaction.shift_clock`)."""
    if state is None:
        return None
    call = decode_call(state)
    if call.clock_shift is not None and call.clock_shift != clock_shift:
        call = moved(call, clock_shift - call.clock_shift)
    call.clock_shift = clock_shift
    return call


def command_columns(command: CommandRow) -> list[Any]:
    """A command's row, in the order of COMMAND_COLUMNS; its parameters as JSON text."""
    columns = list(msgspec.structs.astuple(command))
    columns[_PARAMS] = msgspec.json.encode(command.params).decode()
    return columns


def command_from(columns: Sequence[Any]) -> CommandRow:
    """The inverse of `command_columns`."""
    fields = dict(zip(COMMAND_COLUMNS, columns, strict=True))
    fields["params"] = msgspec.json.decode(fields["params"])
    for name in _FLAGS:
        fields[name] = bool(fields[name])
    return CommandRow(**fields)


def record_columns(record: Record) -> list[Any]:
    """A journal line, in the order of RECORD_COLUMNS."""
    columns = list(msgspec.structs.astuple(record))
    columns[_TRACE] = encode_trace(record.trace)
    return columns


def record_from(columns: Sequence[Any]) -> Record:
    """The inverse of `record_columns`."""
    fields = dict(zip(RECORD_COLUMNS, columns, strict=True))
    fields["trace"] = decode_trace(fields["trace"])
    return Record(**fields)


def journal_lines_from(rows: Sequence[Sequence[Any]]) -> list[JournalLine]:
    """The lines of RECORDS_AFTER; the state that stands on a call's last line is that of all its lines."""
    calls: dict[tuple[str, str], Call] = {}
    found: list[JournalLine] = []
    for number, account, entry_id, at, kind, body, trace, state, masked in reversed(rows):
        if state is not None:
            calls[account, entry_id] = decode_call(state)
        found.append(
            JournalLine(
                number=number,
                account=account,
                entry_id=entry_id,
                at=at,
                kind=kind,
                body=body,
                trace=decode_trace(trace),
                call=calls.get((account, entry_id)),
                is_masked=bool(masked),
            )
        )
    return found[::-1]


def call_item(columns: Sequence[Any], waits: Mapping[tuple[str, str], float]) -> dict[str, Any]:
    """One line of the list of calls, from LISTED_COLUMNS and the waits for limits, with the cursor of what follows."""
    item = dict(zip(LISTED_COLUMNS, columns, strict=True))
    call, changed = decode_call(item.pop("state")), item.pop("changed_at")
    item["changed"] = call.last_news if call.status in LIVE else changed or item["ended"] or item["started"]
    item["cursor"] = encode_cursor(item["started"], item["entry_id"], item["account"])
    return item | facts_of(call, waits.get((item["account"], item["entry_id"]), 0.0))


def version_item(
    version: str,
    created: float,
    activated: float | None,
    is_active: bool | None,
    is_canary: bool | None,
    live_calls: int,
    note: str,
    origin: str = "",
) -> dict[str, Any]:
    """One line of the list of versions. A version that calls still run on is draining, not retired."""
    state = ACTIVE if is_active else CANARY if is_canary else DRAINING if live_calls else RETIRED
    return {
        "version": version,
        "created": created,
        "activated": activated,
        "state": state,
        "live_calls": live_calls,
        "note": note,
        **msgspec.structs.asdict(msgspec.json.decode(origin, type=Origin) if origin else Origin()),
    }


def serving_from(columns: Sequence[Any] | None) -> ActiveVersion:
    """An account's row of `active`; of one that has none, or nothing but NULLs, the beginning."""
    if columns is None or columns[0] is None:
        return ActiveVersion()
    version, canary, share, since, paused = columns
    return ActiveVersion(active=version or None, canary=canary, share=share, since=since, paused=bool(paused))


def active_from(columns: Sequence[Any]) -> Activation:
    """An account's row of `active`, with when its version was activated."""
    version, canary, activated, paused, paused_at, paused_by = columns
    return Activation(
        version=version or "",
        canary=canary,
        activated=activated,
        paused=bool(paused),
        paused_at=paused_at,
        paused_by=paused_by,
    )


def standing_from(columns: Sequence[Any]) -> AccountState:
    """An account's row of `standings`."""
    return AccountState(**dict(zip(STANDING_COLUMNS, columns, strict=True)))


def share_from(columns: Sequence[Any]) -> Share:
    """A window's row of `shares`."""
    return Share(**dict(zip(Share.__struct_fields__, columns, strict=True)))


def token_from(columns: Sequence[Any]) -> Token:
    """A row of `tokens`."""
    fields = dict(zip(TOKEN_COLUMNS, columns, strict=True))
    return Token(**{**fields, "digest": bytes(fields["digest"])})


def user_from(columns: Sequence[Any]) -> User:
    """A row of `users`."""
    fields = dict(zip(USER_COLUMNS, columns, strict=True))
    return User(**{**fields, "totp": bytes(fields["totp"])})


def session_from(columns: Sequence[Any]) -> Session:
    """A row of `sessions`."""
    fields = dict(zip(SESSION_COLUMNS, columns, strict=True))
    return Session(**{**fields, "digest": bytes(fields["digest"])})


def draft_from(columns: Sequence[Any]) -> Draft:
    """A row of `drafts`."""
    return Draft(**dict(zip(DRAFT_COLUMNS, columns, strict=True)))


def audit_columns(entry: AuditEntry) -> list[Any]:
    """A row of `audit`, in the order of AUDIT_COLUMNS; its changes as JSON text."""
    columns = list(msgspec.structs.astuple(entry))
    columns[_CHANGES] = msgspec.json.encode(entry.changes).decode()
    return columns


def audit_from(columns: Sequence[Any]) -> AuditEntry:
    """The inverse of `audit_columns`."""
    fields = dict(zip(AUDIT_COLUMNS, columns, strict=True))
    return AuditEntry(**{**fields, "changes": msgspec.json.decode(fields["changes"])})


def serving_columns(serving: ActiveVersion) -> tuple[Any, ...]:
    """The inverse of `serving_from`."""
    return serving.active or "", serving.canary, serving.share, serving.since, int(serving.paused)


def encode_cursor(started: float, entry_id: str, account: str) -> str:
    """A place in the list of calls, opaque and safe in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode((started, entry_id, account))).decode()


def decode_cursor(cursor: str) -> tuple[float, str, str]:
    """The inverse of `encode_cursor`; ValueError for anything else."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[float, str, str])
    except (ValueError, msgspec.MsgspecError):
        raise ValueError("the cursor is not one that a list of calls gave out") from None


BEFORE_ALL: Final = (1e300, "", "")
"""The place of a list that is ordered by an instant before its first page."""


def changed_place(row: Mapping[str, Any]) -> tuple[float, str, str]:
    """Where a row of the list by the last change stands: the live ones first, in the order of their beginnings, which
    have a minus here."""
    at = -row["started"] if row["status"] in LIVE else row["changed"]
    return at, row["entry_id"], row["account"]


def delivery_place(row: CommandRow) -> tuple[float, str, str]:
    """Where a notification stands in the list of deliveries."""
    return row.queued, row.command_id, row.account


def read_filters(filters: Mapping[str, str]) -> dict[str, Any]:
    """The filters of a list of calls as typed values; ValueError names what cannot be read. An empty text is none."""
    return {name: _read_filter(name, text) for name, text in filters.items() if text}


def _read_filter(name: str, text: str) -> Any:
    if name not in _FILTER_TYPES:
        raise ValueError(f"calls cannot be filtered by {name!r}, only by {', '.join(_FILTER_TYPES)}")
    try:
        return _FILTER_TYPES[name](text)
    except (KeyError, ValueError):
        raise ValueError(f"the filter {name} cannot be {text!r}") from None


_FILTER_TYPES: Final[Mapping[str, Any]] = {
    "live": {"1": True, "0": False}.__getitem__,
    "line": str,
    "flow": str,
    "outcome": str,
    "since": float,
    "until": float,
    "caller": str,
    "sip_call_id": str,
}
