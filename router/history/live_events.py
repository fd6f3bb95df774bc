"""What happens, as one object for each line of the journal: what `GET /api/events` tells.

A line says what came and what it did (`what`, its trace); the call's state is the one that was kept last, so several
lines that are read together tell the same state, the newest. It only tells what was recorded: no secret is recorded in
clear.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.engine.state import Entry
from router.history.call_state import call_state
from router.history.call_view import instant
from router.history.journal import BY_HAND, JournalLine
from router.protocol.events import PRESENCE
from router.protocol.parse import decode_loosely

KINDS: Final[Mapping[str, str]] = {  # kind of a record -> what it is called to listeners
    "call": "call",  # a leg changed
    "dtmf": "dtmf",  # keys were collected
    "summary": "summary",  # the journey is over, and this is the PBX's summary
    "result": "result",  # the PBX told how a command ended
    "recording": "recording",  # one began, moved on or ended
    "record_added": "record_added",  # a recording's file can be had
    "record_tagged": "record_tagged",  # topics were found in a recording
    "sms": "sms",  # whether a message was delivered
    "presence": "presence",  # an employee's status changed
    "session_end": "session_end",  # a session of the contact centre ended
    "address_book": "address_book",  # the address book changed
    "statistics": "statistics",  # statistics that were asked for can be fetched
    "other": "other",  # a notification that no flow goes by
    "conflict": "conflict",  # a notification came again with other content, and was left alone
    "timer": "timer",  # an instant that the call waited for has come
    "answered": "accepted",  # the PBX took a command (HTTP 200): how it ends, a result or a leg tells
    "concluded": "concluded",  # a command ended without a word of the PBX: refused, expired, unclear
    "lookup": "lookup",  # what a flow asked came, or did not
    "reconciled": "reconciled",  # the PBX's statistics told what became of a call
    BY_HAND: BY_HAND,  # a person gave a command
    "restored": "restored",  # the database was restored from a backup
}
TOLD_KINDS: Final = tuple(sorted(KINDS.values()))

TOLD_ENTRIES: Final = frozenset({"event", "digits", "entered", "left", "command", "manual", "note"})
"""Of a trace. Timers, and what a step saw when it decided, are for whoever reads the whole trace."""


def told_kind(written: JournalLine) -> str:
    """What its kind is called to listeners."""
    return KINDS.get(written.kind, written.kind)


def live_event(written: JournalLine) -> dict[str, Any]:
    """The object that listeners get."""
    call = written.call
    return {
        "account": written.account,
        "entry_id": written.entry_id,
        "kind": told_kind(written),
        "at": instant(written.at),
        "what": [_entry(entry) for entry in written.trace if entry.kind in TOLD_ENTRIES],
        "state": None if call is None else call_state(call),
        "detail": _detail(written),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    """A line of the trace; a switch's clauses are left to whoever reads the whole of it."""
    told = {name: value for name, value in entry.data.items() if name != "clauses"}
    return {"at": instant(entry.at), "kind": entry.kind, "data": told}


def _detail(written: JournalLine) -> dict[str, Any] | None:
    """What neither trace nor state tells: of an account's notification, and of a command."""
    read = DETAILS.get(written.kind)
    if read is None or not written.body:
        return None
    try:
        fields = decode_loosely(written.body)
    except (ValueError, RecursionError):
        return None
    return read(fields) if isinstance(fields, dict) else None


def _address_book(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What changed, as the PBX tells it (§3.7.4): objects; of what was deleted their ids."""
    return {"action": fields.get("action"), "data": fields.get("data")}


def _presence(fields: Mapping[str, Any]) -> dict[str, Any]:
    """§4.4."""
    status = str(fields.get("status", ""))
    word = PRESENCE.get(int(status), "") if len(status) == 1 and status in "12345" else ""
    return {"abonent_id": str(fields.get("abonent_id", "")), "status": word}


def _command(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Which command it was; of one that ended, how."""
    return {
        "command_id": fields.get("command_id", ""),
        "state": fields.get("state", "accepted"),
        "code": fields.get("code", 0),
        "reason": fields.get("reason", ""),
    }


DETAILS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "address_book": _address_book,
    "presence": _presence,
    "answered": _command,
    "concluded": _command,
}
