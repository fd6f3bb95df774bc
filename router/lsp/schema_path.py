"""What the schemas say about a place in a file: which keys can stand there, and which values."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from router.flow.loader import TEST_SUFFIX
from router.flow.reading.resources import KINDS
from router.flow.schema.coercion import resolved
from router.lsp.cursor import ITEM, Path
from router.protocol.schemas import load_schema

Schema = Mapping[str, Any]


@cache
def root_schema(name: str) -> Schema:
    """`flow`, `resources` or `test`."""
    return load_schema(name)


def kind_of(file: str, keys: frozenset[str]) -> str:
    """Which schema a file is held to, by its name and the keys at its top; "" while that is open."""
    if file.endswith(TEST_SUFFIX) or "tests" in keys:
        return "test"
    if keys & {"flow", "steps", "start"}:
        return "flow"
    return "resources" if keys & {*KINDS, "country"} else ""


def schemas_at(kind: str, path: Path) -> list[Schema]:
    """The schemas of what stands at a path; several where it may be one thing or another."""
    root = root_schema(kind)
    found = [root]
    for key in path:
        found = [inner for schema in found for inner in _inside(schema, key, root)]
    return found


def _inside(schema: Schema, key: str, root: Schema) -> Iterator[Schema]:
    for part in _parts(schema, root):
        if key == ITEM:
            if isinstance(part.get("items"), dict):
                yield part["items"]
            continue
        properties = part.get("properties", {})
        if isinstance(properties.get(key), dict):
            yield properties[key]
        elif isinstance(part.get("additionalProperties"), dict):
            yield part["additionalProperties"]
        else:
            yield from (inner for inner in part.get("patternProperties", {}).values() if isinstance(inner, dict))


def _parts(schema: Schema, root: Schema) -> Iterator[Schema]:
    """The schema with its references followed, and what it may be beside."""
    whole = resolved(schema, root)
    yield whole
    for branch in ("then", "else"):
        if isinstance(whole.get(branch), dict):
            yield from _parts(whole[branch], root)
    for choice in ("anyOf", "oneOf", "allOf"):
        for inner in whole.get(choice, ()):
            yield from _parts(inner, root)


def keys_of(kind: str, path: Path) -> dict[str, Schema]:
    """The keys that can stand in the map at a path, each with the schema of its value."""
    root = root_schema(kind)
    found: dict[str, Schema] = {}
    for schema in schemas_at(kind, path):
        for part in _parts(schema, root):
            for key, inner in part.get("properties", {}).items():
                if isinstance(inner, dict):
                    found.setdefault(key, resolved(inner, root))
    return found


def values_of(kind: str, path: Path) -> list[Schema]:
    """The schemas, references followed, of the value at a path."""
    root = root_schema(kind)
    return [part for schema in schemas_at(kind, path) for part in _parts(schema, root)]


def free_keys(kind: str, path: Path) -> list[Schema]:
    """The schemas of the map at a path whose keys are names: `x-keys`, `propertyNames`, free ones."""
    return [part for part in values_of(kind, path) if "x-keys" in part or "additionalProperties" in part]


def described(schema: Schema) -> str:
    """What a schema says for people."""
    return str(schema.get("description", ""))
