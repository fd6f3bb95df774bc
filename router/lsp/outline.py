"""The outline of a file, and what of it can be folded away."""

from collections.abc import Iterable, Iterator
from typing import Final

from lsprotocol import types

from router.flow.reading.resources import KINDS
from router.flow.yaml.node import Node, find, items, pairs
from router.flow.yaml.parser import parse_yaml
from router.lsp.text_map import TextMap

Kind = types.SymbolKind
_KINDS: Final = {"audio": Kind.File, "groups": Kind.Class, "people": Kind.Class, "hours": Kind.Event,
                 "lists": Kind.Array, "tables": Kind.Array}  # fmt: skip


def outline(file: str, text: TextMap) -> list[types.DocumentSymbol]:
    """A flow with its variables and steps; resources by their kinds; tests."""
    root, _ = parse_yaml(file, text.text.removeprefix("\ufeff"))
    return list(_top(root, text)) if root is not None else []


def _top(root: Node, text: TextMap) -> Iterator[types.DocumentSymbol]:
    flow = find(root, "flow")
    tests = find(root, "tests")
    if tests is not None:
        names = [(name, find(test, "script") or name) for test in items(tests) if (name := find(test, "name"))]
        yield from _symbols(names, Kind.Method, text)
    elif flow is not None:
        yield _symbol(flow, "flow", Kind.Module, text, list(_flow(root, text)))
    for kind in KINDS if tests is None else ():
        if (entries := find(root, kind)) is not None:
            head = next(key for key, _ in pairs(root) if key.text == kind)
            yield _symbol(head, "", Kind.Namespace, text, list(_symbols(pairs(entries), _KINDS[kind], text)))


def _flow(root: Node, text: TextMap) -> Iterator[types.DocumentSymbol]:
    yield from _symbols(pairs(find(root, "vars") or root) if find(root, "vars") else (), Kind.Variable, text)
    for name, step in pairs(find(root, "steps") or root) if find(root, "steps") else ():
        verb = pairs(step)[0][0].text if pairs(step) else step.text
        yield _symbol(name, verb, Kind.Function, text)


def _symbols(entries: Iterable[tuple[Node, Node]], kind: Kind, text: TextMap) -> Iterator[types.DocumentSymbol]:
    return (_symbol(name, "", kind, text) for name, _ in entries)


def _symbol(
    name: Node, detail: str, kind: Kind, text: TextMap, children: list[types.DocumentSymbol] | None = None
) -> types.DocumentSymbol:
    span = text.range(name.mark.line, name.mark.column, len(name.text) + 2 * name.quoted)
    last = children[-1].range.end if children else span.end
    return types.DocumentSymbol(
        name=name.text or "?",
        detail=detail or None,
        kind=kind,
        range=types.Range(start=span.start, end=max(span.end, last, key=lambda place: (place.line, place.character))),
        selection_range=span,
        children=children,
    )


def folding(text: TextMap) -> list[types.FoldingRange]:
    """Blocks by their indentation, also of a file that is no YAML at the moment; and comments in a row."""
    lines = text.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [*_blocks(lines), *_comments(lines)]


def _blocks(lines: list[str]) -> Iterator[types.FoldingRange]:
    opened: list[tuple[int, int]] = []  # (indentation, line)
    last = 0  # the last line that holds something
    for number, line in enumerate([*lines, "end"]):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        indentation = len(line) - len(line.lstrip()) if number < len(lines) else -1
        while opened and opened[-1][0] >= indentation:
            begin = opened.pop()[1]
            if last > begin:
                yield types.FoldingRange(start_line=begin, end_line=last, kind=types.FoldingRangeKind.Region)
        opened.append((indentation, number))
        last = number


def _comments(lines: list[str]) -> Iterator[types.FoldingRange]:
    begin: int | None = None
    for number, line in enumerate([*lines, ""]):
        if line.lstrip().startswith("#"):
            begin = number if begin is None else begin
        elif begin is not None:
            if number - 1 > begin:
                yield types.FoldingRange(start_line=begin, end_line=number - 1, kind=types.FoldingRangeKind.Comment)
            begin = None
