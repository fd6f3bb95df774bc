"""Where in a YAML file a cursor stands, also while the file is half-written and no parser would take it.

Only the text before the cursor is looked at, line by line: indentation says what a block belongs to, brackets what
braces belong to. What does not fit is passed over; a bracket that was never closed ends with the next line that begins
a key further left.
"""

import re
from dataclasses import dataclass, field
from typing import Final

Path = tuple[str, ...]
"""Keys from the file's root; ITEM for an item of a list."""

ITEM: Final = "-"
_TEXT_IN_QUOTES: Final = r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'"""
_KEY: Final = re.compile(rf"""({_TEXT_IN_QUOTES}|[^\s"'#{{}}\[\],&*!|>%@`-][^#{{}}\[\],]*?|-[^\s:]+)\s*:(?=\s|$)""")
_FLOW_KEY: Final = re.compile(rf"""\s*({_TEXT_IN_QUOTES}|[^\s"'#{{}}\[\],:][^#{{}}\[\],:]*?)\s*:(?=[\s,}}\]]|$)""")
_QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?""")
_BLOCK_TEXT: Final = re.compile(r"[|>][-+0-9]*\s*(#.*)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What is being written."""

    path: Path  # of the map or list that it stands in; behind a key, of that key
    typed: str  # what was written so far of the key, or of the value, quotes not counted
    is_key: bool  # a key is being written, or could be
    is_value: bool  # a value is, or could be
    siblings: frozenset[str] = frozenset()  # keys that stand before it in the same map
    in_braces: bool = False
    quote: str = ""  # the quote that is open
    start: int = 0  # the column (from 0, in characters) at which `typed` begins in its line


@dataclass(slots=True)
class _Frame:
    """An open map or list."""

    kind: str  # "map", "list", "braces", "brackets"
    indentation: int
    keys: list[str] = field(default_factory=list)
    has_value: bool = False  # behind the colon of its last key

    @property
    def part(self) -> tuple[str, ...]:
        """Its step of the path."""
        if self.kind in ("list", "brackets"):
            return (ITEM,)
        return (self.keys[-1],) if self.keys and self.has_value else ()


def cursor_at(lines: list[str], line: int, column: int) -> Cursor:
    """The cursor at a place; `line` and `column` count from 1, in characters."""
    reader = _Reader()
    for text in lines[: line - 1]:
        reader.take(text)
    here = lines[line - 1] if line <= len(lines) else ""
    return reader.finish(here[: column - 1])


