"""The JSON Schemas of `schemas/`, the single source for the shapes that people and peers write.

They ship inside the wheel as `router/schemas`; in a checkout they stand beside the package. Reading one is the only
thing this layer ever takes from a disk, it is constant data of the package, and it is read once per process.
"""

import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any


def load_schema(name: str) -> dict[str, Any]:
    """The schema `name`, e.g. "flow", "config" or "commands/route"; KeyError when there is none of that name.

    The answer is the caller's own copy: changing it changes nothing for anyone else.
    """
    schema: dict[str, Any] = json.loads(_text(name))
    return schema


@cache
def _text(name: str) -> str:
    for root in _roots():
        found = root.joinpath(*f"{name}.schema.json".split("/"))
        if found.is_file():
            return found.read_text(encoding="utf-8")
    raise KeyError(name)


def _roots() -> tuple[Traversable, Traversable]:
    """In the wheel, then in a checkout."""
    return resources.files("router") / "schemas", Path(__file__).parents[2] / "schemas"
