"""The texts in quotes of a foreign source, put aside as ⟦0⟧, ⟦1⟧, so that no rule looks into them."""

import re
from collections.abc import Container
from typing import Final

_TEXT: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[“”„«]([^“”„»«"]*)[”“»]|`([^`]*)`""")
FOREIGN_QUOTES: Final = re.compile(r"[“”„«»`]")
HELD: Final = re.compile(r"⟦(\d+)⟧")
MARK: Final = "⟦"  # of a text that was put aside; in a source it would stand for one that is not there


class Texts:
    """The quoted texts of one source, put aside, and the names that may stand in it."""

    def __init__(self, names: Container[str]) -> None:
        self.names = names
        self.held: list[str] = []

    def aside(self, source: str) -> str:
        return _TEXT.sub(lambda found: self.hold(_content(found)), source)

    def hold(self, content: str) -> str:
        self.held.append(content)
        return f"⟦{len(self.held) - 1}⟧"

    def back(self, source: str) -> str:
        return HELD.sub(lambda found: _in_quotes(self.held[int(found[1])]), source)

    def of(self, held: str) -> str | None:
        """The content of what is nothing but a text."""
        found = HELD.fullmatch(held.strip())
        return self.held[int(found[1])] if found is not None else None


def _content(found: re.Match[str]) -> str:
    inner = next((part for part in found.groups() if part is not None), None)
    return found[0][1:-1] if inner is None else inner


def _in_quotes(content: str) -> str:
    return f'"{content}"' if '"' not in content or "\\" in content else f"'{content}'"
