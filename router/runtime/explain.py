"""Why a caller ended where he did: a call's trace as lines for people and as the one object for programs.

The admin API, `ivr trace --json` and the test runner all show a call through this module, so there is one account of
it. It only tells what was recorded: no clock, no store, and no secret, since none is ever recorded in clear.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from router.engine.secret_marks import shown_marks
from router.engine.state import Call, Entry, Leg
from router.runtime.ports import CommandRow, Record

Data = Mapping[str, Any]

TRACED_KINDS: Final = frozenset({"call", "dtmf", "summary", "result", "timer", "answered", "concluded"})
"""Records whose trace speaks for them; any other record of a call is an event of which only its kind is told."""


def instant(at: float | None) -> str | None:
    """RFC 3339 in UTC with milliseconds; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of_day(at: float) -> str:
    """The time alone, in UTC, for a column of a trace."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3]


# for people


def lines(trace: Iterable[Entry], stamp: Callable[[float], str] = time_of_day) -> list[str]:
    """The trace, one line for each entry and each clause of a condition. `stamp` turns an instant into its column."""
    written: list[str] = []
    for entry in trace:
        time = stamp(entry.at)
        first, *more = _told(entry)
        written.append(f"{time}  {_printable(first)}")
        written.extend(f"{' ' * len(time)}    {_printable(line)}" for line in more)
    return written


def _printable(text: str) -> str:
    """Without anything that a terminal could obey: peers choose parts of it."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in text)


def _told(entry: Entry) -> list[str]:
    tell = TELL.get(entry.kind)
    if tell is None:
        return [f"{entry.kind}: " + ", ".join(f"{name} {value}" for name, value in entry.data.items())]
    return tell(entry.data if entry.kind != "timer" else {**entry.data, "at": entry.at})


def _tell_event(data: Data) -> list[str]:
    facts = [EVENT_WORDS[name].format(data[name]) for name in EVENT_WORDS if data.get(name)]
    return [f"event {data.get('event', '')} {' '.join(facts)}".rstrip() + _lateness(data)]


EVENT_WORDS: Final[Mapping[str, str]] = {  # in the order in which they are told
    "command": "{}",
    "call_id": "{}",
    "seq": "#{}",
    "state": "{}",
    "location": "in {}",
    "to": "to {}",
    "command_id": "of {}",
    "result": "is {}",
    "reason": "reason {}",
}


def _lateness(data: Data) -> str:
    lateness = data.get("lateness", "in order")
    if lateness == "in order":
        return ""
    waited = f" for {data['waited']:g} s" if data.get("waited") else ""
    return f" ({lateness}{waited})"


def _tell_digits(data: Data) -> list[str]:
    dropped = " (dropped: no step listens)" if data.get("dropped") else ""
    return [f"keys {data.get('digits', '')} in {data.get('location') or 'an unknown place'}{dropped}"]


def _tell_entered(data: Data) -> list[str]:
    visit = data.get("visit", 1)
    again = f", visit {visit}" if visit > 1 else ""
    return [f"step {_step_name(data)} ({data['verb']}{again})"]


def _tell_left(data: Data) -> list[str]:
    exit_name = f" by {data['exit']}" if data.get("exit") else ""
    goto = f" to {data['goto']}" if data.get("goto") else ""
    why = f": {data['why']}" if data.get("why") else ""
    return [f"left {_step_name(data)}{exit_name}{goto}{why}", *_clause_lines(data.get("clauses") or ())]


def _step_name(data: Data) -> str:
    """Of a sub-flow with the flow's name before it."""
    return f"{data['within']}.{data['step']}" if data.get("within") else str(data["step"])


def _clause_lines(asked: Iterable[Data]) -> list[str]:
    """Each condition that was asked, and below it its clauses, if it has more than itself."""
    written = []
    for case in asked:
        clauses = [_clause(clause) for clause in case.get("clauses", ())]
        whole = f"{case['when']} is {_shown(case['value'])}"
        if len(clauses) == 1 and clauses[0].startswith(whole):
            written += clauses
        else:
            written += [whole, *(f"  {clause}" for clause in clauses)]
    return written


def _clause(clause: Data) -> str:
    """A clause with its value and, if it is more than a name, the values of the names in it."""
    names = {name: value for name, value in clause.get("names", {}).items() if name != clause["clause"]}
    values = ", ".join(f"{name} = {_shown(value)}" for name, value in names.items())
    return f"{clause['clause']} is {_shown(clause['value'])}" + (f" ({values})" if values else "")


def _shown(value: Any) -> str:
    """A value as an author writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _tell_command(data: Data) -> list[str]:
    return [f"command {data['command']} {data.get('label', '')} ({data['command_id']})"]


def _tell_lookup(data: Data) -> list[str]:
    values = ", ".join(f"{name} = {_shown(value)}" for name, value in data.get("outputs", {}).items())
    return [f"lookup {data['state']}{': ' if values else ''}{values}"]


def _tell_timer(data: Data) -> list[str]:
    due = f", due in {round(data['due'] - data['at'], 3):g} s" if data.get("done") == "set" else ""
    return [f"timer {data['name']} {data.get('done', '')}{due}"]


def _tell_note(data: Data) -> list[str]:
    return [str(data["text"])]


TELL: Final[Mapping[str, Callable[[Data], list[str]]]] = {
    "event": _tell_event,
    "digits": _tell_digits,
    "entered": _tell_entered,
    "left": _tell_left,
    "command": _tell_command,
    "lookup": _tell_lookup,
    "timer": _tell_timer,
    "note": _tell_note,
}


# for programs


def view(call: Call, records: Iterable[Record], commands: Iterable[CommandRow]) -> dict[str, Any]:
    """The one object of a call (DESIGN.md, "Admin API"): every instant in RFC 3339, every list in order of time.

    `records` is the call's journal, oldest first; `commands` are its rows of the outbox.
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
        "commands": [command_object(row) for row in sorted(commands, key=lambda row: row.queued)],
        "timers": _timers(trace),
    }


def trace_of(records: Iterable[Record]) -> list[Entry]:
    """The whole trace of a call, from its journal."""
    return [entry for record in records for entry in record.trace]


def _leg(leg: Leg) -> dict[str, Any]:
    last = leg.last
    return {
        "at": instant(leg.first_seen),
        "call_id": last.call_id,
        "state": last.state,
        "location": last.location,
        "from": last.from_number or last.from_extension,
        "to": last.to_extension or last.acd_group or last.to_number,
        "taken_from_call_id": last.taken_from_call_id,
        "command_id": last.command_id,
        "connected": instant(leg.connected_at or None),
        "ended": instant(leg.ended_at or None),
        "disconnect_reason": last.disconnect_reason,
    }


def _events(records: Iterable[Record]) -> list[dict[str, Any]]:
    """What came, in the order in which it took effect; notes among them tell what was odd about it."""
    events: list[dict[str, Any]] = []
    for record in records:
        told = [entry for entry in record.trace if entry.kind in ("event", "digits", "note")]
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
