"""What a schema says of one value: its types, its members, and whether a text has its form."""

import re
from collections.abc import Sequence
from math import inf, isfinite

from router.flow.schema.coercion import Schema


def allows(text: str, schema: Schema) -> bool:
    """Whether a text is a scalar that the schema allows."""
    types = types_of(schema)
    if "enum" in schema:
        return text in schema["enum"]
    if not types:
        return True
    if "string" in types and _is_text(text, schema):
        return True
    if "boolean" in types and text in ("true", "false"):
        return True
    is_number = re.fullmatch(r"-?[0-9]{1,15}" if "integer" in types else r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text)
    if not {"integer", "number"} & set(types) or is_number is None:
        return False
    return bool(schema.get("minimum", -inf) <= float(text) <= schema.get("maximum", inf))


def whole_number(text: str, schema: Schema) -> str:
    """A whole number that was written otherwise: 70%, 70.0, and of a weight 0.7."""
    try:
        number = float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        return ""
    if not isfinite(number):
        return ""
    if 0 < number < 1 and schema.get("x-share"):
        number *= 100
    return str(round(number)) if abs(number - round(number)) < 1e-9 and number >= 0 else ""


def _is_text(text: str, schema: Schema) -> bool:
    fits_length = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
    return fits_length and re.search(schema.get("pattern", ""), text) is not None


def types_of(schema: Schema) -> tuple[str, ...]:
    types = schema.get("type", "string" if "enum" in schema or "pattern" in schema else ())
    return (types,) if isinstance(types, str) else tuple(types)


def member(name: str, schema: Schema) -> Schema | None:
    """What the schema says of the value under `name`; None of a key that it does not know."""

    if name in schema.get("properties", {}):
        found: Schema = schema["properties"][name]
        return found
    for pattern, part in schema.get("patternProperties", {}).items():
        if re.search(pattern, name):
            return part  # type: ignore[no-any-return]
    others = schema.get("additionalProperties", {})
    return others if isinstance(others, dict) else None


def needed(schema: Schema, named: Sequence[str]) -> Sequence[str]:
    found = [*schema.get("required", ())]
    condition = schema.get("if")
    while condition is not None:
        branch = schema.get("then" if set(condition.get("required", ())) <= set(named) else "else", {})
        found += branch.get("required", ())
        condition = branch.get("if")
        schema = branch
    return found
