"""The edits that carry out an advice: where the new text of a YAML scalar needs quotes, they are written."""

import re
from collections.abc import Sequence
from typing import Final

from router.flow.findings import Report
from router.flow.suggestions.advice import Edit, Suggestion, as_scalar, edit, instead_of, quoted
from router.flow.yaml.node import Node, length_of
from router.flow.yaml.positions import place_of

_SINGLE: Final = re.compile(r"'(?:[^']|'')*'")
_DOUBLE: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def report_at(
    report: Report, code: str, node: Node, message: str, suggestion: Suggestion = "", offset: int = 0
) -> None:
    """Note a finding about a node, or about its text from the character `offset` on, with the fix of its suggestion."""
    lines = report.lines.get(node.mark.file, ())
    mark, length = node.mark, length_of(node)
    if offset:
        mark, length = place_of(node, offset, lines), len(node.text) - offset
    instead = instead_of(suggestion)
    fix = replaced(node, offset, len(node.text) - offset, instead, lines) if instead is not None else ()
    report.add(code, mark, message, length=length, suggestion=suggestion, fix=fix)


def rewritten(node: Node, value: str, lines: Sequence[str]) -> tuple[Edit, ...]:
    """The edit that makes `value` the text of the scalar; none where it is written over several lines."""
    line = lines[node.mark.line - 1] if node.mark.line <= len(lines) else ""
    written = written_length(node, line)
    if written is None:
        return ()
    was_quoted = line[node.mark.column - 1 : node.mark.column] in "'\"" and node.quoted
    text = quoted(value) if was_quoted else as_scalar(value)
    return (edit(node.mark.line, node.mark.column, written, text),)


def in_place_of(node: Node, text: str, report: Report) -> tuple[Edit, ...]:
    """The edit that puts YAML in the place of a scalar, its quotes included; none where it goes over several lines."""
    lines = report.lines.get(node.mark.file, ())
    line = lines[node.mark.line - 1] if node.mark.line <= len(lines) else ""
    written = written_length(node, line)
    return () if written is None else (edit(node.mark.line, node.mark.column, written, text),)


def entries_apart(key: Node, value: Node, names: Sequence[str], lines: Sequence[str]) -> tuple[Edit, ...]:
    """The edit that makes `1,2: sales` an entry for each name; none where the value is more than one line's scalar."""
    line = lines[key.mark.line - 1] if key.mark.line <= len(lines) else ""
    key_length, length = written_length(key, line), written_length(value, line)
    if key_length is None or length is None or value.mark.line != key.mark.line:
        return ()
    start, end = value.mark.column - 1, value.mark.column - 1 + length
    begins_line = not line[: key.mark.column - 1].strip()
    in_block = begins_line and line[end:].lstrip()[:1] not in (",", "}")
    between = "\n" + line[: key.mark.column - 1] if in_block else ", "
    text = between.join(f"{as_scalar(name)}: {line[start:end]}" for name in names)
    return (edit(key.mark.line, key.mark.column, end - key.mark.column + 1, text),)


def replaced(node: Node, offset: int, length: int, text: str, lines: Sequence[str]) -> tuple[Edit, ...]:
    """The edit that puts `text` in the place of some characters of the scalar's value."""
    whole = rewritten(node, node.text[:offset] + text + node.text[offset + length :], lines)
    if whole or not node.quoted or "\n" in node.text[offset : offset + length] + text:
        return whole
    line = lines[node.mark.line - 1] if node.mark.line <= len(lines) else ""
    if line[node.mark.column - 1 : node.mark.column] not in ("|", ">"):
        return ()
    place = place_of(node, offset, lines)
    return (edit(place.line, place.column, length, text),)


def written_length(node: Node, line: str) -> int | None:
    """How many characters of its line the scalar takes with its quotes; None where it goes on in the next one."""
    start = node.mark.column - 1
    if node.kind != "scalar":
        return None
    if not node.quoted:
        return len(node.text) if line.startswith(node.text, start) else None
    pattern = {"'": _SINGLE, '"': _DOUBLE}.get(line[start : start + 1])
    found = pattern.match(line, start) if pattern is not None else None
    return len(found[0]) if found is not None else None
