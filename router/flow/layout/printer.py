"""Writes a file's nodes in the canonical layout: two blanks for each level, one blank behind a colon and a comma, a
mapping in braces on one line where it fits and on lines of its own where it does not, comments where they stood.

Nothing is sorted, and no text changes but for the kind of its quotes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from router.flow.layout.source import Collection, Comment, Place, Scalar, Source, Tree

WIDTH: Final = 120
STEP: Final = 2
FARTHEST: Final = 24  # blanks that bring a comment in line with its neighbours'; one that needs more stands alone

END: Final = 1 << 60  # a line below every line

_SINGLE_QUOTED: Final = re.compile(r"'([^'\"\\]*)'")


@dataclass(slots=True)
class _Line:
    text: str
    comment: str = ""


def printed(source: Source) -> str:
    """The whole file."""
    printer = _Printer(source)
    if source.root is not None:
        printer.document(source.root)
    printer.rest()
    return "".join(f"{line}\n" for line in _aligned(printer.lines))


class _Printer:
    """Goes through nodes and comments side by side, in the order of the file."""

    def __init__(self, source: Source) -> None:
        self.lines: list[_Line] = []
        self._comments = source.comments
        self._next = 0  # the first comment that is not yet written
        self._blank = source.blank
        self._levels: list[tuple[int, int]] = []  # (column in the source, indentation) of the open blocks

    def document(self, root: Tree) -> None:
        """The root, whatever it is."""
        self._leading(root.start, 0)
        if isinstance(root, Scalar):
            self._scalar("", root, 0)
        elif (line := self._on_one_line(root, 0)) is not None:
            self._write(line, root.end[0])
        else:
            self._entries(root, 0)

    def rest(self) -> None:
        """What stands below the last node."""
        self._leading((END, 0), 0)

    # comments

    def _leading(self, before: Place, indentation: int) -> None:
        """The comments that stand before something, and the blank line above it."""
        while (comment := self._peek()) is not None and (comment.line, comment.column) < before:
            self._next += 1
            self._comment(comment, indentation)
        self._gap(before[0])

    def _comment(self, comment: Comment, indentation: int) -> None:
        self._gap(comment.line)
        self.lines.append(_Line(" " * indentation + comment.text))

    def _gap(self, line: int) -> None:
        if line - 1 in self._blank and self.lines and self.lines[-1].text:
            self.lines.append(_Line(""))

    def _peek(self) -> Comment | None:
        return self._comments[self._next] if self._next < len(self._comments) else None

    def _write(self, text: str, line: int, before: Place = (END, 0)) -> None:
        """One line; `line` is that of the source which its comment stands on, ahead of what stands at `before`."""
        told = ""
        comment = self._peek()
        ahead = comment is not None and (comment.line, comment.column) < before
        if comment is not None and ahead and not comment.alone and comment.line == line:
            self._next += 1
            told = comment.text
        self.lines.append(_Line(text, told))

    def _tail(self, block: Collection, indentation: int) -> None:
        """The comments below a block's last entry that belong to it: inside its brackets, or as deep as it is."""
        while (comment := self._peek()) is not None:
            if block.flow:
                inside = (comment.line, comment.column) < block.end
            else:
                inside = comment.alone and comment.column >= block.start[1] and self._before_next(comment)
            if not inside:
                return
            self._next += 1
            self._comment(comment, indentation)

    def _before_next(self, comment: Comment) -> bool:
        return comment.line < self._until

    # nodes

    _until: int = END  # the line of the entry that follows the block that is being written

    def _entries(self, block: Collection, indentation: int, dash: str = "") -> None:
        """The entries on lines of their own. `dash`: what stands before the first instead of its indentation."""
        children, outer_until = block.children, self._until
        stride = 2 if block.kind == "mapping" else 1
        for at in range(0, len(children), stride):
            if at or not dash:
                self._leading(children[at].start, indentation)
            lead, dash = dash or " " * indentation, ""
            self._until = _line_of(children, at + stride, stride, outer_until)
            if stride == 2:
                self._pair(lead, children[at], children[at + 1], indentation)
            else:
                self._item(lead, children[at], indentation)
        self._until = outer_until
        self._tail(block, indentation)

    def _pair(self, lead: str, key: Tree, value: Tree, indentation: int) -> None:
        assert isinstance(key, Scalar)
        name = f"{lead}{_text(key)}:"
        if isinstance(value, Scalar):
            self._scalar(name + (" " if value.lines != ("",) else ""), value, indentation)
        elif (line := self._on_one_line(value, len(name) + 1)) is not None:
            self._write(f"{name} {line}", value.end[0])
        else:
            self._write(name, key.end[0], value.children[0].start)
            self._entries(value, indentation + STEP)
            self._behind(value)

    def _item(self, lead: str, item: Tree, indentation: int) -> None:
        if isinstance(item, Scalar):
            self._scalar(f"{lead}- " if item.lines != ("",) else f"{lead}-", item, indentation)
        elif (line := self._on_one_line(item, len(lead) + 2)) is not None:
            self._write(f"{lead}- {line}", item.end[0])
        else:
            self._leading(item.children[0].start, indentation)
            self._entries(item, indentation + STEP, dash=f"{lead}- ")
            self._behind(item)

    def _behind(self, value: Collection) -> None:
        """A comment behind the closing bracket of what now stands on lines of its own."""
        comment = self._peek()
        if value.flow and comment is not None and not comment.alone and comment.line == value.end[0]:
            self._write_behind(comment)

    def _write_behind(self, comment: Comment) -> None:
        self._next += 1
        last = self.lines[-1]
        if last.comment or not last.text:
            self.lines.append(_Line(" " * (len(last.text) - len(last.text.lstrip())) + comment.text))
        else:
            last.comment = comment.text

    def _scalar(self, lead: str, scalar: Scalar, indentation: int) -> None:
        first, *others = scalar.lines
        if scalar.indentation is not None:
            self._write(lead + first, scalar.start[0])
            digit = re.search(r"\d", first)
            deep = " " * (indentation + (int(digit.group()) if digit else STEP))
            for line in others:
                text = line[scalar.indentation :]
                self.lines.append(_Line(deep + text if text else ""))
            return
        if not others:
            self._write(lead + _text(scalar), scalar.end[0])
            return
        self.lines.append(_Line(lead + _stripped(first)))
        deep = " " * (indentation + STEP)
        for line in others[:-1]:
            stripped = _stripped(line.lstrip(" \t"))
            self.lines.append(_Line(deep + stripped if stripped else ""))
        self._write(deep + others[-1].lstrip(" \t"), scalar.end[0])

    def _on_one_line(self, node: Collection, column: int) -> str | None:
        """The node in brackets; None when its author gave it lines of its own, or it does not fit, or has comments."""
        if not node.flow and node.children:
            return None
        comment = self._peek()
        if comment is not None and (comment.line, comment.column) < node.end:
            return None
        line = _bracketed(node)
        return line if line is not None and (column + len(line) <= WIDTH or not node.children) else None


