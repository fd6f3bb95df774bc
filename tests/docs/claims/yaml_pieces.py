"""Pieces of YAML in the text (`secret: true`, `lookups: {STEP: waits}`): some schema has the key, and takes the value."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator

from tests.docs.claims.page import PROJECT, Page

_PIECE: Final = re.compile(r"(?:[a-z_]+:(?: .*)?|\{[a-z_]+: .*\})")
_OF_MESSAGES: Final = ("error:", "warning:", "ok:", "data:")
_PLACEHOLDER: Final = re.compile(r"[A-Z][A-Z0-9_.]+|.*(?:…|\.\.\.|\$\{).*", re.DOTALL)
SCHEMAS: Final = ("flow", "test", "resources", "config", "pbx")
_OTHERS: Final = frozenset({"memory", "code", "client", "operator", "deprecated"})
"""A database's address, a field of errors, who speaks in a transcript, a word of OpenAPI."""


def wrong(page: Page) -> Iterator[str]:
    """Decisions apart, which tell of what is inside."""
    if page.name.startswith("docs/decisions/"):
        return
    beside = (PROJECT / page.name).parent.glob("*.yaml")  # the bundle that a README is of
    bundle = set(re.findall(r"\b([a-z_]+):", "\n".join(file.read_text(encoding="utf-8") for file in beside)))
    own = bundle | set(re.findall(r"\b([a-z_]+):", "\n".join(fence.text for fence in page.fences)))
    for span in page.spans:
        if _PIECE.fullmatch(span.text) and not span.text.startswith(_OF_MESSAGES):
            for key, said in complaints(span.text, own):
                if key not in bundle:
                    yield f"{page.place(span.line)}: `{span.text}`: {said}"


def complaints(text: str, own: set[str]) -> Iterator[tuple[str, str]]:
    """The keys that no schema has so, and why; `own` are names that the page's examples give."""
    try:
        piece = yaml.safe_load(re.sub(r"(?<![\"'\w])(?:\{…\}|…)", '"…"', text))
    except yaml.YAMLError:
        return
    if isinstance(piece, dict):
        for key, value in piece.items():
            yield from _entry(str(key), value, own)


def _entry(key: str, value: Any, own: set[str]) -> Iterator[tuple[str, str]]:
    if _PLACEHOLDER.fullmatch(key):
        yield from _below(value, own)
    elif key not in properties():
        if key not in own | _OTHERS:
            yield key, f"no schema has the key {key}"
    elif value is None or _open(value):
        if not any(_is_free(schema) for _, schema in properties()[key]):
            yield from _below(value, own)
    elif key not in _OTHERS and not any(_takes(name, schema, value) for name, schema in properties()[key]):
        yield key, f"{key} does not take {value!r}"


def _is_free(schema: Any) -> bool:
    """A map whose keys are the author's."""
    return (
        isinstance(schema, dict)
        and ("additionalProperties" in schema or "propertyNames" in schema)
        and not schema.get("properties")
    )


def _below(value: Any, own: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _entry(str(key), below, own)


def _open(value: Any) -> bool:
    """Something in it is left to the reader."""
    if isinstance(value, dict):
        return any(map(_open, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(_open, value))
    return isinstance(value, str) and _PLACEHOLDER.fullmatch(value) is not None


def _takes(name: str, schema: Any, value: Any) -> bool:
    root = _schema(name)
    definitions = {"$defs": _optional(root["$defs"])} if "$defs" in root else {}
    validator = Draft202012Validator({**definitions, "allOf": [_optional(schema)]})
    return validator.is_valid(_plain(value)) or validator.is_valid(_as_text(value))


def _optional(schema: Any) -> Any:
    """The schema with nothing required: a piece leaves things out."""
    if isinstance(schema, dict):
        return {key: _optional(below) for key, below in schema.items() if key != "required" or isinstance(below, dict)}
    return [_optional(below) for below in schema] if isinstance(schema, list) else schema


def _plain(value: Any) -> Any:
    """Dates of YAML are texts to a schema."""
    return json.loads(json.dumps(value, default=str))


def _as_text(value: Any) -> Any:
    """As pbx.yaml and ivr.yaml are read: every scalar is a text."""
    if isinstance(value, dict):
        return {key: _as_text(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_as_text(below) for below in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PROJECT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


@cache
def properties() -> dict[str, list[tuple[str, Any]]]:
    """Each key with all that schemas say of its value."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for name in SCHEMAS:
        for key, schema in _properties(_schema(name)):
            found.setdefault(key, []).append((name, schema))
    return found


def _properties(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        for key, below in schema.get("properties", {}).items():
            yield key, below
        for below in schema.values():
            yield from _properties(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from _properties(below)
