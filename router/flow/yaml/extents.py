"""Where the nodes of a file end: read again, and only for the edits of a finding, since few files have one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from router.flow.yaml.node import Node

Place = tuple[int, int]
"""(line, column) from 1, in characters."""

Extents = Mapping[tuple[Place, str], Place]
"""(where a node begins, its kind) -> where it ends: at the first character behind it."""

_KINDS: Final[Mapping[type, str]] = {
    yaml.ScalarEvent: "scalar",
    yaml.MappingStartEvent: "mapping",
    yaml.SequenceStartEvent: "sequence",
}


def extents_of(lines: Sequence[str]) -> Extents:
    """The extents of all nodes; none of a text that is not YAML."""
    found: dict[tuple[Place, str], Place] = {}
    open_nodes: list[tuple[Place, str]] = []
    last: Place = (1, 1)
    loader = yaml.CBaseLoader("\n".join(lines))
    try:
        while (event := loader.get_event()) is not None:
            kind = _KINDS.get(type(event))
            if kind is not None:
                key = (_place(event.start_mark), kind)
                last = _place(event.end_mark)
                if kind == "scalar":
                    found[key] = last
                else:
                    open_nodes.append(key)
            elif isinstance(event, yaml.CollectionEndEvent):
                # A block ends where the next token begins, and that is behind blanks and comments.
                key, closing = open_nodes.pop(), _place(event.end_mark)
                last = closing if _closes(lines, closing) else last
                found[key] = last
    except yaml.YAMLError:
        return {}
    return found


def end_of(node: Node, extents: Extents) -> Place | None:
    """Where the node ends; None where that is not known."""
    return extents.get(((node.mark.line, node.mark.column), node.kind))


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


def _closes(lines: Sequence[str], end: Place) -> bool:
    """Whether a bracket stands before the place: braces end there, and blocks do not."""
    return end[0] <= len(lines) and lines[end[0] - 1][end[1] - 2 : end[1] - 1] in ("}", "]")
