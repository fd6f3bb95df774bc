"""How the fields of commands are read in tests, and written in their schema."""

from typing import Any, Final

from router.flow.verbs.spec import CommandField, QueuedCommand, Read, Schema

VALUE: Final[Schema] = {"type": ["string", "integer"]}
TEXT: Final[Schema] = {"type": "string"}


def param(*path: str) -> Read:
    """The value at a path of the command's parameters, as text."""

    def read(command: QueuedCommand) -> tuple[str, ...]:
        value: Any = command.params
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return (as_text(value),)

    return read


def as_text(value: Any) -> str:
    """A value of JSON as it stands in YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(as_text(item) for item in value)}]"
    return "" if value is None else str(value)


def field(read: Read, about: str = "", **schema: Any) -> CommandField:
    """A field; without a schema any text or number."""
    return CommandField(read=read, schema=schema or VALUE, about=about)


def labelled(parameter: str) -> Read:
    """Written as in the flow, or as the parameter that was made of it."""
    return lambda command: (command.label, str(command.params.get(parameter, "")))


def expected(about: str, *more: str) -> Schema:
    """What stands behind the command's name: its main field, several fields, or something of `more` types."""
    return {"title": "command", "description": about, "type": ["string", "integer", "object", *more]}
