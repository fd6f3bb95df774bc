"""The schemas of flows and of tests: what stands in their files by hand, with the verbs' parts as the specs have them.

`docs/generate.py` writes them, and a test holds the files to this module; everything at run time reads the files.
"""

import json
from collections.abc import Callable, Mapping
from textwrap import wrap
from typing import Any, Final

from router.flow.verbs import COMMANDS, VERBS
from router.flow.verbs.spec import Command, CommandField, Schema
from router.protocol.schemas import load_schema

WIDTH: Final = 120
INDENTATION: Final = 2
ALONE: Final = "#/$defs/nothing"
"""The settings of a verb that stands alone."""


def schema_of_flows() -> Schema:
    """`schemas/flow.schema.json`. Beside its settings' schema, each verb has its shortest example and foreign words."""
    schema = load_schema("flow")
    step = schema["$defs"]["step"]
    alone = [name for name, spec in VERBS.items() if spec.schema.get("$ref") == ALONE]
    step["pattern"] = f"^({'|'.join(alone)})$"
    step["properties"] = {
        name: {**spec.schema, "x-written": spec.example, "x-foreign": spec.foreign_words}
        for name, spec in VERBS.items()
    }
    return schema


def schema_of_tests() -> Schema:
    """`schemas/test.schema.json`."""
    schema = load_schema("test")
    expect = schema["$defs"]["expect"]
    expect["pattern"] = f"^({'|'.join(COMMANDS)})$"
    expect["properties"] = {name: _expected(command) for name, command in COMMANDS.items()} | _beside()
    return schema


def _expected(command: Command) -> Schema:
    """The fields below the command's name."""
    if not command.fields:
        return command.schema
    fields = {name: field.schema for name, field in command.fields.items()}
    return {**command.schema, "additionalProperties": False, "properties": fields}


def _beside() -> Schema:
    """The fields that may also stand beside the command's name. One of several commands has the first one's form."""
    owners: dict[str, list[tuple[str, CommandField]]] = {}
    for name, command in COMMANDS.items():
        for key, field in command.fields.items():
            if key not in COMMANDS:
                owners.setdefault(key, []).append((name, field))
    return {key: {"description": _description(fields), **fields[0][1].schema} for key, fields in owners.items()}


def _description(fields: list[tuple[str, CommandField]]) -> str:
    """Which commands have the field, and what it is: "Of a transfer: the employee in whose name it is made."."""
    names = [f"{'an' if name == 'sms' else 'a'} {name}" for name, _ in fields]
    listed = " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    about = next((field.about for _, field in fields if field.about), "")
    return f"Of {listed}{f': {about}' if about else ''}."


SCHEMAS: Final[Mapping[str, Callable[[], Schema]]] = {"flow": schema_of_flows, "test": schema_of_tests}


def as_text(tree: Any, indentation: int = 0, used: int = 0) -> str:
    """JSON for people: what fits into a line stands in one."""
    line = json.dumps(tree, ensure_ascii=False)
    if len(line) + used + indentation < WIDTH or not isinstance(tree, dict | list) or not tree:
        return line
    inner = indentation + INDENTATION
    if isinstance(tree, dict):
        rows = [f"{json.dumps(key)}: {as_text(value, inner, len(key) + 4)}" for key, value in tree.items()]
    elif all(isinstance(value, str) for value in tree):
        rows = wrap(line[1:-1], WIDTH - inner, break_long_words=False, break_on_hyphens=False)
        return _framed("[]", rows, indentation, "")
    else:
        rows = [as_text(value, inner) for value in tree]
    return _framed("{}" if isinstance(tree, dict) else "[]", rows, indentation, ",")


def _framed(brackets: str, rows: list[str], indentation: int, between: str) -> str:
    inner = " " * (indentation + INDENTATION)
    body = f"{between}\n".join(f"{inner}{row}" for row in rows)
    return f"{brackets[0]}\n{body}\n{' ' * indentation}{brackets[1]}"
