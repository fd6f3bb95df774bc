"""Requests made at random: of a method's own schema, with wrong types, unknown names and ids that exist or do not."""

import json
import math
from collections.abc import Iterator
from random import Random
from typing import Any

from router.protocol.schemas import load_schema

WRONG: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2**31, 10**30, 0.5, -0.0, 1e308, math.nan, math.inf, "", " ", "0", "-1", "1.0", "x" * 200,
    "٣", "²", "true", "null", "[]", "[1]", '["a"]', "\x00", "é", "2026-02-30 00:00:00", "9999-99-99 99:99:99", "99:99",
    [], {}, [None], [[]], [{}], {"": None}, {"x": 1}, [1, "1"], {"extension": None}, {"number": 5},
)  # fmt: skip
UNKNOWN_NAMES = 0.08
"""The share of objects with a name that no schema has: passed over, so the rest of the request counts."""

UNKNOWN = ("x", "", "params", "__class__", "id", "extension", "number", "name", "campaign_id")


class Requests:
    """Draws requests; `known` are values that mean something to the PBX, put where a text or an id is wanted."""

    def __init__(self, random: Random, known: tuple[Any, ...], wrong: float = 0.08) -> None:
        self._random = random
        self._known = known
        self._wrong = wrong

    def request(self, schema_name: str) -> dict[str, Any]:
        """The parameters of one request."""
        schema = load_schema(schema_name)
        drawn = self._object(schema, schema.get("$defs", {}))
        return {name: value for name, value in drawn.items() if name != "command_id" or isinstance(value, str)}

    def _value(self, schema: dict[str, Any], shapes: dict[str, Any]) -> Any:
        if self._random.random() < self._wrong:
            return self._random.choice(WRONG)
        schema = shapes[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        for word in ("anyOf", "oneOf"):
            if word in schema and "type" not in schema:
                return self._value(self._random.choice(schema[word]), shapes)
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        kinds = schema.get("type", "object")
        kind = self._random.choice(kinds) if isinstance(kinds, list) else kinds
        return {"object": self._object, "array": self._array}.get(kind, self._scalar)(schema | {"type": kind}, shapes)

    def _object(self, schema: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
        required = schema.get("required", ())
        drawn = {
            name: self._value(one, shapes)
            for name, one in schema.get("properties", {}).items()
            if self._random.random() < (0.97 if name in required else 0.5)
        }
        if self._random.random() < UNKNOWN_NAMES:
            drawn[self._random.choice(UNKNOWN)] = self._random.choice(WRONG)
        return drawn

    def _array(self, schema: dict[str, Any], shapes: dict[str, Any]) -> list[Any]:
        return [self._value(schema.get("items", {}), shapes) for _ in range(self._random.choice((0, 1, 1, 2, 5)))]

    def _scalar(self, schema: dict[str, Any], shapes: dict[str, Any]) -> Any:
        kind = schema["type"]
        if kind == "integer":
            whole = [one for one in self._known if isinstance(one, int)]
            return self._random.choice([*whole, 0, 1, 10, 60, self._random.randrange(10**10)])
        if kind == "boolean":
            return self._random.random() < 0.5
        if kind == "null":
            return None
        texts = [str(one) for one in self._known]
        return self._random.choice(
            [*texts, "", "12:00", "2026-11-30 12:00:00", str(self._random.randrange(10**10)), "Имя"]
        )


def known_values(tree: Any) -> Iterator[Any]:
    """Every scalar of an answer."""
    if isinstance(tree, dict):
        tree = [*tree.values(), *tree]
    if isinstance(tree, list | tuple):
        for branch in tree:
            yield from known_values(branch)
    elif isinstance(tree, str | int) and not isinstance(tree, bool):
        yield tree


def as_json(params: dict[str, Any]) -> str:
    """As other people's programs write it, NaN and half characters included."""
    return json.dumps(params)
