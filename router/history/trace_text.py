"""Why a caller ended where he did: a call's trace as lines for people.

`ivr trace`, the test runner and the telephone in the terminal tell a call through this module, so there is one account
of it. It only tells what was recorded: no clock, no store, and no secret, since none is ever recorded in clear.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from router.engine.state import Entry

Data = Mapping[str, Any]


def time_of_day(at: float) -> str:
    """The time alone, in UTC, for a column of a trace."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3]


def lines(
    trace: Iterable[Entry], stamp: Callable[[float], str] = time_of_day, said: Callable[[str], str] = str
) -> list[str]:
    """The trace, one line for each entry and each clause of a condition. `stamp` turns an instant into its column,
    `said` what stands behind it into another language."""
    written: list[str] = []
    for entry in trace:
        time = stamp(entry.at)
        first, *more = _told(entry)
        written.append(f"{time}  {_printable(_with_state(said(first), entry, said) + _aside(entry, said))}")
        written.extend(f"{' ' * len(time)}    {_printable(_indented(line, said))}" for line in more)
    return written


def _with_state(line: str, entry: Entry, said: Callable[[str], str]) -> str:
    """The PBX's word for a leg's state, which is searched for, and beside it the reader's own."""
    state = entry.data.get("state") if entry.kind == "event" else None
    if not state or (word := said(str(state))) == state:
        return line
    return line.replace(f" {state}", f" {state} ({word})", 1)


def _aside(entry: Entry, said: Callable[[str], str]) -> str:
    """What stands behind the line: a message of its own, whatever is told before it."""
    if entry.kind == "left" and entry.data.get("why"):
        return f": {said(entry.data['why'])}"
    lateness = _lateness(entry.data) if entry.kind == "event" else ""
    return f" ({said(lateness)})" if lateness else ""


def _indented(line: str, said: Callable[[str], str]) -> str:
    clause = line.lstrip()
    return f"{line[: len(line) - len(clause)]}{said(clause)}"


def _printable(text: str) -> str:
    """Without anything that a terminal could obey: peers choose parts of it."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in text)


def _told(entry: Entry) -> list[str]:
    tell = TELL.get(entry.kind)
    if tell is None:
        return [f"{entry.kind}: " + ", ".join(f"{name} {value}" for name, value in entry.data.items())]
    return tell(entry.data if entry.kind != "timer" else {**entry.data, "at": entry.at})


def _tell_event(data: Data) -> list[str]:
    facts = [EVENT_WORDS[name].format(_told_value(name, data[name])) for name in EVENT_WORDS if data.get(name)]
    return [f"event {data.get('event', '')} {' '.join(facts)}".rstrip()]


def _told_value(name: str, value: Any) -> Any:
    """A time that the PBX tells, as a date and a time; what is none stays as it came."""
    if name not in TIMES:
        return value
    try:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return value


EVENT_WORDS: Final[Mapping[str, str]] = {  # in the order in which they are told
    "command": "{}",
    "call_id": "{}",
    "seq": "#{}",
    "state": "{}",
    "location": "in {}",
    "to": "to {}",
    "group": "through group {}",
    "command_id": "of {}",
    "result": "is {}",
    "reason": "reason {}",
    "transfer": "{} transfer",
    "transferred": "the {} side was transferred",
    "held_by": "held by the {} side",
    "dct": "dct {}",
    "sip_call_id": "sip_call_id {}",
    "task_id": "task {}",
    "callback_initiator": "called back by {}",
    "create_time": "created {}",
    "forward_time": "forwarded {}",
    "talk_time": "answered {}",
    "end_time": "ended {}",
}
TIMES: Final = frozenset({"create_time", "forward_time", "talk_time", "end_time"})


def _lateness(data: Data) -> str:
    lateness = data.get("lateness", "in order")
    if lateness == "in order":
        return ""
    waited = f" for {data['waited']:g} s" if data.get("waited") else ""
    return f"{lateness}{waited}"


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
    return [f"left {_step_name(data)}{exit_name}{goto}", *_clause_lines(data.get("clauses") or ())]


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


def _tell_manual(data: Data) -> list[str]:
    """What a person did, or what came of it."""
    if data["done"] == "again":
        return [f"by hand: {data['command_id']} again as {data['again']}"]
    why = f": {data['why']}" if data.get("why") else ""
    if data["done"] != "given":
        return [f"by hand: {data['command_id']} ended as {data['done']}{why}"]
    to = f" to {data['to']}" if data.get("to") else ""
    reason = f": {data['reason']}" if data.get("reason") else ""
    then = f", then {data['then']}" if data.get("then", "resume") != "resume" else ""
    return [f"by hand: {data.get('actor') or 'somebody'} gave {data['command']}{to}{then}{reason}"]


def _tell_lookup(data: Data) -> list[str]:
    values = ", ".join(f"{name} = {_shown(value)}" for name, value in data.get("outputs", {}).items())
    return [f"lookup {data['state']}{': ' if values else ''}{values}"]


def _tell_timer(data: Data) -> list[str]:
    due = f", due in {round(data['due'] - data['at'], 3):g} s" if data.get("done") == "set" else ""
    return [f"timer {data['name']} {data.get('done', '')}{due}"]


def _tell_note(data: Data) -> list[str]:
    return [str(data["text"])]


def _tell_presence(data: Data) -> list[str]:
    return ["presence: " + ", ".join(f"{who} {status or 'unknown'}" for who, status in data.items())]


def _tell_lists(data: Data) -> list[str]:
    answers = (
        f"{name} {' and '.join('has it' if found else 'has it not' for found in told)}" for name, told in data.items()
    )
    return ["lists filled by calls: " + ", ".join(answers)]


def _tell_values(data: Data) -> list[str]:
    return ["values: " + ", ".join(f"{name} = {value}" for name, value in data.items())]


TELL: Final[Mapping[str, Callable[[Data], list[str]]]] = {
    "event": _tell_event,
    "digits": _tell_digits,
    "entered": _tell_entered,
    "left": _tell_left,
    "command": _tell_command,
    "lookup": _tell_lookup,
    "manual": _tell_manual,
    "timer": _tell_timer,
    "note": _tell_note,
    "presence": _tell_presence,
    "lists": _tell_lists,
    "values": _tell_values,
}
