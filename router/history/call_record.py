"""A call as one row: of the list of calls, of a CSV, of `ivr export`.

Everything but the waits for limits is read from the call's state, also for calls of older versions, whose state lacks
some of it: then it is empty or 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from router.engine.journey import INCOMING, ring_seconds, talk_seconds
from router.engine.state import Call
from router.history.call_view import instant

SEPARATOR: Final = " "  # between several values in one cell


@dataclass(frozen=True, slots=True)
class Column:
    """A fact of the row. kind: text, instant, seconds, count or texts."""

    name: str
    kind: str


COLUMNS: Final = tuple(
    Column(name, kind)
    for name, kind in (
        ("account", "text"),
        ("entry_id", "text"),
        ("status", "text"),
        ("flow", "text"),
        ("version", "text"),
        ("direction", "text"),
        ("line", "text"),
        ("caller", "text"),
        ("started", "instant"),
        ("ended", "instant"),
        ("changed", "instant"),
        ("outcome", "text"),
        ("end_reason", "count"),
        ("answered_by", "text"),
        ("group", "text"),
        ("step", "text"),
        ("exit", "text"),
        ("menu_seconds", "seconds"),
        ("limit_seconds", "seconds"),
        ("ring_seconds", "seconds"),
        ("talk_seconds", "seconds"),
        ("leg_count", "count"),
        ("recording_ids", "texts"),
        ("recordings", "texts"),
        ("sip_call_id", "text"),
    )
)
"""In the order of a CSV; new ones are put at the end of the order or beside their like, never taken away."""


def facts_of(call: Call, waited_for_limits: float) -> dict[str, Any]:
    """What a row tells beside what lists and indexes know already, and what it is found by (`reached`)."""
    until = call.ended or call.last_news
    rang, talked = ring_seconds(call, until), talk_seconds(call, until)
    in_menu = until - call.started - rang - talked if call.direction == INCOMING else 0.0
    recordings = call.recording_ids or ((call.recording_id,) if call.recording_id else ())
    return {
        "end_reason": call.end_reason,
        "answered_by": call.answered_by,
        "group": call.group,
        "step": call.step,
        "exit": call.exit,
        "reached": tuple(call.visits),
        "menu_seconds": round(max(0.0, in_menu), 1),
        "limit_seconds": round(waited_for_limits, 1),
        "ring_seconds": round(rang, 1),
        "talk_seconds": float(talked),
        "leg_count": len(call.legs) + call.folded,
        "recording_ids": list(recordings),
        "recordings": [recording_path(call.account, one) for one in recordings],
    }


def recording_path(account: str, recording_id: str) -> str:
    """Where the API leads to a recording."""
    return f"/api/recordings/{quote(recording_id, safe='')}?account={quote(account, safe='')}"


def record_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the store as JSON: instants in RFC 3339, in the order of COLUMNS."""
    return {
        column.name: instant(row[column.name]) if column.kind == "instant" else row[column.name] for column in COLUMNS
    }


def record_cells(row: Mapping[str, Any]) -> list[str]:
    """A row of the store as the cells of a CSV."""
    shown = record_object(row)
    return [_cell(shown[column.name], column.kind) for column in COLUMNS]


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    return SEPARATOR.join(value) if kind == "texts" else str(value)
