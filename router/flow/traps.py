"""Why a text is not YAML, in the words of somebody who wanted to write a flow.

libyaml says where it gave up; what the author did wrong often stands a little before that place. Each diagnosis
below knows one such mistake. Where it can, it also mends the text without moving any character, so that everything
behind the mistake still gets checked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import yaml

REPAIRED: Final = "\ue000"  # stands where a text was mended; files may not contain it

_LINES: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_PLAIN_VALUE: Final = re.compile(r"(?:^|: |[,\[{])\s*([^\s\"',\[\]{}:#&*!|>%@`-](?:(?!: )[^\[\]{},\"])*)$")
_WORD: Final = re.compile(r"\s*[\w-]+\s*")
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class Trap:
    """One mistake. `repaired` is the mended text, None when reading cannot go on."""

    code: str
    line: int
    column: int
    length: int
    message: str
    suggestion: str
    repaired: str | None = None


@dataclass(frozen=True, slots=True)
class _Failure:
    """Where libyaml gave up, and what it was doing. Places are offsets into the text."""

    text: str
    at: int
    begin: int  # where the construct began that it was reading
    context: str
    problem: str

    def trap(
        self, code: str, at: int, length: int, message: str, suggestion: str, mend: tuple[int, int] | None
    ) -> Trap:
        before = _LINES.split(self.text[:at])
        repaired = None if mend is None else self.text[: mend[0]] + self._filled(*mend) + self.text[mend[1] :]
        return Trap(code, len(before), len(before[-1]) + 1, length, message, suggestion, repaired)

    def _filled(self, start: int, end: int) -> str:
        return "".join(mark if mark in "\r\n" else REPAIRED for mark in self.text[start:end])

    @property
    def line_start(self) -> int:
        breaks = [found.end() for found in _LINES.finditer(self.text, 0, self.at)]
        return breaks[-1] if breaks else 0

    @property
    def line_end(self) -> int:
        found = _LINES.search(self.text, self.at)
        return found.start() if found else len(self.text)

    @property
    def character(self) -> str:
        return self.text[self.at : self.at + 1]


def diagnose(text: str, error: yaml.MarkedYAMLError) -> Trap:
    """The mistake behind a syntax error of libyaml."""
    failure = _Failure(
        text=text,
        at=_offset(text, error.problem_mark),
        begin=_offset(text, error.context_mark or error.problem_mark),
        context=error.context or "",
        problem=error.problem or "",
    )
    for diagnosis in _DIAGNOSES:
        trap = diagnosis(failure)
        if trap is not None:
            return trap
    return _not_yaml(failure)


def _offset(text: str, mark: yaml.Mark | None) -> int:
    """libyaml counts lines and columns in characters; its index counts bytes."""
    if mark is None:
        return 0
    starts = [0, *(found.end() for found in _LINES.finditer(text))]
    start = starts[mark.line] if mark.line < len(starts) else len(text)
    return min(start + mark.column, len(text))


def _star(failure: _Failure) -> Trap | None:
    if failure.context != "while scanning an alias":
        return None
    at = failure.begin
    return failure.trap("F104", at, 1, "unquoted `*`", 'write `star` for the key, or "*" in quotes', (at, at + 1))


def _ampersand(failure: _Failure) -> Trap | None:
    if failure.context != "while scanning an anchor":
        return None
    at = failure.begin
    return failure.trap("F105", at, 1, "unquoted `&`", "quote the text", (at, at + 1))


def _tab(failure: _Failure) -> Trap | None:
    line = failure.text[failure.line_start : failure.line_end]
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" not in indentation:
        return None
    at = failure.line_start + indentation.index("\t")
    return failure.trap("F103", at, 1, "a tab in the indentation", "indent with spaces", None)


def _bracket_in_braces(failure: _Failure) -> Trap | None:
    """`{to: ${name}}` and `{when: digits in ["1"]}`: the bracket begins a collection within the text."""
    if not failure.context.startswith("while parsing a flow") or failure.character not in ("{", "["):
        return None
    written = failure.text[failure.line_start : failure.at]
    found = _PLAIN_VALUE.search(written)
    if found is None:
        return None
    end = _closing(failure, failure.at)
    value = failure.line_start + found.start(1)
    if written.endswith("$"):
        shown = failure.text[failure.at - 1 : end]
        suggestion = f'quote the whole text: "{found[1]}{failure.text[failure.at : end]}"'
        return failure.trap(
            "F109", failure.at - 1, len(shown), f"unquoted `{shown}` in braces", suggestion, (failure.at, end)
        )
    message = f"`{failure.character}` ends the text `{found[1].rstrip()}` here"
    return failure.trap("F110", value, failure.at - value, message, "quote the whole text", (failure.at, end))


def _comma_in_call(failure: _Failure) -> Trap | None:
    """`{when: matches(digits, "1*"), goto: x}`: the comma within the parentheses ends the text."""
    if not failure.context.startswith("while parsing a flow"):
        return None
    opened = _last_open_parenthesis(failure.text, max(failure.begin, failure.line_start), failure.at)
    found = _PLAIN_VALUE.search(failure.text[failure.line_start : opened]) if opened is not None else None
    if opened is None or found is None:
        return None
    value, end = failure.line_start + found.start(1), _closing(failure, opened)
    shown = failure.text[value : failure.text.index(",", opened)] if "," in failure.text[opened:end] else found[1]
    message = f"the comma ends the text `{shown}` here"
    return failure.trap("F110", value, len(shown), message, "quote the whole text", (value, max(end, failure.at)))


def _last_open_parenthesis(text: str, start: int, end: int) -> int | None:
    waiting: list[int] = []
    for at in range(start, end):
        if text[at] == "(":
            waiting.append(at)
        elif text[at] == ")" and waiting:
            waiting.pop()
    return waiting[0] if waiting else None


def _closing(failure: _Failure, at: int) -> int:
    """Where the bracket that opens at `at` is closed in its line (the offset behind it), else the line's end."""
    opening, closing, depth = failure.text[at], _CLOSING[failure.text[at]], 0
    for position in range(at, failure.line_end):
        depth += (failure.text[position] == opening) - (failure.text[position] == closing)
        if depth == 0:
            return position + 1
    return failure.line_end


