"""The entries of a map: each key once, and each text whole.

In braces a comma ends an unquoted text, so that `{when: min(a, b) > 3}` is a map of two keys. Such entries are told
and mended, and what is refused keeps its place under a mended key, so that it does not count as missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from router.flow.findings import Report
from router.flow.model import Mark
from router.flow.suggestions.advice import edit
from router.flow.suggestions.foreign_words import OUR_KEYS
from router.flow.suggestions.split_texts import EXPRESSION_KEYS, whole_advice
from router.flow.yaml.node import Node, length_of
from router.flow.yaml.parse_failure import REPAIRED

_TEXTS: Final = EXPRESSION_KEYS | {"text", "says", "description", "display_name", "sender", "url"}
"""Under which keys a comma is more likely part of a text."""


@dataclass(slots=True)
class Open:
    """A collection whose end has not come yet."""

    kind: Literal["sequence", "mapping"]
    mark: Mark
    braces: bool
    children: list[Node]


def closed(ended: Open, report: Report) -> Node:
    """The node of a collection that has come to its end."""
    if ended.kind == "sequence":
        return Node("sequence", tuple(ended.children), ended.mark)
    keys, values = ended.children[::2], ended.children[1::2]
    entries = list(zip(keys, values, strict=True))
    if ended.braces and any(value.value == "" for value in values):
        entries = list(_without_split_texts(entries, report))
    if not _are_plain_and_different(keys):
        entries = list(_without_doubles(entries, report))
    return Node("mapping", tuple(entries), ended.mark)


def _are_plain_and_different(keys: Sequence[Node]) -> bool:
    texts = {key.value for key in keys if key.kind == "scalar"}
    return len(texts) == len(keys) and "<<" not in texts


def _without_doubles(entries: list[tuple[Node, Node]], report: Report) -> Iterator[tuple[Node, Node]]:
    """The entries; one that is refused keeps its place under a mended key, so that it does not count as missing."""
    seen: dict[str, Node] = {}
    for number, (key, value) in enumerate(entries):
        refused = Node("scalar", f"{REPAIRED}{number}", key.mark)
        if REPAIRED in key.text:
            yield refused, value
        elif key.kind != "scalar":
            report.add("F112", key.mark, "a map or a list cannot be a key", suggestion="quote the text if it is one")
            yield refused, value
        elif key.value == "<<" and not key.quoted:
            report.add("F107", key.mark, "merge key `<<`", length=2, suggestion="write the keys out")
            yield refused, value
        elif key.text in seen:
            first = seen[key.text].mark
            message = f"`{key.text}` stands already in line {first.line}"
            advice = "leave one of the two out, or name them apart"
            report.add("F102", key.mark, message, length=length_of(key), suggestion=advice)
            yield refused, value
        else:
            seen[key.text] = key
            yield key, value


def _without_split_texts(entries: list[tuple[Node, Node]], report: Report) -> Iterator[tuple[Node, Node]]:
    """In braces `{when: min(a, b) > 3}` is a map of two keys, the second one without a value: say so, and mend it."""
    position = 0
    while position < len(entries):
        key, value = entries[position]
        position += 1
        first = position
        if _has_no_colon(key, value):
            if REPAIRED not in key.text:
                _report_bare_key(key, report)
            name = key.text.partition(" ")[0] if _lacks_colon(None, (key, value)) else key.text
            key, value = Node("scalar", REPAIRED + name, key.mark), Node("scalar", REPAIRED, value.mark)
        while (
            position < len(entries) and _has_no_colon(*entries[position]) and not _lacks_colon(key, entries[position])
        ):
            position += 1
        if position > first and value.kind == "scalar":
            parts = [value, *(swallowed for swallowed, _ in entries[first:position])]
            whole = ", ".join(part.text for part in parts)
            if REPAIRED not in whole:
                _report_split(value, whole, report)
            value = Node("scalar", REPAIRED, value.mark)
        yield key, value


def _continues(before: Node, entry: tuple[Node, Node]) -> bool:
    """Whether an entry without a colon is what a comma cut off from the text before it."""
    return _has_no_colon(*entry) and not _lacks_colon(before, entry)


def _lacks_colon(before: Node | None, entry: tuple[Node, Node]) -> bool:
    """`ring 25s`: a setting and its value, and not the rest of a text that a comma ended."""
    setting, space, value = entry[0].text.partition(" ")
    is_text = before is not None and before.text in _TEXTS
    return (
        bool(space and value) and value[0] not in "=:" and setting in OUR_KEYS and not entry[0].quoted and not is_text
    )


def _report_bare_key(key: Node, report: Report) -> None:
    if _lacks_colon(None, (key, key)):
        setting, _, rest = key.text.partition(" ")
        fix = (edit(key.mark.line, key.mark.column + len(setting), 0, ":"),)
        message = f"`{setting}` has no `:` behind it"
        report.add("F110", key.mark, message, length=length_of(key), suggestion=f"write {setting}: {rest}", fix=fix)
        return
    name, colon, value = key.text.partition(":")
    message = "a space is missing behind the `:`" if colon else f"`{key.text}` has no `:` behind it"
    if colon and not key.quoted:
        fix = (edit(key.mark.line, key.mark.column + len(name), 1, ": "),)
        report.add("F110", key.mark, message, length=length_of(key), suggestion=f"write {name}: {value}", fix=fix)
    else:
        suggestion = "a comma separates entries; quote a key or a text that holds one"
        report.add("F110", key.mark, message, length=length_of(key), suggestion=suggestion)


def _has_no_colon(key: Node, value: Node) -> bool:
    """A key with nothing behind it, not even a colon: the parser puts the absent value right at its end."""
    return (
        value.empty
        and key.kind == "scalar"
        and value.mark.line == key.mark.line
        and (value.mark.column == key.mark.column + length_of(key))
    )


def _report_split(value: Node, whole: str, report: Report) -> None:
    line = report.lines.get(value.mark.file, ("",) * value.mark.line)[value.mark.line - 1]
    start = value.mark.column - 1
    advice = whole_advice(whole, line[:start])
    fix = (edit(value.mark.line, start + 1, len(whole), advice.instead or ""),) if line.startswith(whole, start) else ()
    message = f"the comma ends the text `{value.text}` here"
    report.add("F110", value.mark, message, length=length_of(value), suggestion=advice, fix=fix)