def _line_of(children: Sequence[Tree], at: int, stride: int, otherwise: int) -> int:
    return children[at].start[0] if at < len(children) else otherwise


def _text(scalar: Scalar) -> str:
    """In double quotes where single ones say nothing more."""
    (text,) = scalar.lines
    matched = _SINGLE_QUOTED.fullmatch(text)
    return f'"{matched.group(1)}"' if matched else text


def _stripped(line: str) -> str:
    """Without the blanks at its end, which count only behind a backslash."""
    bare = line.rstrip(" \t")
    return line if bare.endswith("\\") else bare


def _bracketed(node: Tree) -> str | None:
    if isinstance(node, Scalar):
        return _text(node) if len(node.lines) == 1 and node.indentation is None else None
    parts = [_bracketed(child) for child in node.children]
    if None in parts:
        return None
    if node.kind == "sequence":
        return f"[{', '.join(map(str, parts))}]"
    pairs = (f"{key}: {value}" for key, value in zip(parts[::2], parts[1::2], strict=True))
    return "{" + ", ".join(pairs) + "}"


def _aligned(lines: Sequence[_Line]) -> Iterator[str]:
    """The lines as texts; comments behind neighbouring lines stand in one column."""
    run: list[_Line] = []
    for line in lines:
        if run and (not line.comment or not _fits(run, line)):
            yield from _in_one_column(run)
            run = []
        if line.comment:
            run.append(line)
        else:
            yield line.text
    yield from _in_one_column(run)


def _fits(run: Sequence[_Line], line: _Line) -> bool:
    lengths = [len(one.text) for one in (*run, line)]
    return max(lengths) - min(lengths) <= FARTHEST


def _in_one_column(run: Sequence[_Line]) -> Iterator[str]:
    column = max((len(line.text) for line in run), default=0)
    for line in run:
        yield f"{line.text:<{column}}  {line.comment}"
