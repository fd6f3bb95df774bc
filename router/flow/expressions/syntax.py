"""From the source of an expression to Python's syntax tree, with everything foreign turned away before the parser.

A scanner goes over the source once, by an allow-list of tokens. It knows better than Python's parser what our authors
get wrong (`=` for `==`, `&&`, a missing quote, a Cyrillic letter in a name), and what reaches `ast.parse` after it is
short, has balanced brackets of bounded depth and only harmless tokens: no keyword but the operators, no f-string, no
comment, no escape that Python would warn about.

A dotted name reaches the parser as one identifier of the same width (`caller_number`), so a step may be called `from`
and attributes of values cannot even be written. Positions therefore stay those of the source; Python counts them in
bytes of UTF-8 and `Tree` in characters.
"""

import ast
import keyword
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from router.flow.expressions.problems import NOT_IN_LANGUAGE, SYNTAX, TOO_LARGE, Problem, short

MOST_CHARACTERS: Final = 500
DEEPEST: Final = 50  # nesting of brackets and of the tree
MOST_DIGITS: Final = 15  # of a number; beyond it float arithmetic is no longer exact

_TOKEN: Final = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<text>  "(?:[^"\\\x00-\x1f\ud800-\udfff]|\\["'\\nt])*"
             | '(?:[^'\\\x00-\x1f\ud800-\udfff]|\\["'\\nt])*' )
  | (?P<number>[0-9][0-9A-Za-z_.]*)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<member>\.\s*[A-Za-z_][A-Za-z0-9_]*)
  | (?P<foreign>\{\{|\}\}|\{%|\*\*|//|<<|>>|&&|\|\||:=|->|<>|\$\{|!(?!=)|(?<![=!<>])=(?!=))
  | (?P<operator>==|!=|<=|>=|[-+*/%<>,])
  | (?P<open>[(\[])
  | (?P<close>[)\]])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*)?", re.ASCII)
_OPERATOR_WORDS: Final = frozenset({"and", "or", "not", "in", "if", "else"})
_LITERAL_WORDS: Final = frozenset({"True", "False"})
_CLOSING: Final = {"(": ")", "[": "]"}
CHOSEN: Final = frozenset({"hours", "lists", "tables"})
"""What brackets choose from by a text: `hours[vars.branch].open`."""
_CHOICE: Final = "choice"  # the kind of a bracket that closes a chosen name
_FOREIGN_WORDS: Final = frozenset(keyword.kwlist) - _OPERATOR_WORDS - _LITERAL_WORDS

_INSTEAD: Final = {
    "=": "write `==` to compare",
    "&&": "write `and`",
    "&": "write `and`",
    "||": "write `or`",
    "|": "write `or`",
    "!": "write `not`",
    "<>": "write `!=`",
    "//": "write `/`",
    "is": "write `==`",
    "None": 'an empty text is `""`',
    "${": "write the bare name; `${...}` belongs in text fields",
    "{{": "write the expression alone, such as hours.office.open",
    "}}": "write the expression alone, such as hours.office.open",
    "{%": "write the expression alone, such as hours.office.open",
    "#": "comments belong outside the expression",
    ":": 'a time is text: now.time < "18:00"',
    "“": 'write plain quotes: "',
    "”": 'write plain quotes: "',
    "«": 'write plain quotes: "',
    "»": 'write plain quotes: "',
    "`": 'write plain quotes: "',
}


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed expression and where its nodes stand in the source."""

    source: str
    root: ast.expr
    columns: tuple[int, ...] | None  # byte column of the parsed text -> character of the source; None: they differ
    shift: int  # only by this much, the white space in front

    def start(self, node: ast.expr) -> int:
        """Where the node begins, in characters from 0."""
        return self._character(node.col_offset)

    def end(self, node: ast.expr) -> int:
        """Where the node ends."""
        return self._character(node.end_col_offset or node.col_offset)

    def text(self, node: ast.expr) -> str:
        """The node's source."""
        return self.source[self.start(node) : self.end(node)]

    def _character(self, byte: int) -> int:
        return (self.columns[byte] if self.columns is not None else byte) + self.shift


def parse(source: str) -> Tree | Problem:
    """The tree of `source`, or the first thing that keeps it from being one. Never raises."""
    if len(source) > MOST_CHARACTERS:
        message = f"an expression has at most {MOST_CHARACTERS} characters, this one has {len(source)}"
        return Problem(TOO_LARGE, message, MOST_CHARACTERS, len(source) - MOST_CHARACTERS)
    if not source.strip(" \t\r\n"):
        return Problem(SYNTAX, "the expression is empty", 0, len(source))
    scan = _Scan(source)
    found = scan.run()
    if found is not None:
        return found
    text = "".join(scan.masked)
    shift = len(text) - len(text.lstrip(" "))
    text = text[shift:]
    try:
        root = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _unreadable(source, shift, error)
    return Tree(source, root, _columns(text), shift)


class _Scan:
    """One pass over the tokens. Keeps what the checks need: open brackets and the kind of the token before."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.masked: list[str] = []  # the source for Python's parser, token by token, of the same width
        self._brackets: list[tuple[str, int]] = []
        self._choosing: list[bool] = []  # of each open bracket, whether it chooses a name
        self._before = ""
        self._word = ""  # the token before, if it is one

    def run(self) -> Problem | None:
        for token in _TOKEN.finditer(self.source):
            kind, text = token.lastgroup or "other", token[0]
            if kind == "operator":
                self._before = kind
            elif kind == "space":
                text = " " * len(text)
            elif kind == "member" and self._before == _CHOICE:
                self._before = "operand"
            else:
                problem = self._take(kind, text, token.start())
                if problem is not None:
                    return problem
                text = _masked(text) if kind == "word" else text
            self.masked.append(text)
        if self._brackets:
            bracket, offset = self._brackets[-1]
            return Problem(SYNTAX, f"`{bracket}` is never closed", offset, 1)
        return None

    def _take(self, kind: str, token: str, offset: int) -> Problem | None:
        if token in _OPERATOR_WORDS:
            self._before = "operator"
            return None
        if kind in ("open", "close"):
            self._before = "operand" if kind == "close" else kind
            return self._bracket(kind, token, offset)
        if kind == "member":
            return _character_problem(".", offset, self.source)
        self._word = token
        problem = _foreign(kind, token, offset, self.source)
        if problem is None and self._before in ("operand", _CHOICE):
            return Problem(SYNTAX, f"an operator is missing before `{short(token)}`", offset, len(token))
        self._before = "operand"
        return problem

    def _bracket(self, kind: str, token: str, offset: int) -> Problem | None:
        if kind == "open":
            self._brackets.append((token, offset))
            self._choosing.append(token == "[" and self._word in CHOSEN)
            self._word = ""
            if len(self._brackets) > DEEPEST:
                return Problem(TOO_LARGE, f"brackets are nested deeper than {DEEPEST}", offset, 1)
            return None
        if not self._brackets or _CLOSING[self._brackets[-1][0]] != token:
            return Problem(SYNTAX, f"`{token}` closes nothing", offset, 1)
        self._brackets.pop()
        if self._choosing.pop():
            self._before = _CHOICE
        return None


def _masked(word: str) -> str:
    """One identifier as wide as the dotted name."""
    return word if word.isidentifier() else re.sub(r"[^A-Za-z0-9_]", "_", word)


def _foreign(kind: str, token: str, offset: int, source: str) -> Problem | None:
    """The complaint about an operand, or what stands in its place, that the language does not have."""
    if kind == "text" or (kind == "word" and token not in _FOREIGN_WORDS):
        return None
    if kind == "number":
        return _number_problem(token, offset)
    if kind == "other":
        return _character_problem(token, offset, source)
    message = f"`{token}` is not part of this language"
    return Problem(NOT_IN_LANGUAGE, message, offset, len(token), _INSTEAD.get(token, ""))


def _number_problem(token: str, offset: int) -> Problem | None:
    if len(token) == 1:
        return None
    if _NUMBER.fullmatch(token) is None:
        quote = f'write text in quotes: "{token}"' if token.isdecimal() else ""
        return Problem(SYNTAX, f"`{short(token)}` is not a number", offset, len(token), quote)
    if sum(character.isdecimal() for character in token) > MOST_DIGITS:
        quote = f'a phone number is text: "{short(token)}"'
        return Problem(TOO_LARGE, f"a number has at most {MOST_DIGITS} digits", offset, len(token), quote)
    return None


def _character_problem(character: str, offset: int, source: str) -> Problem:
    if character in "\"'":
        return _quote_problem(character, offset, source)
    suggestion = _INSTEAD.get(character, "")
    if character.isalpha() and not character.isascii():
        suggestion = "names are written in Latin letters, text in quotes"
    name = "" if character.isascii() else f" ({unicodedata.name(character, 'an unnamed character').lower()})"
    return Problem(NOT_IN_LANGUAGE, f"{character!r}{name} is not part of this language", offset, 1, suggestion)


def _quote_problem(quote: str, offset: int, source: str) -> Problem:
    inside = re.compile(r"[^\\\x00-\x1f\ud800-\udfff" + quote + r"]|\\[\"'\\nt]")
    end = offset + 1
    while (found := inside.match(source, end)) is not None:
        end = found.end()
    if end >= len(source):
        return Problem(SYNTAX, "the text that begins here is never closed", offset, 1)
    if source[end] == "\\":
        instead = r"after a backslash only \, a quote, n and t may stand"
        return Problem(SYNTAX, "there is no such escape in a text", end, min(2, len(source) - end), instead)
    return Problem(SYNTAX, "a text holds no line breaks or other control characters", end, 1)


def _unreadable(source: str, shift: int, error: Exception) -> Problem:
    """Python's parser could not go on. Its messages speak of Python, so only the place is taken from it."""
    last = len(source.rstrip()) - 1
    column = getattr(error, "offset", None) or last + 2
    offset = column - 1 + shift
    if offset > last:
        return Problem(SYNTAX, "the expression ends where something more is needed", last, 1)
    token = _TOKEN.match(source, max(offset, 0))
    found = token[0] if token else source[offset]
    return Problem(SYNTAX, f"`{short(found)}` is not expected here", max(offset, 0), len(found))


def _columns(text: str) -> tuple[int, ...] | None:
    if text.isascii():
        return None
    columns = [index for index, character in enumerate(text) for _ in character.encode()]
    return (*columns, len(text))
