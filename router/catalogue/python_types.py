"""JSON Schemas as Python's types, written as text: "int | str", "list[dict[str, Any]]", and typed dictionaries.

`signatures` writes parameters with it, `stub` the shapes of answers.
"""

import keyword
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

OWN: Final = "#/$defs/"
WIDTH: Final = 116
SCALARS: Final[Mapping[str, str]] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
    "array": "list[Any]",
}


def parameter_type(schema: Schema, definitions: Schema) -> str:
    """The type of a request's parameter: what is deeper than a list stays a plain dictionary."""
    schema = resolved(schema, definitions)
    if "anyOf" in schema and "properties" not in schema:
        return _union(parameter_type(option, definitions) for option in schema["anyOf"])
    if "enum" in schema:
        return _literal(schema["enum"])
    return _union(
        f"list[{parameter_type(schema['items'], definitions)}]"
        if kind == "array" and "items" in schema
        else SCALARS[kind]
        for kind in _kinds(schema)
    )


def resolved(schema: Schema, definitions: Schema) -> Schema:
    """The schema itself, or the one among `definitions` that it refers to."""
    reference = schema.get("$ref")
    return definitions[reference.removeprefix(OWN)] if reference else schema


def camel(text: str) -> str:
    """The name of a class: "call_with_legs" is CallWithLegs."""
    return "".join(part.capitalize() for part in text.replace("/", "_").replace("-", "_").split("_"))


def _kinds(schema: Schema) -> list[str]:
    kind = schema.get("type", "object")
    return [kind] if isinstance(kind, str) else list(kind)


def _union(options: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(options))


def _literal(values: list[Any]) -> str:
    """Numbers and their texts mean the same, so an enumeration of both is written as the types."""
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return f"Literal[{', '.join(map(quoted, values))}]"
    return " | ".join(
        name for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")) if kind in kinds
    )


def quoted(text: str) -> str:
    """A text without quotes or backslashes in it, as Python writes it."""
    return f'"{text}"'


class TypedDicts:
    """The classes for the objects of schemas, each written once, behind those that it is made of."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def type_of(self, name: str, schema: Schema, definitions: Schema) -> str:
        """The name of the class for an object, `name` unless the schema has its own, or the type of anything else."""
        if "$ref" in schema:
            shared = schema["$ref"].removeprefix(OWN)
            return self.type_of(camel(shared), definitions[shared], definitions)
        if "anyOf" in schema and "properties" not in schema:
            return _union(self.type_of(f"{name}{n or ''}", one, definitions) for n, one in enumerate(schema["anyOf"]))
        if "enum" in schema:
            return _literal(schema["enum"])
        return _union(self._kind(kind, name, schema, definitions) for kind in _kinds(schema))

    def _kind(self, kind: str, name: str, schema: Schema, definitions: Schema) -> str:
        if kind == "array" and "items" in schema:
            row = name if name.endswith("Row") else f"{name}Row"
            return f"list[{self.type_of(row, schema['items'], definitions)}]"
        if kind == "object" and schema.get("properties"):
            if name not in self.written:
                self._write(name, schema, definitions)
            return name
        return SCALARS[kind]

    def _write(self, name: str, schema: Schema, definitions: Schema) -> None:
        self.written[name] = ""  # its place, should it contain itself
        required = schema.get("required", ())
        fields = []
        for key, inner in schema["properties"].items():
            single = len(schema["properties"]) == 1 or key in ("data", "users", "groups")
            is_list = inner.get("type") == "array"
            kind = self.type_of(name if is_list and single else f"{name}{camel(key)}", inner, definitions)
            fields.append((key, kind if key in required else f"NotRequired[{kind}]"))
        doc = str(schema.get("description", "")) or str(schema.get("title", ""))
        del self.written[name]
        self.written[name] = _typed_dict(name, doc, fields)


def _typed_dict(name: str, doc: str, fields: list[tuple[str, str]]) -> str:
    if all(key.isidentifier() and not keyword.iskeyword(key) for key, _ in fields):
        lines = "".join(f"    {key}: {kind}\n" for key, kind in fields)
        text = "\n    ".join(textwrap.wrap(doc, WIDTH - 4)).replace("\\", "\\\\")
        about = f'    """{text}"""\n\n' if text else ""
        return f"\nclass {name}(TypedDict):\n{about}{lines}"
    lines = "".join(f"        {quoted(key)}: {kind},\n" for key, kind in fields)
    return f'\n{name} = TypedDict(\n    "{name}",\n    {{\n{lines}    }},\n)\n'
