"""Values as a schema wants them: numbers and their text mean the same, and so do booleans, 0 and 1.

A telephone number is read as people write it.

What a schema accepts as it is stays as it is, to the byte: only a value that it refuses is written in another way, and
only where that other way is accepted. So the document's examples, which write the same field in both ways, pass
through untouched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

from router.protocol.phone_numbers import number_of

Schema = Mapping[str, Any]

OWN: Final = "#/$defs/"
WORDS: Final[Mapping[str, bool]] = {"true": True, "false": False}
LONGEST_NUMBER: Final = 24  # characters; longer ones are no numbers of this API
UNFILLED: Final[tuple[Any, ...]] = ("", None, [], {})
"""What other people's programs send for "not given"."""

is_dialled = re.compile(r"\+?[0-9*#]+|(sip:)?[^\s@:]+@[^\s@]+").fullmatch
"""Whether a text is a number as the API writes it: digits, or a SIP address."""
_is_number = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch


def fitted(schema: Schema, value: Any, definitions: Schema | None = None) -> Any:
    """`value` with what the schema refuses written as it accepts it; what no notation helps stays."""
    definitions = schema.get("$defs", {}) if definitions is None else definitions
    schema = shape_of(schema, definitions, value)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {
            name: fitted(known[name], inner, definitions) if name in known else inner for name, inner in value.items()
        }
    if isinstance(value, list):
        return [fitted(schema.get("items", {}), inner, definitions) for inner in value]
    if _accepts(schema, definitions, value):
        return value
    if schema.get("format") == "number" and isinstance(value, str):
        return number_of(value) or value
    if _has_type_of(schema, value):  # it is out of bounds, and in another notation still would be
        return value
    others = _notations(value, truth="enum" in schema or schema.get("type") == "boolean")
    return next((other for other in others if _accepts(schema, definitions, other)), value)


def filled(schema: Schema, value: Any, definitions: Schema | None = None) -> Any:
    """`value` as the PBX reads it: without names that the schema does not know, and without optional parameters that
    are empty where the schema wants something in them."""
    definitions = schema.get("$defs", {}) if definitions is None else definitions
    schema = shape_of(schema, definitions, value)
    if isinstance(value, list):
        return [filled(schema.get("items", {}), inner, definitions) for inner in value]
    known = schema.get("properties")
    if not isinstance(value, dict) or known is None:
        return value
    needed = schema.get("required", ())
    found = {name: filled(known[name], value[name], definitions) for name in known if name in value}
    return {
        name: inner
        for name, inner in found.items()
        if name in needed or not _is_left_out(known[name], definitions, inner)
    }


def _is_left_out(schema: Schema, definitions: Schema, value: Any) -> bool:
    """An object of which nothing is left counts as not given, though a schema may accept it."""
    return value in UNFILLED and (value == {} or not _accepts(schema, definitions, value))


def shape_of(schema: Schema, definitions: Schema, value: Any) -> Schema:
    """What a schema says about a value: the shape that it names; of several, the one for an object or a list."""
    reference = schema.get("$ref")
    found = definitions[reference.removeprefix(OWN)] if reference else schema
    wanted = "properties" if isinstance(value, dict) else "items" if isinstance(value, list) else ""
    if not wanted or wanted in found:
        return found
    others = (shape_of(other, definitions, value) for other in found.get("anyOf", ()))
    return next((other for other in others if wanted in other), found)


def _has_type_of(schema: Schema, value: Any) -> bool:
    kinds = schema.get("type", ())
    wanted = kinds if isinstance(kinds, list) else [kinds]
    return isinstance(value, int) and not isinstance(value, bool) and "integer" in wanted


def _notations(value: Any, *, truth: bool) -> Iterator[Any]:
    """Other ways to write the same. Only where a schema lists values is a truth value a number: no id is `true`."""
    if isinstance(value, str):
        text = value.strip()
        yield text
        if truth and text.lower() in WORDS:
            yield from _truths(WORDS[text.lower()])
        number = _number(text)
        if number is not None:
            yield number
    elif isinstance(value, bool):
        yield from _truths(value) if truth else ()
    elif isinstance(value, int | float):
        number = int(value) if float(value).is_integer() else value
        yield from (number, str(number))
        if truth and number in (0, 1):
            yield bool(number)


def _truths(value: bool) -> Iterator[Any]:
    yield from (value, int(value), str(int(value)))


def _number(text: str) -> int | float | None:
    """The number of a text; a whole one as such, however it is written."""
    if len(text) > LONGEST_NUMBER or not _is_number(text):
        return None
    return int(text) if "." not in text else int(float(text)) if float(text).is_integer() else float(text)


def _accepts(schema: Schema, definitions: Schema, value: Any) -> bool:
    try:
        return _validator(json.dumps({**schema, "$defs": definitions}, sort_keys=True)).is_valid(value)
    except ValueError:  # half a surrogate pair has no place in JSON
        return False


@cache
def _validator(text: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        json.loads(text), formats={"number": lambda number: is_dialled(number) is not None}, validate_formats=True
    )
