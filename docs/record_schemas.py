"""The schemas of what other programs keep: a call, its row, a notification's envelope. Parts of `schemas/openapi.yaml`,
each whole in a file of its own, for who validates without HTTP.

A version's fields stay and keep their meaning; new ones may be added to it, so a reader passes over what it does not
know. A field that goes, or means something else, makes a new version, with a new `$id`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from router.web.openapi import PREFIX, description

COMPONENTS: Final = f"{PREFIX}schemas/"
VERSIONS: Final[Mapping[str, tuple[str, int]]] = {  # file -> component, version
    "call": ("Call", 1),
    "call_row": ("CallRow", 1),
    "notification": ("Envelope", 1),
}


def schema_of(name: str) -> dict[str, Any]:
    """The schema of a file."""
    component, version = VERSIONS[name]
    parts = description()["components"]["schemas"]
    needed: dict[str, Any] = {}
    waiting = [*_names(parts[component])]
    while waiting:
        part = waiting.pop()
        if part not in needed:
            needed[part] = _open(_local(parts[part]))
            waiting.extend(_names(parts[part]))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ivr-router:{name}:{version}",
        **_open(_local(parts[component])),
        "$defs": dict(sorted(needed.items())),
    }


def _open(part: Any) -> Any:
    """Without the ban on further fields: they may come within a version."""
    if isinstance(part, dict):
        return {key: _open(value) for key, value in part.items() if (key, value) != ("additionalProperties", False)}
    return [_open(one) for one in part] if isinstance(part, list) else part


def _local(part: Any) -> Any:
    """References into the description as references to `$defs`."""
    if isinstance(part, dict):
        return {
            key: value.replace(COMPONENTS, "#/$defs/") if key == "$ref" else _local(value)
            for key, value in part.items()
        }
    return [_local(one) for one in part] if isinstance(part, list) else part


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(target := part.get("$ref"), str):
            yield target.removeprefix(COMPONENTS)
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _names(one)
