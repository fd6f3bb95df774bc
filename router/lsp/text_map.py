"""Places in a text, as the loader counts them and as the Language Server Protocol does.

The loader: lines and columns from 1, in characters, lines ended as YAML ends them (U+0085, U+2028 and U+2029 too), a
byte order mark not counted. The protocol: from 0, columns in UTF-16 units, lines ended by \\n, \\r\\n or \\r alone.
"""

import re
from bisect import bisect_right
from typing import Final

from lsprotocol import types

from router.flow.suggestions.advice import Edit

_OURS: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_THEIRS: Final = re.compile("\r\n|[\n\r]")


class TextMap:
    """Of one text. Places outside of it become the nearest one inside."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._shift = int(text.startswith("\ufeff"))
        self._ours = [self._shift, *(found.end() for found in _OURS.finditer(text))]
        self._theirs = [0, *(found.end() for found in _THEIRS.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """Characters before the loader's place."""
        start = self._ours[min(max(line, 1), len(self._ours)) - 1]
        return min(start + max(column, 1) - 1, len(self.text))

    def position(self, offset: int) -> types.Position:
        """The protocol's place of a character."""
        line = bisect_right(self._theirs, offset) - 1
        return types.Position(line=line, character=utf16_length(self.text[self._theirs[line] : offset]))

    def range(self, line: int, column: int, length: int) -> types.Range:
        """So many characters from the loader's place on; they end with their line."""
        start = self.offset(line, column)
        end = min(start + length, self._end_of_line(start))
        return types.Range(start=self.position(start), end=self.position(max(start, end)))

    def _end_of_line(self, offset: int) -> int:
        found = _OURS.search(self.text, offset)
        return found.start() if found is not None else len(self.text)

    def range_of(self, edit: Edit) -> types.Range:
        """What an edit takes the place of."""
        start, end = self.offset(edit.line, edit.column), self.offset(edit.end_line, edit.end_column)
        return types.Range(start=self.position(start), end=self.position(end))

    def text_edit(self, edit: Edit) -> types.TextEdit:
        """The protocol's form of an edit."""
        return types.TextEdit(range=self.range_of(edit), new_text=edit.text)

    def offset_of(self, position: types.Position) -> int:
        """Characters before the protocol's place."""
        if position.line >= len(self._theirs):
            return len(self.text)
        start = self._theirs[max(position.line, 0)]
        end = self._theirs[position.line + 1] if position.line + 1 < len(self._theirs) else len(self.text)
        units, offset = position.character, start
        while offset < end and units > 0 and self.text[offset] not in "\r\n":
            units -= 2 if self.text[offset] > "\uffff" else 1
            offset += 1
        return offset

    def place(self, position: types.Position) -> tuple[int, int]:
        """(line, column) of the loader."""
        offset = self.offset_of(position)
        line = max(1, bisect_right(self._ours, offset))
        return line, max(1, offset - self._ours[line - 1] + 1)

    @property
    def whole(self) -> types.Range:
        """All of the text."""
        return types.Range(start=types.Position(line=0, character=0), end=self.position(len(self.text)))


def utf16_length(text: str) -> int:
    """How many UTF-16 units a text takes."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
