"""Writes `methods.py` and `answers.py` from the catalogue and its schemas, so that an editor knows every parameter.

`python docs/generate.py` runs it, and a test holds the two files to the catalogue. Nothing here runs in production.
"""

import keyword
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from router.catalogue.method import LOCAL
from router.catalogue.methods import METHODS, Method
from router.protocol.schemas import load_schema

Schema = Mapping[str, Any]

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
OWN: Final = "#/$defs/"
REPORT_NAMES: Final[Mapping[str, str]] = {
    "stats/request": "statistics",
    "stats/calls/request": "statistics_of_calls",
    "stats_in_calls_service/request": "statistics_in_calls_service",
}
CALL_ROW: Final = "call_with_legs"  # what the report that is JSON consists of, in its schema

METHODS_HEAD: Final = '''\
"""Made by router/client/writing.py from the catalogue; change that.

Every method of the API, as a method: parameters are those of the request, `from` is written `from_`, and a command gets
its `command_id` when none is given. All answer what the PBX answered and raise `router.errors.MangoError`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Literal

from router.client import answers


class Methods(ABC):
    """What `Mango` inherits, and how it carries it out: the first three."""

    @abstractmethod
    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Ask once; parameters that are None are left out."""

    @abstractmethod
    def rows(self, method: str, params: dict[str, Any]) -> Iterator[Any]:
        """The rows of all pages."""

    @abstractmethod
    def report(self, method: str, params: dict[str, Any]) -> list[Any]:
        """Have something built, wait for it, and get its rows."""
'''
ANSWERS_HEAD: Final = '''\
"""Made by router/client/writing.py from the schemas of the answers; change those.

What the PBX answers, as typed dictionaries: they cost nothing at run time.
"""

from typing import Any, Literal, NotRequired, TypedDict
'''


def write_methods() -> str:
    """The text of `methods.py`."""
    return METHODS_HEAD + "".join(_method(method) for method in METHODS.values())


def write_answers() -> str:
    """The text of `answers.py`."""
    shapes = _Shapes()
    for method in METHODS.values():
        schema = load_schema(method.response_schema)
        shapes.named(_answer_name(method), schema, schema.get("$defs", {}))
    return ANSWERS_HEAD + "".join(shapes.written.values())


def functions_of(method: Method) -> list[str]:
    """The names of the client's functions for a method."""
    further = [_report_name(method)] if method.kind == "report" else [f"each_{method.identifier}"]
    return [method.identifier, *(further if _goes_on(method) else [])]


# methods


def _goes_on(method: Method) -> bool:
    return bool(method.follow) and not method.name.endswith("cursor")


def _method(method: Method) -> str:
    written = _function(method, method.identifier, _returns(method), "call")
    if method.kind == "report":
        follow = METHODS[method.follow]
        doc = f"{method.title}, and get them as rows ({method.section}, {follow.section}). Waits until they are built."
        row = _row_name(follow) if follow.answer == "csv" else _camel(CALL_ROW)
        written += _function(method, _report_name(method), f"list[answers.{row}]", "report", doc)
    elif _goes_on(method):
        doc = f"{method.title}: the rows of all pages, one after the other ({method.section})."
        written += _function(method, f"each_{method.identifier}", f"Iterator[answers.{_page_row(method)}]", "rows", doc)
    return written


def _report_name(method: Method) -> str:
    return REPORT_NAMES[method.name]


def _returns(method: Method) -> str:
    if method.answer == "csv":
        return f"list[answers.{_row_name(method)}]"
    return f"answers.{_answer_name(method)}"


def _answer_name(method: Method) -> str:
    return "".join(part.capitalize() for part in method.identifier.split("_"))


def _page_row(method: Method) -> str:
    """What a page of the method holds."""
    schema = load_schema(method.response_schema)
    row = schema["properties"][method.rows]["items"]
    return _camel(row["$ref"].removeprefix(OWN)) if "$ref" in row else _row_name(method)


def _row_name(method: Method) -> str:
    return f"{_answer_name(method)}Row"


def _function(method: Method, name: str, returns: str, core: str, doc: str = "") -> str:
    schema = load_schema(method.schema)
    definitions = schema.get("$defs", {})
    required = [key for key in schema.get("required", ()) if key != "command_id"]
    properties = schema.get("properties", {})
    properties = {**properties, **{key: {"type": "string", "description": LOCAL[key]} for key in method.local}}
    ordered = [*required, *(key for key in properties if key not in required)]
    parameters = []
    for key in ordered:
        kind = _inline(properties[key], definitions)
        parameters.append(f"{_argument(key)}: {kind}" if key in required else f"{_argument(key)}: {kind} | None = None")
    head = f"    def {name}({', '.join(['self', *(['*'] if parameters else []), *parameters])}) -> {returns}:\n"
    told = _docstring(method, doc or f"{method.title} ({method.section}).", ordered, properties, definitions)
    return f"\n{head}{told}{_body(method, returns, core, ordered)}"