def _reserved(failure: _Failure) -> Trap | None:
    if failure.character not in ("@", "`", "%") or "cannot start any token" not in failure.problem:
        return None
    message = f"a text cannot begin with `{failure.character}` unless it is quoted"
    return failure.trap("F101", failure.at, 1, message, "quote the text", (failure.at, failure.at + 1))


def _colon(failure: _Failure) -> Trap | None:
    if "mapping values are not allowed" not in failure.problem:
        return None
    message = "a second `:` in one line"
    return failure.trap("F101", failure.at, 1, message, "quote the text that the colon belongs to", None)


_DIAGNOSES: Final[tuple[Callable[[_Failure], Trap | None], ...]] = (
    _star,
    _ampersand,
    _tab,
    _bracket_in_braces,
    _comma_in_call,
    _reserved,
    _colon,
)

_PLAIN_WORDS: Final = (
    ("found unexpected end of stream", "the text that begins here has no closing quote"),
    ("did not find expected ',' or '}'", "a comma or the closing `}` is missing here"),
    ("did not find expected ',' or ']'", "a comma or the closing `]` is missing here"),
    ("did not find expected key", "this is indented unlike the lines before it, or a bracket is closed twice"),
    ("did not find expected '-' indicator", "a list item (`- …`) should stand here"),
    ("could not find expected ':'", "a `:` is missing after a key"),
    ("found unknown escape character", "an unknown escape; use single quotes for text with backslashes"),
)


def _not_yaml(failure: _Failure) -> Trap:
    message = next((words for problem, words in _PLAIN_WORDS if problem in failure.problem), failure.problem)
    return failure.trap("F101", _telling_place(failure), 1, message, "", None)


def _telling_place(failure: _Failure) -> int:
    """Where an unclosed quote begins; at the end of the line in which something is missing; else where it failed."""
    if "unexpected end of stream" in failure.problem:
        return failure.begin
    written = failure.text[failure.line_start : failure.at]
    begins_the_line = not written.strip() or (failure.character == ":" and _WORD.fullmatch(written) is not None)
    if "did not find expected ','" in failure.problem and begins_the_line and failure.begin < failure.line_start:
        return max(0, len(failure.text[: failure.line_start].rstrip()) - 1)
    return failure.at
