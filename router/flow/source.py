"""A YAML file as nodes with their places; no scalar is ever constructed.

`18:00` stays the text 18:00, `0105` keeps its zero and `on` is a word: what a scalar means is decided by the place
where it stands (`flow.shape`). What YAML offers beyond maps, lists and text (anchors, tags, merge keys, several
documents) is refused, and so are the traps in which a text silently becomes something else. After a trap the text is
mended with REPAIRED characters, so that reading goes on and the rest of the file is still checked; whoever meets
such a text later says nothing about it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
import yaml

from router.flow.findings import Finding, Report
from router.flow.model import Mark
from router.flow.traps import REPAIRED, Trap, diagnose

MOST_REPAIRS: Final = 20  # traps reported of one file
DEEPEST: Final = 40

_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue001-\ufffd\U00010000-\U0010ffff]")


class Node(msgspec.Struct, frozen=True, gc=False):
    """One node of a file. A mapping's keys are scalars, each of them once.

    A struct rather than a dataclass because a large bundle has hundreds of thousands: they are made in a tenth of
    the time, and, since nodes never form a cycle, the garbage collector need not look at them.
    """

    kind: Literal["scalar", "sequence", "mapping"]
    value: "str | tuple[Node, ...] | tuple[tuple[Node, Node], ...]"
    mark: Mark
    quoted: bool = False  # or a block scalar: certainly meant as text

    @property
    def text(self) -> str:
        """A scalar's characters; "" of anything else."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def empty(self) -> bool:
        """Whether nothing was written here (`next:`)."""
        return self.value == "" and not self.quoted

    @property
    def repaired(self) -> bool:
        """Whether a finding about this very text exists already."""
        return isinstance(self.value, str) and REPAIRED in self.value


def pairs(node: Node) -> tuple[tuple[Node, Node], ...]:
    """The (key, value) pairs of a mapping, none of anything else."""
    value: Any = node.value  # typing.cast would be a call for each of a large bundle's maps
    found: tuple[tuple[Node, Node], ...] = value if node.kind == "mapping" else ()
    return found


def items(node: Node) -> tuple[Node, ...]:
    """The items of a sequence, none of anything else."""
    value: Any = node.value
    found: tuple[Node, ...] = value if node.kind == "sequence" else ()
    return found


def find(node: Node | None, key: str) -> Node | None:
    """The value under `key` of a mapping."""
    for name, value in pairs(node) if node is not None else ():
        if name.value == key:
            return value
    return None


def plain(node: Node) -> Any:
    """The node as str, list and dict of str."""
    if node.kind == "mapping":
        return {key.value: plain(value) for key, value in pairs(node)}
    if node.kind == "sequence":
        return [plain(item) for item in items(node)]
    return node.value


def length_of(node: Node) -> int:
    """How many characters a caret under the node covers: the text's, or one for a collection."""
    return len(node.text.split("\n", 1)[0]) + 2 * node.quoted if node.kind == "scalar" else 1


def split_lines(text: str) -> list[str]:
    """The lines as YAML counts them."""
    return _BREAK.split(text)


def parse_yaml(file: str, text: str) -> tuple[Node | None, list[Finding]]:
    """The root node, or None when the file is empty or cannot be read at all; and what is wrong with it as YAML."""
    report = Report(lines={file: split_lines(text)})
    if refuse_unreadable(file, text, report):
        return None, report.findings
    for _ in range(MOST_REPAIRS):
        attempt = Report(lines=report.lines)
        try:
            root = _compose(file, text, attempt)
        except _TooDeep:
            return None, report.findings + attempt.findings
        except yaml.MarkedYAMLError as error:
            trap = diagnose(text, error)
            if REPAIRED in trap.message + trap.suggestion:  # it only follows from what was mended
                return None, report.findings + attempt.findings
            _report(file, trap, report)
            if trap.repaired is None:
                return None, report.findings + attempt.findings
            text = trap.repaired
        else:
            return root, report.findings + attempt.findings
    return None, report.findings


class _TooDeep(Exception):
    """Stops the reading of a file; the finding is written already."""


def refuse_unreadable(file: str, text: str, report: Report) -> bool:
    """Whether the text holds a character that no text of ours can hold; the first one is reported."""
    found = _UNREADABLE.search(text)
    if found is None:
        return False
    before = split_lines(text[: found.start()])
    mark = Mark(file=file, line=len(before), column=len(before[-1]) + 1)
    report.add("F111", mark, f"the character U+{ord(found[0]):04X} cannot stand in a text")
    return True


def _report(file: str, trap: Trap, report: Report) -> None:
    mark = Mark(file=file, line=trap.line, column=trap.column)
    report.add(trap.code, mark, trap.message, length=trap.length, suggestion=trap.suggestion)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    kind: Literal["sequence", "mapping"]
    mark: Mark
    braces: bool
    children: list[Node]


