"""The client's functions, one or two for each method of the API: their names, parameters, answers and words.

`router.client.methods` makes the functions of this at run time, `router.catalogue.stub` writes the same for editors and
type checkers, and docs/api.md names them. Types are texts.
"""

import keyword
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from router.catalogue.method import LOCAL
from router.catalogue.methods import METHODS, Method
from router.catalogue.python_types import OWN, WIDTH, Schema, camel, parameter_type, resolved
from router.protocol.schemas import load_schema

REPORT_NAMES: Final[Mapping[str, str]] = {
    "stats/request": "statistics",
    "stats/calls/request": "statistics_of_calls",
    "stats_in_calls_service/request": "statistics_in_calls_service",
}
CALL_ROW: Final = "call_with_legs"  # what the report that is JSON consists of, in its schema
INDENT: Final = 8  # of a docstring in a class


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; all are given by name."""

    name: str  # in Python: "from_"
    key: str  # in the request: "from"
    type: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the client."""

    name: str  # "stats_request"
    method: str  # by its name in the catalogue: "stats/request"
    through: Literal["call", "rows", "report"]  # which function of the client does it
    parameters: tuple[Parameter, ...]  # the required ones first
    returns: str  # a type, the shapes of answers by their names in `answers`
    doc: str  # the lines of its docstring


def functions() -> Iterator[Function]:
    """Those of all methods, in the catalogue's order."""
    for method in METHODS.values():
        yield from functions_of(method)


def functions_of(method: Method) -> Iterator[Function]:
    """The function that asks once; for pages and for reports also the one that gets all rows."""
    yield _function(method, method.identifier, "call", _returns(method), f"{method.title} ({method.section}).")
    if method.kind == "report":
        follow = METHODS[method.follow]
        row = row_name(follow) if follow.answer == "csv" else camel(CALL_ROW)
        doc = f"{method.title}, and get them as rows ({method.section}, {follow.section}). Waits until they are built."
        yield _function(method, REPORT_NAMES[method.name], "report", f"list[answers.{row}]", doc)
    elif method.follow and not method.name.endswith("cursor"):
        doc = f"{method.title}: the rows of all pages, one after the other ({method.section})."
        returns = f"Iterator[answers.{_page_row(method)}]"
        yield _function(method, f"each_{method.identifier}", "rows", returns, doc)


def answer_name(method: Method) -> str:
    """The name of an answer's shape."""
    return camel(method.identifier)


def row_name(method: Method) -> str:
    """The name of a row's shape, for a method that answers with rows."""
    return f"{answer_name(method)}Row"


def _returns(method: Method) -> str:
    return f"list[answers.{row_name(method)}]" if method.answer == "csv" else f"answers.{answer_name(method)}"


def _page_row(method: Method) -> str:
    row = load_schema(method.response_schema)["properties"][method.rows]["items"]
    return camel(row["$ref"].removeprefix(OWN)) if "$ref" in row else row_name(method)


def _function(
    method: Method, name: str, through: Literal["call", "rows", "report"], returns: str, first: str
) -> Function:
    schema = load_schema(method.schema)
    definitions = schema.get("$defs", {})
    required = [key for key in schema.get("required", ()) if key != "command_id"]
    properties = {
        **schema.get("properties", {}),
        **{key: {"type": "string", "description": LOCAL[key]} for key in method.local},
    }
    ordered = [*required, *(key for key in properties if key not in required)]
    return Function(
        name=name,
        method=method.name,
        through=through,
        parameters=tuple(
            Parameter(
                name=_argument(key),
                key=key,
                type=parameter_type(properties[key], definitions),
                required=key in required,
            )
            for key in ordered
        ),
        returns=returns,
        doc=_doc(method, first, {key: _described(properties[key], definitions) for key in ordered}),
    )


def _doc(method: Method, first: str, parameters: Mapping[str, str]) -> str:
    lines = textwrap.wrap(first, WIDTH - INDENT)
    if any(parameters.values()):
        lines.append("")
        for key, text in parameters.items():
            if text:
                lines += textwrap.wrap(f"{_argument(key)}: {text}", WIDTH - INDENT, subsequent_indent="    ")
    if method.profiles != {"2021", "2026"}:
        lines += ["", f"Only in profile {' and '.join(sorted(method.profiles))}."]
    if method.note:
        lines += ["", *textwrap.wrap(f"Note: {method.note}", WIDTH - INDENT)]
    return "\n".join(lines)


def _described(schema: Schema, definitions: Schema) -> str:
    """What a parameter is, and the parts of an object."""
    whole = resolved(schema, definitions)
    text = str(schema.get("description") or whole.get("description", ""))
    parts = ", ".join(f"`{name}`" for name in whole.get("properties", {}))
    return f"{text} Of {parts}.".strip() if parts else text


def _argument(key: str) -> str:
    return f"{key}_" if keyword.iskeyword(key) else key
