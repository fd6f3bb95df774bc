"""A page as the checks see it: its prose in passages, the code within it, and its fenced blocks."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from router import __version__

PROJECT: Final = Path(__file__).parents[3]

_FENCE: Final = re.compile(r"^ *```(?P<info>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`)((?:[^`\n]|\n(?!\n)|(?!\1(?!`))`)+?)(?<!`)\1(?!`)")
_BREAK: Final = re.compile(r"\n(?=\s*\n|\s*[-*] |\s*\d+\. |\s*\||#)")
_EARLIER: Final = re.compile(rf"^## \[(?!Unreleased|{re.escape(__version__)}\]).*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph, an item of a list or a row of a table: what is read in one breath."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Code within a passage."""

    line: int
    text: str  # with single blanks
    passage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A fenced block."""

    line: int  # of its first line
    info: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page; `name` is its path in the project."""

    name: str
    text: str

    @cached_property
    def fences(self) -> list[Fence]:
        return [
            Fence(line=_line(self.text, found.start("text")), info=found["info"], text=found["text"])
            for found in _FENCE.finditer(self.text)
        ]

    @cached_property
    def prose(self) -> str:
        """Without blocks and comments, each line in its place."""
        without = _FENCE.sub(lambda found: "\n" * found[0].count("\n"), self.text)
        return re.sub(r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), without, flags=re.DOTALL)

    @cached_property
    def passages(self) -> list[Passage]:
        found, start = [], 0
        for end in [match.start() for match in _BREAK.finditer(self.prose)] + [len(self.prose)]:
            text = self.prose[start:end]
            if text.strip():
                found.append(Passage(line=_line(self.prose, start + len(text) - len(text.lstrip())), text=text.strip()))
            start = end
        return found

    @cached_property
    def spans(self) -> list[Span]:
        return [
            Span(
                line=passage.line + passage.text.count("\n", 0, found.start()),
                text=" ".join(found[2].split()),
                passage=passage.text,
            )
            for passage in self.passages
            for found in _SPAN.finditer(passage.text)
        ]

    def place(self, line: int) -> str:
        return f"{self.name}:{line}"


def read(path: Path) -> Page:
    """A page of the tree. Of the changelog only this version and what comes: the rest tells of the past."""
    text = path.read_text(encoding="utf-8")
    if path.name == "CHANGELOG.md":
        text = _EARLIER.sub("", text)
    return Page(name=str(path.relative_to(PROJECT)), text=text)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def is_placeholder(word: str) -> bool:
    """Something to be replaced by the reader: ENTRY_ID, $TOKEN, …"""
    return bool(re.fullmatch(r"\[?[A-Z][A-Z0-9_]*\]?|.*(?:…|\.\.\.|[$<*{]).*", word))