class _Reader:
    """Reads lines, and keeps what is open behind the last one."""

    def __init__(self) -> None:
        self.frames: list[_Frame] = []
        self._text_below: int | None = None  # lines deeper than this belong to a block text
        self._braces_from = 0  # the indentation of the line at which the outermost bracket was opened

    @property
    def _in_braces(self) -> bool:
        return bool(self.frames) and self.frames[-1].kind in ("braces", "brackets")

    def take(self, text: str) -> None:
        """One whole line."""
        indentation = len(text) - len(text.lstrip(" "))
        bare = text.strip()
        if self._text_below is not None:
            if not bare or indentation > self._text_below:
                return
            self._text_below = None
        if not bare or bare.startswith("#"):
            return
        if self._in_braces and indentation <= self._braces_from and _begins_entry(bare):
            self._abandon_braces()
        if self._in_braces:
            self._braces(text, 0)
        else:
            self._block(text, indentation)

    def finish(self, text: str) -> Cursor:
        """The line with the cursor, up to it."""
        indentation = len(text) - len(text.lstrip(" "))
        bare = text.strip()
        if self._text_below is not None and (not bare or indentation > self._text_below):
            return Cursor(path=self._path(), typed=text.strip(), is_key=False, is_value=False)
        if self._in_braces and indentation <= self._braces_from and _begins_entry(bare):
            self._abandon_braces()
        at = self._braces(text, 0) if self._in_braces else self._block(text, indentation)
        return self._cursor(text, at)

    def _abandon_braces(self) -> None:
        while self._in_braces:
            self.frames.pop()

    def _path(self) -> Path:
        return tuple(part for frame in self.frames for part in frame.part)

    def _cursor(self, text: str, at: int) -> Cursor:
        rest = text[at:]
        start = at + len(rest) - len(rest.lstrip())
        typed = rest.lstrip()
        if _begins_comment(rest):
            return Cursor(path=self._path(), typed="", is_key=False, is_value=False)
        quote = typed[0] if typed[:1] in ('"', "'") else ""
        frame = self.frames[-1] if self.frames else _Frame("map", 0)
        behind_colon = frame.kind in ("map", "braces") and frame.has_value
        lists = frame.kind in ("list", "brackets")
        return Cursor(
            path=self._path(),
            typed=typed[1:] if quote else typed,
            is_key=not behind_colon,
            is_value=behind_colon or lists or (frame.kind == "map" and not frame.keys and len(self.frames) > 1),
            siblings=frozenset(frame.keys[: -1 if behind_colon else None]) if not lists else frozenset(),
            in_braces=self._in_braces,
            quote=quote,
            start=start + len(quote),
        )

    def _block(self, text: str, indentation: int) -> int:
        """A line outside of brackets; where its value begins that is not yet taken."""
        at = indentation
        dashed = text[at : at + 1] == "-" and text[at + 1 : at + 2] in ("", " ")
        while self.frames and self._is_over(self.frames[-1], at, dashed=dashed):
            self.frames.pop()
        while text[at : at + 1] == "-" and text[at + 1 : at + 2] in ("", " "):
            if not (self.frames and self.frames[-1].kind == "list" and self.frames[-1].indentation == at):
                self.frames.append(_Frame("list", at))
            behind = text[at + 1 :]
            step = 1 + len(behind) - len(behind.lstrip(" "))
            if not behind.strip():
                return len(text)
            at += step
        key = _KEY.match(text, at)
        if key is None:
            if self._is_new_key(at):
                self.frames.append(_Frame("map", at))
            elif self.frames and self.frames[-1].kind == "map" and self.frames[-1].indentation == at:
                self.frames[-1].has_value = False
            return self._value(text, at)
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.kind != "map" or frame.indentation != at:
            frame = _Frame("map", at)
            self.frames.append(frame)
        frame.keys.append(_unquoted(key[1]))
        frame.has_value = True
        return self._value(text, key.end())

    def _is_over(self, frame: _Frame, at: int, *, dashed: bool) -> bool:
        if frame.kind == "list":
            return frame.indentation > at or (frame.indentation == at and not dashed)
        if frame.indentation == at and dashed:
            return False  # `key:` with its items at the same indentation
        return frame.indentation > at

    def _is_new_key(self, at: int) -> bool:
        """Whether a key that begins here would be the first of a map."""
        if not self.frames:
            return True
        return at > self.frames[-1].indentation

    def _value(self, text: str, at: int) -> int:
        rest = text[at:]
        stripped = rest.lstrip()
        begin = at + len(rest) - len(stripped)
        if stripped.startswith(("{", "[")):
            self._braces_from = len(text) - len(text.lstrip(" "))
            return self._braces(text, begin)
        if _BLOCK_TEXT.match(stripped):
            self._text_below = self.frames[-1].indentation if self.frames else -1
        return at

    def _braces(self, text: str, at: int) -> int:
        """Inside brackets; where the value or key begins that is not yet taken."""
        start = at
        while at < len(text):
            sign = text[at]
            if sign in "{[}],":
                self._bracket(sign, at)
                start = at = at + 1
                if not self._in_braces:
                    return start
            elif sign == "#" and (at == 0 or text[at - 1] in " \t"):
                return start if not text[start:at].strip() else at
            elif (key := self._flow_key(text, at)) is not None:
                start = at = key
            else:
                at = _behind(text, at)
        return start

    def _bracket(self, sign: str, at: int) -> None:
        if sign in "{[":
            self.frames.append(_Frame("braces" if sign == "{" else "brackets", at))
        elif sign == ",":
            self.frames[-1].has_value = False
        else:
            self.frames.pop()

    def _flow_key(self, text: str, at: int) -> int | None:
        """Where the value of the key begins that stands here; None where none does."""
        frame = self.frames[-1]
        if frame.kind != "braces" or frame.has_value or text[at] in " \t":
            return None
        key = _FLOW_KEY.match(text, at)
        if key is None:
            return None
        frame.keys.append(_unquoted(key[1]))
        frame.has_value = True
        return key.end()


def _behind(text: str, at: int) -> int:
    """The place behind one sign, a quoted text or `${...}`."""
    if text.startswith("${", at):
        end = text.find("}", at)
        return end + 1 if end >= 0 else len(text)
    quoted = _QUOTED.match(text, at) if text[at] in "\"'" else None
    return quoted.end() if quoted is not None else at + 1


def _begins_entry(bare: str) -> bool:
    return bare == ITEM or bare.startswith("- ") or _KEY.match(bare) is not None


def _begins_comment(rest: str) -> bool:
    return re.search(r"(^|\s)#", _QUOTED.sub("", rest)) is not None


def _unquoted(key: str) -> str:
    return key[1:-1] if key[:1] in "\"'" and len(key) > 1 else key
