"""What to write instead, as data: so that a program can apply the advice of a finding, and a test can hold it to that.

    Advice("did you mean `25s`?", "25s")   words for people, and the text that takes the place of the offending one
    edit(20, 36, 2, "25s")                 line and column, how many characters go, and what takes their place

Edits concern the finding's file; those of one fix do not overlap.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SAFE: Final = re.compile(r"(?![-?:] |[-?:]$|---|\.\.\.)[^\s!&*'\"%@`|>{}\[\],#][^{}\[\],]*(?<!\s)(?<!:)")
_COLON_OR_COMMENT: Final = re.compile(r": | #|\t|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Characters that a text takes the place of. Lines and columns count from 1, in characters."""

    line: int
    column: int
    end_line: int
    end_column: int  # of the first character that stays
    text: str  # may hold line breaks


def edit(line: int, column: int, length: int, text: str) -> Edit:
    """An edit within one line."""
    return Edit(line=line, column=column, end_line=line, end_column=column + length, text=text)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to write instead, in words and, where it is known exactly, as the text itself."""

    words: str
    instead: str | None = None  # takes the place of what the finding covers
    span: tuple[int, int] | None = None  # (offset, length) in the source instead of that, for expressions
    declares: tuple[str, str] | None = None  # (name, type) of a variable that the flow has to have for it

    def __bool__(self) -> bool:
        return bool(self.words)

    def __str__(self) -> str:
        return self.words


Suggestion = str | Advice
NO_ADVICE: Final = Advice("")


def offer(words: Iterable[str]) -> Advice:
    """`did you mean …?`; a single word is what to write."""
    offered = list(words)
    if not offered:
        return NO_ADVICE
    phrase = f"did you mean {', '.join(f'`{word}`' for word in offered)}?"
    return Advice(phrase, offered[0] if len(offered) == 1 else None)


def write(text: str, why: str = "") -> Advice:
    """`write TEXT`, and what else there is to say about it."""
    return Advice(f"write {text}{f': {why}' if why else ''}", text)


def words_of(suggestion: Suggestion) -> str:
    return suggestion.words if isinstance(suggestion, Advice) else suggestion


def instead_of(suggestion: Suggestion) -> str | None:
    return suggestion.instead if isinstance(suggestion, Advice) else None


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The file's text after the edits."""
    starts = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]
    for one in sorted(edits, key=lambda one: (one.line, one.column), reverse=True):
        begin, end = starts[one.line - 1] + one.column - 1, starts[one.end_line - 1] + one.end_column - 1
        text = text[:begin] + one.text + text[end:]
    return text


def as_scalar(text: str) -> str:
    """The text as YAML, in quotes where it needs them in braces."""
    if _SAFE.fullmatch(text) and not _COLON_OR_COMMENT.search(text):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """The text in the quotes that leave it readable."""
    if '"' not in text and "\\" not in text and text.isprintable():
        return f'"{text}"'
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"
