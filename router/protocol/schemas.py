"""The JSON Schemas of `schemas/`, the single source for the shapes that people and peers write.

They ship inside the wheel as `router/schemas`; in a checkout they stand beside the package. Reading one is the only
thing this layer ever takes from a disk, it is constant data of the package, and it is read once per process. The
schemas of the API share shapes in `schemas/api/shared.json`: what is loaded here is whole, with the shared shapes that
it needs among its own `$defs`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

SHARED: Final = "shared.json#/$defs/"
OWN: Final = "#/$defs/"


def load_schema(name: str) -> dict[str, Any]:
    """The schema `name`, e.g. "flow", "config" or "api/route.request"; KeyError when there is none of that name.

    The answer is the caller's own copy: changing it changes nothing for anyone else.
    """
    schema: dict[str, Any] = json.loads(_whole(name))
    return schema


@cache
def _whole(name: str) -> str:
    text = _text(name)
    if SHARED not in text:
        return text
    schema = json.loads(text.replace(SHARED, OWN))
    shapes = json.loads(_text("api/shared").replace(SHARED, OWN))["$defs"]
    schema["$defs"] = {**_needed(schema, shapes), **schema.get("$defs", {})}
    return json.dumps(schema)


def _needed(schema: Any, shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The shared shapes that a schema names, and those that they name in turn."""
    needed: dict[str, Any] = {}
    waiting = list(_names(schema))
    while waiting:
        name = waiting.pop()
        if name in shapes and name not in needed:
            needed[name] = shapes[name]
            waiting.extend(_names(shapes[name]))
    return dict(sorted(needed.items()))


def _names(tree: Any) -> Iterator[str]:
    """The `$defs` that a tree refers to."""
    if isinstance(tree, dict):
        target = tree.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(OWN)
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from _names(branch)


def openapi_text() -> str:
    """The description of our own HTTP interface, as it stands in the file."""
    return _text("openapi")


@cache
def _text(name: str) -> str:
    for root in _roots():
        for ending in (".schema.json", ".json", ".yaml"):
            found = root.joinpath(*f"{name}{ending}".split("/"))
            if found.is_file():
                return found.read_text(encoding="utf-8")
    raise KeyError(name)


def _roots() -> tuple[Traversable, Traversable]:
    """In the wheel, then in a checkout."""
    return resources.files("router") / "schemas", Path(__file__).parents[2] / "schemas"
