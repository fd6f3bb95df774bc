"""What `expect` compares: the fields of a command that an author can name, and where each one's value stands."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.engine.effects import QueueCommand
from router.flow.durations import format_duration
from router.simulator.script import Expect

Values = tuple[str, ...]
Read = Callable[[QueueCommand], Values]


def _param(*path: str) -> Read:
    """The value at a path of the command's parameters, as text."""

    def read(command: QueueCommand) -> Values:
        value: Any = command.params
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return (_text(value),)

    return read


def _text(value: Any) -> str:
    """A value of JSON as it stands in YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    return "" if value is None else str(value)


def _destination(command: QueueCommand) -> Values:
    """A destination may be written as in the flow or as the number that is dialled."""
    return command.label, str(command.params.get("to_number", ""))


def _prompt(command: QueueCommand) -> Values:
    """A prompt may be written by its name or by its id in the cabinet."""
    return command.label, str(command.params.get("internal_id", ""))


def _url(command: QueueCommand) -> Values:
    """A URL may be written as in the flow or with its names filled in; secrets stay names either way."""
    return command.label.removeprefix("notify "), str(command.params.get("url", ""))


def _priority(command: QueueCommand) -> Values:
    return ("high" if command.high_priority else "normal",)


TASK_TYPES: Final[Mapping[str, str]] = {"1": "call", "2": "write", "3": "meet", "4": "do"}  # §4.2, event_type


def _task_type(command: QueueCommand) -> Values:
    written = str(command.params.get("event_type", ""))
    return TASK_TYPES.get(written, written), written


def _minutes(command: QueueCommand) -> Values:
    """A task's duration, which the wire has in minutes."""
    minutes = str(command.params.get("duration", ""))
    written = format_duration(60.0 * int(minutes)) if minutes.isdecimal() else minutes
    return written, f"{minutes}m", minutes


def _answer_after(command: QueueCommand) -> Values:
    """The wire has seconds (Appendix 1)."""
    (seconds,) = _param("sip_headers", "Call-Info/answer-after")(command)
    return (format_duration(float(seconds)), f"{seconds}s", seconds) if seconds.isdecimal() else (seconds,)


def _auto_call(command: QueueCommand) -> Values:
    """The wire has 1 and 0 (§4.2)."""
    written = str(command.params.get("is_auto_call", ""))
    return {"1": "true", "0": "false"}.get(written, written), written


FIELDS: Final[Mapping[str, Mapping[str, Read]]] = {
    "play": {"prompt": _prompt, "after_play_time": _param("after_play_time")},
    "route": {"to": _destination, "priority": _priority, "display_name": _param("sip_headers", "From/display-name")},
    "transfer": {"to": _destination, "method": _param("method"), "by": _param("initiator")},
    "hangup": {},
    "sms": {
        "to": _param("to_number"),
        "from": _param("from_extension"),
        "text": _param("text"),
        "sender": _param("sms_sender"),
    },
    "record": {"employee": _param("call_party_number")},
    "callback": {
        "to": _param("to_number"),
        "from": _param("from", "extension"),
        "number": _param("from", "number"),
        "line": _param("line_number"),
        "answer_after": _answer_after,
    },
    "callback_group": {"to": _param("to"), "from": _param("from"), "line": _param("line_number")},
    "task": {
        "phone": _param("phone"),
        "type": _task_type,
        "start": _param("start_time"),
        "duration": _minutes,
        "to_user": _param("to_user_id"),
        "description": _param("description"),
        "auto_call": _auto_call,
    },
    "notify": {"url": _url},
}
"""Command, as authors write it -> field, by the flow's word for it -> every text that the field may be written as."""

OPEN_FIELD: Final[Mapping[str, str]] = {"notify": "data"}
"""Commands with a map in which authors choose the names: what stands below it is compared by its path."""

MAIN_FIELD: Final[Mapping[str, str]] = {
    "play": "prompt",
    "route": "to",
    "transfer": "to",
    "sms": "to",
    "record": "employee",
    "callback": "to",
    "callback_group": "to",
    "task": "phone",
    "notify": "url",
}
"""What a bare value means: `expect: {route: group sales}`."""

WIRE_NAME: Final[Mapping[str, str]] = {
    "play": "play/start",
    "route": "route",
    "transfer": "transfer",
    "hangup": "call/hangup",
    "sms": "sms",
    "record": "recording/start",
    "callback": "callback",
    "callback_group": "callback_group",
    "task": "task/add",
    "notify": "notify",
}

WRITTEN_NAME: Final[Mapping[str, str]] = {wire: written for written, wire in WIRE_NAME.items()}


def reader(command: str, field: str) -> Read | None:
    """How a field of a command, as authors write both, is read; None when it cannot be compared."""
    known = FIELDS[command].get(field)
    if known is None and field.startswith(f"{OPEN_FIELD.get(command, '')}."):
        return _param(*field.split("."))
    return known


def described(command: QueueCommand) -> str:
    """A command in an author's words: "route group sales"."""
    written = WRITTEN_NAME.get(command.command, command.command)
    return written if command.label in ("", written) else f"{written} {command.label.removeprefix(f'{written} ')}"


def wanted(expected: Expect) -> str:
    """An expectation in its author's words: "route group sales, priority high"."""
    main = MAIN_FIELD.get(expected.command)
    values = [value if name == main else f"{name} {value}" for name, value in expected.fields]
    return " ".join([expected.command, ", ".join(values)]).rstrip()


def difference(expected: Expect, command: QueueCommand) -> str | None:
    """None when every named field agrees; else what to add to "got ...": fields that differ and are not in
    `described` anyway."""
    if WIRE_NAME[expected.command] != command.command:
        return ""
    came = {name: _read(expected.command, name, command) for name, _ in expected.fields}
    differing = {name: came[name] for name, value in expected.fields if value not in came[name]}
    if not differing:
        return None
    differing.pop(MAIN_FIELD.get(expected.command, ""), None)
    return "".join(f", {name} {values[0] or 'absent'}" for name, values in differing.items())


def _read(written: str, field: str, command: QueueCommand) -> Values:
    read = reader(written, field)
    return read(command) if read is not None else ("",)


def expectation(command: QueueCommand, named: Expect) -> Expect:
    """What `named` would have to say for `command` to be the expected one: of the same command the same fields, of
    another one its main field."""
    written = WRITTEN_NAME[command.command]
    main = MAIN_FIELD.get(written)
    fields = [name for name, _ in named.fields] if written == named.command else [main] if main is not None else []
    said = tuple((name, _read(written, name, command)[0]) for name in fields)
    return Expect(mark=named.mark, faults=named.faults, command=written, fields=said)
