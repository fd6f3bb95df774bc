"""Why a caller ended where he did: a call as the one object for programs, for the admin API and `ivr trace --json`.

It only shows what was recorded: no secret, since none is ever recorded in clear.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from math import modf
from typing import Any, Final

from router.engine.journey import talk_seconds
from router.engine.secret_marks import shown_marks
from router.engine.state import Call, Entry, Leg, Summary
from router.history.given_commands import given_commands
from router.history.journal import CommandRow, Record

Data = Mapping[str, Any]

TRACED_KINDS: Final = frozenset({"call", "dtmf", "summary", "result", "timer", "answered", "concluded", "reconciled"})
"""Records whose trace speaks for them; any other record of a call is an event of which only its kind is told."""


def told_instant(seconds: int) -> str | None:
    """A time that the PBX told; None for 0, and for a number that is no time."""
    try:
        return instant(seconds or None)
    except (ValueError, OverflowError, OSError):
        return None


def instant(at: float | None) -> str | None:
    """RFC 3339 in UTC with milliseconds; None stays None."""
    if at is None:
        return None
    fraction, second = modf(at)
    microseconds = round(fraction * 1_000_000)
    if not 0 <= microseconds < 1_000_000:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{_second(second)}.{microseconds // 1000:03}Z"


@lru_cache(4096)
def _second(second: float) -> str:
    """A list has several instants of nearly every second, and of each of its rows the same one twice."""
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="seconds").removesuffix("+00:00")


def view(call: Call, records: Iterable[Record], commands: Iterable[CommandRow]) -> dict[str, Any]:
    """The one object of a call (DESIGN.md, "Admin API"): every instant in RFC 3339, every list in order of time.

    `records` is the call's journal, oldest first; `commands` are its rows of the outbox. Of a page (`call_pages`) it is
    a part of them.
    """
    kept = list(records)
    trace = trace_of(kept)
    return {
        "entry_id": call.entry_id,
        "account": call.account,
        "flow": call.flow,
        "version": call.version,
        "line": call.line,
        "caller": call.caller_number,
        "started": instant(call.started),
        "ended": instant(call.ended or None),
        "outcome": call.outcome,
        "legs": [_leg(leg) for leg in sorted(call.legs.values(), key=lambda leg: leg.first_seen)],
        "events": _events(kept),
        "steps": _steps(trace),
        "commands": _commands(trace, commands),
        "timers": _timers(trace),
        "direction": call.direction,
        "sip_call_id": call.sip_call_id,
        "dct": {"number": call.dct_number, "type": call.dct_type},
        "group": call.group,
        "answered_by": call.answered_by,
        "talk_seconds": talk_seconds(call, call.ended or call.last_news),
        "end_reason": call.end_reason,
        "recording_id": call.recording_id,
        "task_id": call.task_id,
        "callback_initiator": call.callback_initiator,
        "untaken": call.untaken,
        "summary": _summary(call.summary),
    }


def trace_of(records: Iterable[Record]) -> list[Entry]:
    """The whole trace of a call, from its journal."""
    return [entry for record in records for entry in record.trace]


def _summary(told: Summary | None) -> dict[str, Any] | None:
    """The PBX's summary under the document's names (§3.1.5); None until it has come."""
    if told is None:
        return None
    return {
        "create_time": told_instant(told.created),
        "forward_time": told_instant(told.forwarded),
        "talk_time": told_instant(told.answered),
        "end_time": told_instant(told.ended),
        "entry_result": told.result,
        "call_direction": told.direction,
        "disconnect_reason": told.reason,
    }


def _leg(leg: Leg) -> dict[str, Any]:
    last = leg.last
    return {
        "at": instant(leg.first_seen),
        "call_id": last.call_id,
        "state": last.state,
        "location": last.location,
        "from": last.from_number or last.from_extension,
        "to": last.to_extension or last.acd_group or last.to_number,
        "line": last.line_number,
        "group": last.acd_group,
        "taken_from_call_id": last.taken_from_call_id,
        "command_id": last.command_id,
        "connected": instant(leg.connected_at or None),
        "ended": instant(leg.ended_at or None),
        "disconnect_reason": last.disconnect_reason,
        "dct": {"number": last.dct_number, "type": last.dct_type},
        "sip_call_id": last.sip_call_id,
        "task_id": last.task_id,
        "callback_initiator": last.callback_initiator,
        "transfer": last.transfer,
        "was_transferred": {"from": last.from_was_transferred, "to": last.to_was_transferred},
        "hold_initiator": {"from": last.from_hold_initiator, "to": last.to_hold_initiator},
    }


def _events(records: Iterable[Record]) -> list[dict[str, Any]]:
    """What came, in the order in which it took effect; notes among them tell what was odd about it."""
    events: list[dict[str, Any]] = []
    for record in records:
        told = [entry for entry in record.trace if entry.kind in ("event", "digits", "manual", "note")]
        events.extend({"at": instant(entry.at), "kind": entry.kind, **entry.data} for entry in told)
        if not told and record.kind not in TRACED_KINDS:
            events.append({"at": instant(record.at), "kind": "event", "event": record.kind})
    return events


def _steps(trace: Iterable[Entry]) -> list[dict[str, Any]]:
    """One object for each visit of a step: when it was entered, and why it was left by which exit."""
    steps: list[dict[str, Any]] = []
    for entry in trace:
        if entry.kind == "entered":
            steps.append(_step(entry))
        elif entry.kind == "left":
            open_step = next((step for step in reversed(steps) if _is_open(step, entry)), None)
            if open_step is None:
                open_step = _step(entry)
                steps.append(open_step)
            open_step |= {"left": instant(entry.at), **entry.data}
    return steps


def _is_open(step: Data, left: Entry) -> bool:
    """Whether it is the visit that was left: steps of a sub-flow lie between the two ends of the one that ran it."""
    same = step["step"] == left.data["step"] and step.get("within") == left.data.get("within")
    return same and step["left"] is None


def _step(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return {
        "at": instant(entry.at),
        "step": data["step"],
        "verb": data["verb"],
        "visit": data.get("visit", 1),
        **({"within": data["within"]} if "within" in data else {}),
        "exit": "",
        "goto": "",
        "why": "",
        "clauses": [],
        "left": None,
    }


def _commands(trace: Iterable[Entry], rows: Iterable[CommandRow]) -> list[dict[str, Any]]:
    """With who gave them, of those that people gave."""
    given = given_commands(trace)
    shown = [command_object(row) for row in sorted(rows, key=lambda row: row.queued)]
    return [one | {"given": given[one["command_id"]]} if one["command_id"] in given else one for one in shown]


def _timers(trace: Iterable[Entry]) -> list[dict[str, Any]]:
    """One object for each timer that was set; `done` says what became of it: set (it still runs), moved, fired or
    cancelled."""
    timers: list[dict[str, Any]] = []
    running: dict[str, dict[str, Any]] = {}
    for entry in trace:
        if entry.kind != "timer":
            continue
        name, done = entry.data["name"], entry.data["done"]
        if done == "set" and name in running and running[name]["done"] == "set":
            running[name] |= {"done": "moved", "since": instant(entry.at)}
        if done == "set" or name not in running:
            running[name] = {"at": instant(entry.at), "name": name, "due": instant(entry.data["due"])}
            timers.append(running[name])
        running[name] |= {"done": done, "since": instant(entry.at)}
    return timers


def command_object(row: CommandRow) -> dict[str, Any]:
    """A row of the outbox, as in the object of its call."""
    wait = row.wait_seconds
    return {
        "at": instant(row.queued),
        "command_id": row.command_id,
        "command": row.command,
        "call_id": row.call_id,
        "label": row.label,
        "params": shown_marks(row.params),
        "state": row.state,
        "code": row.code,
        "reason": row.reason,
        "http_status": row.http_status,
        "attempts": row.attempts,
        "deadline": instant(row.expires),
        "queued": instant(row.queued),
        "sent": instant(row.sent),
        "confirmed": instant(row.confirmed),
        "wait_seconds": None if wait is None else round(wait, 3),
    }


def listed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the list of calls (`Store.calls`) as an object: its instants in RFC 3339, its cursor left out."""
    shown = {name: value for name, value in row.items() if name != "cursor"}
    return {**shown, "started": instant(row["started"]), "ended": instant(row["ended"])}
