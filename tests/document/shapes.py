"""Shapes of JSON: which names an object has and of which type each value is, to hold an answer against an example.

An example shows what is there, so whatever has its names and types fits, and may have more. Null fits any type: the
document's answers have it where a value happens to be missing.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def missing(example: Any, found: Any, place: str = "") -> Iterator[str]:
    """What an example has and something else has not, by its place."""
    if example is None or found is None:
        return
    if _kind(example) != _kind(found):
        yield f"{place or 'the whole'} is {_kind(found)}, not {_kind(example)}"
    elif isinstance(example, Mapping):
        yield from _missing_names(example, found, place)
    elif isinstance(example, list) and example:
        if not found:
            yield f"{place} is empty"
        for one in example:
            faults = [list(missing(one, other, f"{place}[]")) for other in found]
            yield from min(faults, key=len, default=[])


def _missing_names(example: Mapping[str, Any], found: Mapping[str, Any], place: str) -> Iterator[str]:
    if _is_by_id(example):
        yield from missing(list(example.values()), list(found.values()), f"{place}.ID")
        return
    for name, value in example.items():
        if name not in found:
            yield f"{place}.{name} is not there"
        else:
            yield from missing(value, found[name], f"{place}.{name}")


def _is_by_id(example: Mapping[str, Any]) -> bool:
    """Objects by their ids: the names are values."""
    return bool(example) and all(name.isdigit() for name in example)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a truth value"
    kinds = {str: "text", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "an object")
