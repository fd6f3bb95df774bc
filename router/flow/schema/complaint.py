"""One rule of a schema that a file breaks: where that is, and the means to say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from router.flow.findings import Report
from router.flow.schema.coercion import Schema, resolved
from router.flow.suggestions.advice import Suggestion, offer
from router.flow.suggestions.file_edits import Edits
from router.flow.suggestions.fixes import report_at
from router.flow.suggestions.restructure import Restructure
from router.flow.yaml.node import Node, items, length_of, pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One error of the validator about one file."""

    kind: Any  # of the validator's error, with what it is about
    message: str  # the validator's own
    root_schema: Schema
    schema: Schema  # in which the broken rule stands
    key: Node | None  # that the node stands under
    node: Node
    report: Report
    repair: Restructure
    invalid: set[int]  # the id() of every node of the file that a finding was made about

    @property
    def named(self) -> Node:
        """Where to say what concerns a whole map or list: at the key that it stands under."""
        return self.node if self.key is None or self.node.kind == "scalar" else self.key

    @property
    def title(self) -> str:
        title = self.schema.get("title") or (self.key.text if self.key is not None else "this")
        if self.key is not None and self.key.text == title:
            return f"`{title}`"
        return f"{'an' if title[0] in 'aeiou' else 'a'} {title}"

    @property
    def known(self) -> list[str]:
        """The keys that can stand here."""
        return [*self.schema.get("properties", {})]

    def say(self, code: str, node: Node, message: str, suggestion: Suggestion = "", fix: Edits | None = None) -> None:
        """Report something about a node, which is invalid from then on."""
        self.invalid.add(id(node))
        if fix is None:
            report_at(self.report, code, node, message, suggestion)
        else:
            self.report.add(code, node.mark, message, length=length_of(node), suggestion=suggestion, fix=fix)

    def say_mended(self, code: str, message: str) -> None:
        """A finding about the node, with the repair of it when there is one."""
        edits = self.repair.edits(self.node, self.schema)
        if not edits:
            self.say(code, self.node, message, self.example())
            return
        shown = self.repair.shown_value(self.node, edits)
        like = self.node.kind == "scalar" and len(edits) == 1 and not shown.startswith("{")
        plain = shown.strip("\"'") if like else shown
        shown = shown or (edits[0].text if len(edits) == 1 else "")
        self.say(code, self.node, message, offer([plain]) if like else f"write {shown}" if shown else "", edits)

    def example(self) -> str:
        return f"write {self.schema['x-example']}" if "x-example" in self.schema else ""


def walk(root: Node, path: Iterable[str | int]) -> tuple[Node | None, Node]:
    """(the key that the node stands under, the node)."""
    key, node = None, root
    for part in path:
        if node.kind == "sequence":
            key, node = None, items(node)[int(part)]
        else:
            key, node = _entry(node, part)
    return key, node


def _entry(node: Node, part: str | int) -> tuple[Node, Node]:
    """The entry of a map. The validator calls a key of digits a number, be it written as 7, 007 or +7."""
    entries = pairs(node)
    written = [entry for entry in entries if entry[0].text == str(part)]
    return written[0] if written else next(entry for entry in entries if _number(entry[0].text) == part)


def _number(key: str) -> int | None:
    digits = key.removeprefix("+")
    return int(digits) if digits.isascii() and digits.isdecimal() else None


def schema_around(schema: Schema, path: list[str | int]) -> Schema:
    """The schema that the failing keyword stands in."""
    found: Any = schema
    for part in path[:-1]:
        found = found[part]
    return resolved(found, schema) if isinstance(found, dict) else {}