def _compose(file: str, text: str, report: Report) -> Node | None:
    """Build the nodes of the one document; raises MarkedYAMLError where YAML itself gives up.

    The usual scalar is dealt with in the loop itself: a large bundle has a hundred thousand of them.
    """
    outer: list[_Open] = [_Open("sequence", Mark(file=file, line=1, column=1), False, [])]
    beside = outer[0].children
    documents = 0
    next_event: Callable[[], Any] = yaml.CBaseLoader(text).get_event
    while (event := next_event()) is not None:
        kind = event.__class__
        if kind is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            start = event.start_mark
            mark = Mark(file=file, line=start.line + 1, column=start.column + 1)
            beside.append(Node("scalar", event.value, mark, event.style != ""))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            ended = outer.pop()
            beside = outer[-1].children
            beside.append(_close(ended, report))
        elif isinstance(event, yaml.NodeEvent):
            _open_or_add(file, event, outer, report)
            beside = outer[-1].children
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                report.add("F108", _mark(file, event), "a second document begins here", length=3)
                break
    return outer[0].children[0] if outer[0].children else None


def _open_or_add(file: str, event: Any, outer: list[_Open], report: Report) -> None:
    mark = _mark(file, event)
    if isinstance(event, yaml.AliasEvent):
        if not _is_told(event.anchor, outer[-1], report):
            report.add("F104", mark, f"unquoted `*{event.anchor}`", suggestion=f'write "*{event.anchor}" in quotes')
        outer[-1].children.append(Node("scalar", REPAIRED, mark))
        return
    mended = _refuse_decoration(event, mark, report)
    if isinstance(event, yaml.ScalarEvent):
        outer[-1].children.append(Node("scalar", REPAIRED if mended else event.value, mark, bool(event.style)))
    elif len(outer) > DEEPEST:
        report.add("F113", mark, f"more than {DEEPEST} levels deep")
        raise _TooDeep
    else:
        kind: Literal["sequence", "mapping"] = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
        outer.append(_Open(kind, mark, event.flow_style, []))


def _is_told(anchor: str | None, beside: _Open, report: Report) -> bool:
    """Whether an alias only follows from what is refused anyway: its anchor, or the merge key that it stands behind."""
    behind = beside.children[-1] if beside.kind == "mapping" and len(beside.children) % 2 else None
    if behind is not None and behind.value == "<<" and not behind.quoted:
        return True
    return any(finding.code == "F105" and finding.message == _anchor(anchor) for finding in report.findings)


def _anchor(name: str | None) -> str:
    return f"unquoted `&{name}`"


def _refuse_decoration(event: Any, mark: Mark, report: Report) -> bool:
    """Report an anchor or a tag; whether a scalar's text was meant to begin with it."""
    if event.anchor is not None:
        suggestion = (
            f"quote the text; an anchor is not part of the language: write it out wherever `*{event.anchor}` stands"
        )
        report.add("F105", mark, _anchor(event.anchor), suggestion=suggestion)
    elif event.tag is not None:
        report.add("F106", mark, f"the tag `{_written(event.tag)}`", suggestion="leave the tag out, or quote the text")
    else:
        return False
    return True


def _written(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _mark(file: str, event: Any) -> Mark:
    return Mark(file=file, line=event.start_mark.line + 1, column=event.start_mark.column + 1)


def _close(ended: _Open, report: Report) -> Node:
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
    """The entries; one that is refused keeps its place under a mended key, so that nobody takes it for missing."""
    seen: dict[str, Node] = {}
    for number, (key, value) in enumerate(entries):
        refused = Node("scalar", f"{REPAIRED}{number}", key.mark)
        if key.repaired:
            yield refused, value
        elif key.kind != "scalar":
            report.add("F112", key.mark, "a map or a list cannot be a key", suggestion="quote the text if it is one")
            yield refused, value
        elif key.value == "<<" and not key.quoted:
            report.add("F107", key.mark, "merge key `<<`", length=2, suggestion="write the keys out")
            yield refused, value
        elif key.text in seen:
            first = seen[key.text].mark
            report.add("F102", key.mark, f"`{key.text}` stands already in line {first.line}", length=length_of(key))
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
            if not key.repaired:
                _report_bare_key(key, report)
            key, value = Node("scalar", REPAIRED + key.text, key.mark), Node("scalar", REPAIRED, value.mark)
        while position < len(entries) and _has_no_colon(*entries[position]):
            position += 1
        if position > first and value.kind == "scalar":
            parts = [value, *(swallowed for swallowed, _ in entries[first:position])]
            whole = ", ".join(part.text for part in parts)
            if REPAIRED not in whole:
                _report_split(value, whole, report)
            value = Node("scalar", REPAIRED, value.mark)
        yield key, value


def _report_bare_key(key: Node, report: Report) -> None:
    name, colon, value = key.text.partition(":")
    message = "a space is missing behind the `:`" if colon else f"`{key.text}` has no `:` behind it"
    suggestion = (
        f"write {name}: {value}" if colon else "a comma separates entries; quote a key or a text that holds one"
    )
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
    quoted = "'" + whole.replace("'", "''") + "'" if '"' in whole else f'"{whole}"'
    report.add(
        "F110",
        value.mark,
        f"the comma ends the text `{value.text}` here",
        length=length_of(value),
        suggestion=f"quote the whole text: {quoted}",
    )


def read_text(file: str, content: bytes) -> tuple[str, list[Finding]]:
    """The file's text (a leading byte order mark dropped); what cannot be decoded is one finding."""
    report = Report()
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        before = split_lines(content[: error.start].decode("utf-8", "replace"))
        report.lines = {file: split_lines(content.decode("utf-8", "replace"))}
        mark = Mark(file=file, line=len(before), column=len(before[-1]) + 1)
        report.add("F111", mark, "the file is not UTF-8 here", suggestion="save it as UTF-8")
        return "", report.findings
