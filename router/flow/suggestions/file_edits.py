"""Edits of one file that concern whole nodes: where a node ends, what takes its place, how an entry is taken out."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from router.flow.suggestions.advice import Edit
from router.flow.suggestions.fixes import written_length
from router.flow.yaml.extents import Extents, end_of, extents_of
from router.flow.yaml.node import Node, pairs

Edits = tuple[Edit, ...]


class FileEdits:
    """Edits of the file with these lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self._extents: Extents | None = None

    def end(self, node: Node) -> tuple[int, int] | None:
        if node.kind == "scalar":
            line = self.lines[node.mark.line - 1] if node.mark.line <= len(self.lines) else ""
            length = written_length(node, line)
            if length is not None:
                return node.mark.line, node.mark.column + length
        if self._extents is None:
            self._extents = extents_of(self.lines)
        return end_of(node, self._extents)

    def source(self, node: Node, length: int) -> str:
        return self.lines[node.mark.line - 1][node.mark.column - 1 : node.mark.column - 1 + length]

    def replacing(self, node: Node, text: str) -> Edits | None:
        """The edit that puts `text` in the place of the whole node."""
        end = self.end(node)
        if end is None:
            return None
        return (Edit(line=node.mark.line, column=node.mark.column, end_line=end[0], end_column=end[1], text=text),)

    def without(self, node: Node, number: int) -> Edits | None:
        """The edit that takes an entry out of a map, with the comma or the lines that belong to it."""
        key, value = pairs(node)[number]
        end = self.end(value) if not value.empty else (key.mark.line, key.mark.column + len(key.text) + 1)
        if end is None:
            return None
        if self.source(node, 1) == "{":
            return self._without_in_braces(node, number, end)
        if number + 1 < len(pairs(node)):
            following = pairs(node)[number + 1][0].mark
            return (_cut(key, (following.line, following.column)),)
        line = self.lines[key.mark.line - 1]
        if line[: key.mark.column - 1].strip() or number == 0:
            return None
        return (
            Edit(line=key.mark.line - 1, column=len(self.lines[key.mark.line - 2]) + 1, end_line=end[0],
                 end_column=end[1], text=""),
        )  # fmt: skip

    def _without_in_braces(self, node: Node, number: int, end: tuple[int, int]) -> Edits | None:
        key = pairs(node)[number][0]
        if number + 1 < len(pairs(node)):
            following = pairs(node)[number + 1][0].mark
            return (_cut(key, (following.line, following.column)),)
        if number == 0:
            return (_cut(key, end),)
        before = self.end(pairs(node)[number - 1][1])
        if before is None:
            return None
        return (Edit(line=before[0], column=before[1], end_line=end[0], end_column=end[1], text=""),)


def joined(found: Iterable[Edits | None]) -> Edits | None:
    """All of them, None when one is."""
    edits: list[Edit] = []
    for part in found:
        if part is None:
            return None
        edits += part
    return tuple(edits)


def are_apart(edits: Edits) -> bool:
    """Whether no edit reaches into another one."""
    ordered = sorted(edits, key=lambda one: (one.line, one.column))
    return all((one.end_line, one.end_column) <= (other.line, other.column) for one, other in pairwise(ordered))


def _cut(key: Node, end: tuple[int, int]) -> Edit:
    return Edit(line=key.mark.line, column=key.mark.column, end_line=end[0], end_column=end[1], text="")