def _body(method: Method, returns: str, core: str, keys: list[str]) -> str:
    given = ", ".join(f'"{key}": {_argument(key)}' for key in keys)
    return f'        answer: {returns} = self.{core}("{method.name}", {{{given}}})\n        return answer\n'


def _docstring(method: Method, first: str, keys: list[str], properties: Schema, definitions: Schema) -> str:
    lines = textwrap.wrap(first, WIDTH - 8)
    told = [(key, _described(properties[key], definitions)) for key in keys]
    if any(text for _, text in told):
        lines.append("")
        for key, text in told:
            if text:
                lines += textwrap.wrap(f"{_argument(key)}: {text}", WIDTH - 8, subsequent_indent="    ")
    if method.profiles != {"2021", "2026"}:
        lines += ["", f"Only in profile {' and '.join(sorted(method.profiles))}."]
    if method.note:
        lines += ["", *textwrap.wrap(f"Note: {method.note}", WIDTH - 8)]
    text = "\n".join(f"        {line}" if line else "" for line in lines).strip()
    text = text.replace("\\", "\\\\")
    return f'        """{text}"""\n' if len(lines) == 1 else f'        """{text}\n        """\n'


def _described(schema: Schema, definitions: Schema) -> str:
    """What a parameter is, and the parts of an object."""
    resolved = _resolved(schema, definitions)
    text = str(schema.get("description") or resolved.get("description", ""))
    parts = ", ".join(f"`{name}`" for name in resolved.get("properties", {}))
    return f"{text} Of {parts}.".strip() if parts else text


def _argument(key: str) -> str:
    return f"{key}_" if keyword.iskeyword(key) else key


# types


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    reference = schema.get("$ref")
    return definitions[reference.removeprefix(OWN)] if reference else schema


def _inline(schema: Schema, definitions: Schema) -> str:
    """The type of a parameter: what is deeper than a list stays a plain dictionary."""
    schema = _resolved(schema, definitions)
    if "anyOf" in schema and "properties" not in schema:
        return _union(_inline(option, definitions) for option in schema["anyOf"])
    if "enum" in schema:
        return _literal(schema["enum"])
    kinds = _kinds(schema)
    return _union(
        f"list[{_inline(schema['items'], definitions)}]" if kind == "array" and "items" in schema else SCALARS[kind]
        for kind in kinds
    )


def _kinds(schema: Schema) -> list[str]:
    kind = schema.get("type", "object")
    return [kind] if isinstance(kind, str) else list(kind)


def _union(options: Iterator[str]) -> str:
    return " | ".join(dict.fromkeys(options))


def _literal(values: list[Any]) -> str:
    """Numbers and their texts mean the same, so an enumeration of both is written as the types."""
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return f"Literal[{', '.join(map(_quoted, values))}]"
    return " | ".join(
        name for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")) if kind in kinds
    )


def _quoted(text: str) -> str:
    return f'"{text}"'


class _Shapes:
    """Typed dictionaries by name, in the order in which they are needed."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def named(self, name: str, schema: Schema, definitions: Schema) -> str:
        """The name of the class for an object, or the type of anything else."""
        if "$ref" in schema:
            shared = schema["$ref"].removeprefix(OWN)
            return self.named(_camel(shared), definitions[shared], definitions)
        if "anyOf" in schema and "properties" not in schema:
            return _union(self.named(f"{name}{n or ''}", one, definitions) for n, one in enumerate(schema["anyOf"]))
        if "enum" in schema:
            return _literal(schema["enum"])
        return _union(self._kind(kind, name, schema, definitions) for kind in _kinds(schema))

    def _kind(self, kind: str, name: str, schema: Schema, definitions: Schema) -> str:
        if kind == "array" and "items" in schema:
            row = name if name.endswith("Row") else f"{name}Row"
            return f"list[{self.named(row, schema['items'], definitions)}]"
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
            kind = self.named(name if _is_list(inner) and single else f"{name}{_camel(key)}", inner, definitions)
            fields.append((key, kind if key in required else f"NotRequired[{kind}]"))
        doc = str(schema.get("description", "")) or str(schema.get("title", ""))
        del self.written[name]  # behind those that it is made of
        self.written[name] = _typed_dict(name, doc, fields)


def _is_list(schema: Schema) -> bool:
    return schema.get("type") == "array"


def _camel(text: str) -> str:
    return "".join(part.capitalize() for part in text.replace("/", "_").replace("-", "_").split("_"))


def _typed_dict(name: str, doc: str, fields: list[tuple[str, str]]) -> str:
    if all(key.isidentifier() and not keyword.iskeyword(key) for key, _ in fields):
        lines = "".join(f"    {key}: {kind}\n" for key, kind in fields)
        told = "\n    ".join(textwrap.wrap(doc, WIDTH - 4)).replace("\\", "\\\\")
        return f'\n\nclass {name}(TypedDict):\n    """{told}"""\n\n{lines}'
    lines = "".join(f'        "{key}": {kind},\n' for key, kind in fields)
    return f'\n\n{name} = TypedDict(\n    "{name}",\n    {{\n{lines}    }},\n)\n'
