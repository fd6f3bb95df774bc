"""A YAML file as its author wrote it: the nodes with the text of each scalar, and the comments between them.

The loader's nodes (`yaml/node`) keep what a text means; a formatter needs how it was written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml

_BLOCK_HEADER: Final = re.compile(r"[|>][-+0-9]*[ \t]*(#.*)?")

Place = tuple[int, int]  # (line, column), both from 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """`# …`, alone on its line or behind something."""

    line: int
    column: int
    text: str
    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A text. `lines` are those of the source, from the quote or the `|` on; an empty value has one empty line."""

    lines: tuple[str, ...]
    start: Place
    end: Place
    indentation: int | None = None  # of the lines of a block scalar (`|`, `>`), None for any other


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A mapping (keys before their values) or a sequence. `flow`: written in brackets."""

    kind: Literal["mapping", "sequence"]
    flow: bool
    start: Place
    end: Place
    children: tuple["Tree", ...]


Tree = Scalar | Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file. `root` is None when it holds comments only."""

    root: Tree | None
    comments: tuple[Comment, ...]
    blank: frozenset[int]  # the lines that hold nothing


class NotPlain(Exception):
    """Anchors, tags, several documents and the like, which no bundle may hold. `line` is counted from 1."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


@dataclass(slots=True)
class _Open:
    start: Any  # the event that began it
    children: list[Tree] = field(default_factory=list)


def read_source(text: str) -> Source:
    """Raises yaml.YAMLError for what is no YAML, and NotPlain."""
    lines = text.split("\n")
    outer = [_Open(None)]
    scalars: list[Scalar] = []
    documents = 0
    events: Iterator[Any] = yaml.parse(text, Loader=yaml.CBaseLoader)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1 or event.version or event.tags:
                raise NotPlain("a file holds one document, without directives", _place(event.start_mark)[0] + 1)
        elif isinstance(event, yaml.ScalarEvent):
            _refuse_decoration(event)
            scalar = _scalar(event, lines)
            outer[-1].children.append(scalar)
            scalars.append(scalar)
        elif isinstance(event, yaml.CollectionStartEvent):
            _refuse_decoration(event)
            outer.append(_Open(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = _closed(outer.pop(), event)
            outer[-1].children.append(ended)
        elif isinstance(event, yaml.AliasEvent):
            raise NotPlain("an alias", _place(event.start_mark)[0] + 1)
    comments = tuple(_comments(lines, scalars))
    blank = frozenset(number for number, line in enumerate(lines) if not line.strip())
    children = outer[0].children
    return Source(root=children[0] if children else None, comments=comments, blank=blank)


def _refuse_decoration(event: Any) -> None:
    if event.anchor is not None or event.tag is not None:
        raise NotPlain("an anchor or a tag", event.start_mark.line + 1)


def _place(mark: Any) -> Place:
    return mark.line, mark.column


def _closed(opened: _Open, event: Any) -> Collection:
    start = opened.start
    flow = bool(start.flow_style)
    mapping = isinstance(start, yaml.MappingStartEvent)
    children = tuple(opened.children)
    for key in children[::2] if mapping else ():
        if not isinstance(key, Scalar) or len(key.lines) > 1:
            raise NotPlain("a key that is no text of one line", key.start[0] + 1)
    # A block collection "ends" where the next token stands; its last node says where it really does.
    end = _place(event.end_mark) if flow or not children else children[-1].end
    return Collection(
        kind="mapping" if mapping else "sequence",
        flow=flow,
        start=_place(start.start_mark),
        end=end,
        children=children,
    )


def _scalar(event: Any, lines: Sequence[str]) -> Scalar:
    start, end = _place(event.start_mark), _place(event.end_mark)
    if event.style in ("|", ">"):
        return _block_scalar(start, end, lines)
    return Scalar(lines=tuple(_slice(lines, start, end)), start=start, end=end)


def _slice(lines: Sequence[str], start: Place, end: Place) -> Iterator[str]:
    if start[0] >= len(lines):  # an empty value behind the end of the text
        yield ""
        return
    if start[0] == end[0]:
        yield lines[start[0]][start[1] : end[1]]
        return
    yield lines[start[0]][start[1] :]
    yield from lines[start[0] + 1 : end[0]]
    yield lines[end[0]][: end[1]]


def _block_scalar(start: Place, end: Place, lines: Sequence[str]) -> Scalar:
    header = lines[start[0]][start[1] :]
    last = end[0] if end[1] else end[0] - 1
    body = list(lines[start[0] + 1 : last + 1])
    filled = [len(line) - len(line.lstrip(" ")) for line in body if line.strip()]
    indentation = min(filled, default=0)
    if digit := re.search(r"\d", header.split("#")[0]):
        parent = len(lines[start[0]]) - len(lines[start[0]].lstrip(" -"))
        indentation = parent + int(digit.group())
    while body and not body[-1].strip() and "+" not in header.split("#")[0]:
        body.pop()
    match = _BLOCK_HEADER.match(header)
    mark = header[: match.start(1)] if match and match.group(1) else header
    ended = (start[0] + len(body), len(body[-1]) if body else start[1] + len(header))
    return Scalar(lines=(mark.rstrip(), *body), start=start, end=ended, indentation=indentation)


def _comments(lines: Sequence[str], scalars: Sequence[Scalar]) -> Iterator[Comment]:
    """What begins with `#` outside of every scalar; between scalars stand only signs, none of which is a `#`."""
    covered: dict[int, list[tuple[int, int]]] = {}
    for scalar in scalars:
        first, last = scalar.start[0], scalar.end[0]
        for line in range(first, last + 1):
            begin = scalar.start[1] if line == first else 0
            end = scalar.end[1] if line == last else len(lines[line])
            if line == first and scalar.indentation is not None:
                end = scalar.start[1] + len(scalar.lines[0])
            covered.setdefault(line, []).append((begin, end))
    for number, text in enumerate(lines):
        column = _first_sign(text, covered.get(number, ()))
        if column is not None:
            alone = not text[:column].strip()
            yield Comment(line=number, column=column, text=text[column:].rstrip(), alone=alone)


def _first_sign(line: str, covered: Sequence[tuple[int, int]]) -> int | None:
    column = line.find("#")
    while column >= 0:
        inside = next((end for begin, end in covered if begin <= column < end), None)
        if inside is None:
            return column
        column = line.find("#", inside)
    return None
