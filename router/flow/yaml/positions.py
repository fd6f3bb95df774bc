"""From an offset in a scalar's value to its place in the file.

A value is not what stands in the file: quotes and escapes are gone, lines are folded, indentation is cut off. This
walks over the written characters, one step for each character of the value, so that a finding within an expression
or a text points at the right column.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from router.flow.model import Mark
from router.flow.yaml.node import Node

_ESCAPED: Final = {"x": 4, "u": 6, "U": 10}  # characters that an escape takes in the file; two for any other


def place_of(node: Node, offset: int, lines: Sequence[str]) -> Mark:
    """The place of the value's character `offset` (from 0) of a scalar; `lines` are those of its file."""
    first = node.mark.column - 1
    written = lines[node.mark.line - 1][first : first + 1] if node.mark.line <= len(lines) else ""
    if node.quoted and written in ("|", ">"):
        walk = _block(node.mark.line, lines, folded=written == ">")
    else:
        walk = _flow(node.mark.line, first + node.quoted, written if node.quoted else "", lines)
    line, column = next(islice(walk, max(0, offset), None), (node.mark.line, node.mark.column))
    return Mark(file=node.mark.file, line=line, column=column)


def _block(header_line: int, lines: Sequence[str], *, folded: bool) -> Iterator[tuple[int, int]]:
    """`|` and `>`: every line without its indentation, and one character for its end."""
    content = [line for line in lines[header_line:] if line.strip()]
    indentation = len(content[0]) - len(content[0].lstrip(" ")) if content else 0
    for number, line in enumerate(lines[header_line:], header_line + 1):
        for column in range(indentation, len(line)):
            yield number, column + 1
        if not (folded and _ends_in_nothing(number, lines)):
            yield number, max(len(line), indentation) + 1


def _flow(number: int, column: int, quote: str, lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Plain and quoted scalars: over several lines, a line's end is one character and indentation is nothing."""
    while number <= len(lines):
        line = lines[number - 1]
        end = len(line.rstrip()) if number < len(lines) else len(line)
        while column < end:
            yield number, column + 1
            column += _width(line, column, quote)
        if not _ends_in_nothing(number, lines):
            yield number, end + 1
        number += 1
        column = len(lines[number - 1]) - len(lines[number - 1].lstrip()) if number <= len(lines) else 0


def _ends_in_nothing(number: int, lines: Sequence[str]) -> bool:
    """Folding makes a space of the end of a line; before a blank line it makes nothing, the blank line is the break."""
    return bool(lines[number - 1].strip()) and number < len(lines) and not lines[number].strip()


def _width(line: str, column: int, quote: str) -> int:
    """How many characters of the file the next character of the value takes."""
    if quote == '"' and line[column] == "\\":
        return _ESCAPED.get(line[column + 1 : column + 2], 2)
    if quote == "'" and line.startswith("''", column):
        return 2
    return 1
