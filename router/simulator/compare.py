"""What `expect` compares: the fields of a command that an author can name, and where each one's value stands."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.engine.state import QueueCommand
from router.simulator.script import Expect

Values = tuple[str, ...]
Read = Callable[[QueueCommand], Values]


def _param(*path: str) -> Read:
    """The value at a path of the command's parameters, as text."""

    def read(command: QueueCommand) -> Values:
        value: Any = command.params
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return ("" if value is None else str(value),)

    return read


def _destination(command: QueueCommand) -> Values:
    """A destination may be written as in the flow or as the number that is dialled."""
    return command.label, str(command.params.get("to_number", ""))


def _prompt(command: QueueCommand) -> Values:
    """A prompt may be written by its name or by its id in the cabinet."""
    return command.label, str(command.params.get("internal_id", ""))


def _priority(command: QueueCommand) -> Values:
    return ("high" if command.high_priority else "normal",)


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
}
"""Command, as authors write it -> field -> every text that the field may be written as."""

MAIN_FIELD: Final[Mapping[str, str]] = {"play": "prompt", "route": "to", "transfer": "to", "sms": "to"}
"""What a bare value means: `expect: {route: group sales}`."""

WIRE_NAME: Final[Mapping[str, str]] = {
    "play": "play/start",
    "route": "route",
    "transfer": "transfer",
    "hangup": "call/hangup",
    "sms": "sms",
}

WRITTEN_NAME: Final[Mapping[str, str]] = {wire: written for written, wire in WIRE_NAME.items()}


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
    readers = FIELDS[expected.command]
    differing = {name: readers[name](command) for name, value in expected.fields if value not in readers[name](command)}
    if not differing:
        return None
    differing.pop(MAIN_FIELD.get(expected.command, ""), None)
    return "".join(f", {name} {values[0] or 'absent'}" for name, values in differing.items())
