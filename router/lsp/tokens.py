"""Colours inside expressions and `${...}`: names, functions, texts, numbers, operators."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lsprotocol import types

from router.flow.expressions import FUNCTIONS
from router.flow.symbols import WrittenExpression
from router.flow.yaml.positions import place_of
from router.lsp.read_bundle import ReadBundle
from router.lsp.text_map import TextMap, utf16_length

TYPES: Final = ("variable", "property", "function", "string", "number", "keyword", "operator")
LEGEND: Final = types.SemanticTokensLegend(token_types=list(TYPES), token_modifiers=[])

_TOKEN: Final = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_]\w*(?:\.\w+)*)
      | (?P<operator>==|!=|<=|>=|[-+*/%<>])""",
    re.VERBOSE | re.ASCII,
)
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false", "True", "False"})
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")


def tokens(read: ReadBundle, file: str, text: TextMap) -> types.SemanticTokens:
    """All of one file, in the protocol's form: each place relative to the one before."""
    found = sorted({token for one in read.loaded.expressions if one.node.mark.file == file for token in _of(one, read)})
    data: list[int] = []
    before = types.Position(line=0, character=0)
    for line, column, length, kind in found:
        start = text.position(text.offset(line, column))
        end = text.offset(line, column) + length
        units = utf16_length(text.text[text.offset(line, column) : end])
        same = start.line == before.line
        data += [start.line - before.line, start.character - before.character * same, units, kind, 0]
        before = start
    return types.SemanticTokens(data=data)


Token = tuple[int, int, int, int]
"""(line, column, length, type), places as the loader counts them."""


def _of(one: WrittenExpression, read: ReadBundle) -> Iterator[Token]:
    lines = read.lines(one.node.mark.file)
    for offset, length, kind in _in_text(one):
        mark = place_of(one.node, offset, lines)
        shown = lines[mark.line - 1][mark.column - 1 : mark.column - 1 + length]
        if len(shown) == length:  # a token that goes over the end of a line is left as it is
            yield mark.line, mark.column, length, TYPES.index(kind)


def _in_text(one: WrittenExpression) -> Iterator[tuple[int, int, str]]:
    text = one.node.text
    if not one.template:
        yield from _in_expression(text, 0)
        return
    for found in _PLACEHOLDER.finditer(text, one.offset):
        yield from _in_expression(found[1], found.start(1))


def _in_expression(text: str, offset: int) -> Iterator[tuple[int, int, str]]:
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "name":
            kind = _NAMES.get(found[0]) or ("property" if "." in found[0] else "variable")
        yield offset + found.start(), found.end() - found.start(), kind


_NAMES: Final[Mapping[str, str]] = {**dict.fromkeys(FUNCTIONS, "function"), **dict.fromkeys(_KEYWORDS, "keyword")}
