"""Nodes as the JSON that a schema expects: the schema, and nothing else, gives scalars their types.

Where the schema asks for a number and the text is one, the validator gets a number; where it asks for text, `0105`
stays text. What does not fit stays as it is written, for the validator to object to. Of JSON Schema, those parts are
understood here that our own schemas use.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from router.flow.source import Node, find, items, pairs

Schema = Mapping[str, Any]

_INTEGER: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


def typed(node: Node, schema: Schema, root: Schema) -> Any:
    """The node as JSON, its scalars converted where the schema asks for it and the text allows it."""
    schema = resolved(schema, root)
    if node.kind == "mapping":
        return {key.text: typed(value, _member(schema, node, key.text, root), root) for key, value in pairs(node)}
    if node.kind == "sequence":
        return [typed(item, schema.get("items", {}), root) for item in items(node)]
    types = schema.get("type", "string")
    return _scalar(node, (types,) if isinstance(types, str) else types)


def _scalar(node: Node, types: Iterable[str]) -> Any:
    if node.empty:
        return None
    if "string" in types:
        return node.text
    if "integer" in types and _INTEGER.fullmatch(node.text):
        return int(node.text)
    if "number" in types and _NUMBER.fullmatch(node.text):
        return float(node.text)
    if "boolean" in types and node.value in ("true", "false"):
        return node.value == "true"
    return node.text


def resolved(schema: Schema, root: Schema) -> Schema:
    """The schema with its $ref followed; what stands beside the $ref is added, as the draft 2020-12 says."""
    while "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _member(schema: Schema, node: Node, key: str, root: Schema) -> Schema:
    """The schema for the value under `key`."""
    if "then" in schema and "properties" not in schema:
        branch = "then" if _holds(schema["if"], node) else "else"
        return _member(resolved(schema[branch], root), node, key, root)
    found = schema.get("properties", {}).get(key)
    if found is None:
        found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else {}


def _holds(condition: Schema, node: Node) -> bool:
    """The conditions that our schemas use: required keys, and any of several such."""
    if "anyOf" in condition:
        return any(_holds(part, node) for part in condition["anyOf"])
    return all(find(node, key) is not None for key in condition["required"])
