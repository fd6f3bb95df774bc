"""A file's text, and its content as nodes with their places; no scalar is ever constructed.

`18:00` stays the text 18:00, `0105` keeps its zero and `on` is a word: what a scalar means is decided by the place
where it stands (`flow.schema.schema_check`). `flow.yaml.parser` makes the nodes of a text. Where it found a trap, the
text is mended, so that reading goes on and the rest of the file is still checked; what was mended is an invalid node,
and no later check says anything about it.
"""

import re
from typing import Any, Final, Literal

import msgspec

from router.flow.findings import Finding, Report
from router.flow.model import Mark

_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue001-\ufffd\U00010000-\U0010ffff]")


class Node(msgspec.Struct, frozen=True, gc=False):
    """One node of a file. A mapping's keys are scalars, each of them once.

    A struct rather than a dataclass because a large bundle has hundreds of thousands: they are made in a tenth of
    the time, and, since nodes never form a cycle, the garbage collector need not look at them.
    """

    kind: Literal["scalar", "sequence", "mapping", "invalid"]
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
    def invalid(self) -> bool:
        """Whether a finding about this very node exists already: it has no meaning, and nothing more is said of it."""
        return self.kind == "invalid"


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


def made_invalid(node: Node) -> Node:
    """The node without its meaning; a key keeps its name, so that it does not count as missing."""
    return Node("invalid", node.text, node.mark, node.quoted)


def holds_invalid(node: Node) -> bool:
    """Whether a finding was made about anything in the node."""
    if node.kind == "mapping":
        return any(key.invalid or holds_invalid(value) for key, value in pairs(node))
    return node.invalid or any(holds_invalid(item) for item in items(node))


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
    return len(node.text.split("\n", 1)[0]) + 2 * node.quoted if isinstance(node.value, str) else 1


def split_lines(text: str) -> list[str]:
    """The lines as YAML counts them."""
    return _BREAK.split(text)


def refuse_unreadable(file: str, text: str, report: Report) -> bool:
    """Whether the text holds a character that no text of ours can hold; the first one is reported."""
    found = _UNREADABLE.search(text)
    if found is None:
        return False
    before = split_lines(text[: found.start()])
    mark = Mark(file=file, line=len(before), column=len(before[-1]) + 1)
    report.add("F111", mark, f"the character U+{ord(found[0]):04X} cannot stand in a text")
    return True


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
