"""A scope for tests of expressions: values by dotted name, and what was asked for."""

from collections.abc import Mapping
from typing import Any

from router.flow.expressions import BUILTIN_NAMES, hours_names

NAMES = {
    **BUILTIN_NAMES,
    **hours_names("office"),
    "lists.vip": "list",
    "lists.from": "list",
    "vars.lang": "text",
    "vars.tries": "number",
    "vars.phone": "phone",
    "vars.flag": "bool",
    "visits.return": "number",
    "verify.ok": "bool",
}

NAMES_AS_TEXTS = {name: "text" if kind == "phone" else kind for name, kind in NAMES.items()}
"""For what is held against Python: phones are compared as people write them (tests/flow/test_phones_compared.py)."""


class FixedScope:
    """Implements `flow.model.Scope` over fixed values; `reads` keeps the names in the order of reading."""

    def __init__(self, values: Mapping[str, Any], lists: Mapping[str, set[str]] | None = None) -> None:
        self._values = values
        self._lists = lists or {}
        self.reads: list[str] = []

    def value(self, name: str) -> Any:
        self.reads.append(name)
        return self._values[name]

    def contains(self, list_name: str, value: str) -> bool:
        return value in self._lists.get(list_name, set())

    def online(self, extension: str) -> bool:
        return extension == "101"

    def status(self, extension: str) -> str:
        return "dnd" if extension == "102" else ""
