"""Nodes as the JSON that a schema expects: the schema, and nothing else, gives scalars their types.

Where the schema asks for a number and the text is one, the validator gets a number; where it asks for text, `0105`
stays text. What does not fit stays as it is written, for the validator to object to. Of JSON Schema, those parts are
understood here that our own schemas use.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.flow.yaml.node import Node, find, items, pairs

Schema = Mapping[str, Any]

_INTEGER: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_ANYTHING: Final[Schema] = {}
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What one schema says about the values below it."""

    schema: Schema  # held, so that nothing else ever has its id()
    whole: Schema  # with its $ref followed
    members: Mapping[Any, Schema]
    others: Schema
    items: Schema
    types: tuple[str, ...]
    branched: bool  # which members there are depends on the node


class Coercion:
    """Nodes as JSON by one schema, of which every part is looked at once: a bundle has thousands of steps."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._plans: dict[int, _Plan] = {}

    def typed(self, node: Node) -> Any:
        """The node as JSON, its scalars converted where the schema asks for it and the text allows it."""
        return self._typed(node, self._root)

    def _typed(self, node: Node, schema: Schema) -> Any:
        plan = self._plans.get(id(schema)) or self._planned(schema)
        if node.kind == "scalar":
            return _scalar(node, plan.types)
        if node.kind == "sequence":
            return [self._typed(item, plan.items) for item in items(node)]
        if node.invalid:
            return node.text
        while plan.branched:
            branch = plan.whole["then" if _holds(plan.whole["if"], node) else "else"]
            plan = self._plans.get(id(branch)) or self._planned(branch)
        members, others = plan.members, plan.others
        return {key.value: self._typed(value, members.get(key.value, others)) for key, value in pairs(node)}

    def _planned(self, schema: Schema) -> _Plan:
        whole = resolved(schema, self._root)
        types = whole.get("type", "string")
        others = whole.get("additionalProperties")
        plan = self._plans[id(schema)] = _Plan(
            schema=schema,
            whole=whole,
            members=whole.get("properties", {}),
            others=others if isinstance(others, dict) else _ANYTHING,
            items=whole.get("items", _ANYTHING),
            types=(types,) if isinstance(types, str) else tuple(types),
            branched="then" in whole and "properties" not in whole,
        )
        return plan


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


def _holds(condition: Schema, node: Node) -> bool:
    """The conditions that our schemas use: required keys, and any of several such."""
    if "anyOf" in condition:
        return any(_holds(part, node) for part in condition["anyOf"])
    return all(find(node, key) is not None for key in condition["required"])
