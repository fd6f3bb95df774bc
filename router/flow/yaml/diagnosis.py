"""Why a text is not YAML, in the words of somebody who wanted to write a flow.

libyaml says where it gave up; what the author did wrong often stands a little before that place. Each diagnosis
below knows one such mistake. Where it can, it also mends the text without moving any character, so that everything
behind the mistake still gets checked.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import yaml

from router.flow.suggestions.advice import Advice, Suggestion, as_scalar
from router.flow.suggestions.foreign_words import EXAMPLES
from router.flow.suggestions.split_texts import indexing, whole_advice
from router.flow.yaml.parse_failure import LINES, Failure, Trap, offset_of

_PLAIN_VALUE: Final = re.compile(r"(?:^|: |[,\[{])\s*([^\s\"',\[\]{}:#&*!|>%@`-](?:(?!: )[^\[\]{},\"])*)$")
_REST: Final = re.compile(r"(?:\$\{[^}]*\}|[^,{}\[\]])*")
_COMMENT: Final = re.compile(r"(?<=[\s{\[,])#\S*")
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_NEXT_KEY: Final = re.compile(r", *\w+: *.$")  # an entry swallowed by a text
_NO_SPACE: Final = re.compile(r"\s*(?:- +)?([\w.]+):(\S.*)")
_BARE_KEY: Final = re.compile(r"\s*(?:- +)?([\w.]+)\s*(?:[\[{].*)?")
_FOREIGN_SIGNS: Final = {"\u00a0": "a no-break space", "：": "a full-width colon", "；": "a full-width semicolon"}
_WORD: Final = re.compile(r"\s*[\w-]+\s*")
_ORDINARY: Final = {"\u00a0": " ", "：": ":", "；": ";"}
_WHEN: Final = re.compile(r"[{,] *when: +(?=[\[({\w])")
_INDENTED: Final = re.compile(r"^ *[\u00a0\u2000-\u200b\u3000][ \u00a0\u2000-\u200b\u3000]*(?=\S)", re.MULTILINE)
_ENTRY: Final = re.compile(r", *[\w\"']+ *:(?: |$)")
_KIND: Final = re.compile(r"(?:[{\[,] *|: +)(extension|person|group|number|sip)$")
_NAMED_ITEM: Final = re.compile(r" *- +(?:name|id|step|label|key|alias): *[\"']?([a-z_][a-z0-9_]*)[\"']? *$")
_VERB_BELOW: Final = re.compile(r" +(\w+):")
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}


def diagnose(text: str, error: yaml.MarkedYAMLError) -> Trap:
    """The mistake behind a syntax error of libyaml."""
    failure = Failure(
        text=text,
        at=offset_of(text, error.problem_mark),
        begin=offset_of(text, error.context_mark or error.problem_mark),
        context=error.context or "",
        problem=error.problem or "",
    )
    for diagnosis in _DIAGNOSES:
        trap = diagnosis(failure)
        if trap is not None:
            return trap
    return _not_yaml(failure)


def _star(failure: Failure) -> Trap | None:
    if failure.context != "while scanning an alias":
        return None
    at = failure.begin
    advice = Advice('write `star` for the key, or "*" in quotes', "star")
    return failure.trap("F104", at, 1, "unquoted `*`", advice, (at, at + 1))


def _ampersand(failure: Failure) -> Trap | None:
    if failure.context != "while scanning an anchor":
        return None
    at = failure.begin
    return failure.trap("F105", at, 1, "unquoted `&`", "quote the text", (at, at + 1))


def _tab(failure: Failure) -> Trap | None:
    line = failure.text[failure.line_start : failure.line_end]
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" not in indentation:
        return None
    at = failure.line_start + indentation.index("\t")
    return failure.trap("F103", at, 1, "a tab in the indentation", "indent with spaces", None)


def _blank_in_indentation(failure: Failure) -> Trap | None:
    """No-break spaces, as they come from web pages, where lines are indented."""
    for line in _INDENTED.finditer(failure.text):
        at = line.start() + next(index for index, sign in enumerate(line[0]) if sign != " ")
        signs = len(line[0]) - (at - line.start())
        name = unicodedata.name(failure.text[at], "an unknown sign").lower()
        return failure.trap("F101", at, signs, f"the indentation holds U+{ord(failure.text[at]):04X}, {name}",
                            Advice("indent with plain spaces", " " * signs), None)  # fmt: skip
    return None


def _semicolon(failure: Failure) -> Trap | None:
    """`{to: group sales; ring: 25s}`"""
    if failure.character != ":" or not failure.context.startswith("while parsing a flow"):
        return None
    written = failure.text[failure.line_start : failure.at]
    found = re.search(r";(?= *\w+$)", written)
    if found is None:
        return None
    at = failure.line_start + found.start()
    return failure.trap("F101", at, 1, "entries are set apart by commas, not by `;`", Advice("write ,", ","), None)


def _bracket_in_braces(failure: Failure) -> Trap | None:
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
        whole = f"{found[1]}{failure.text[failure.at : _text_end(failure, end)]}"
        advice = whole_advice(whole, failure.text[failure.line_start : value])
        moved = replace(advice, span=(value - failure.at + 1, len(whole)))
        return failure.trap(
            "F109", failure.at - 1, len(shown), f"unquoted `{shown}` in braces", moved, (failure.at, end)
        )
    return _ended(failure, value, failure.character, failure.at - value, (failure.at, end))


def _ended(failure: Failure, value: int, sign: str, length: int, mend: tuple[int, int]) -> Trap:
    """A text that begins at `value` and that a sign of YAML ends too early."""
    whole, before = _whole_text(failure, value), failure.text[failure.line_start : value]
    advice = whole_advice(whole, before)
    if indexing(whole, before) and advice.words.startswith("quote"):
        at = value + whole.index("[")
        hint = "a name is written out, such as hours.office.open; a text is compared with starts_with or matches"
        return failure.trap("F402", at, len(whole) - whole.index("["), "there is no indexing", hint, mend)
    named = "the comma" if sign == "," else f"`{sign}`"
    message = f"{named} ends the text `{failure.text[value : value + length].rstrip()}` here"
    return failure.trap("F110", value, length, message, advice, mend)


def _whole_text(failure: Failure, start: int) -> str:
    """The text from `start` to where its entry ends: at a comma before another key, or at a bracket that it did not
    open."""
    depth, quote = 0, ""
    for at in range(start, failure.line_end):
        sign = failure.text[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth < 0:
                return failure.text[start:at].rstrip()
        elif sign == "," and depth == 0 and _ENTRY.match(failure.text, at):
            return failure.text[start:at].rstrip()
    return failure.text[start : failure.line_end].rstrip()


def _text_end(failure: Failure, at: int) -> int:
    """Where the text goes on to that holds the bracket closed at `at`: up to a comma or the end of its braces."""
    found = _REST.match(failure.text, at, failure.line_end)
    return at + len(found[0].rstrip()) if found else at


def _comma_in_call(failure: Failure) -> Trap | None:
    """`{when: matches(digits, "1*"), goto: x}`: the comma within the parentheses ends the text."""
    if not failure.context.startswith("while parsing a flow"):
        return None
    opened = _last_open_parenthesis(failure.text, max(failure.begin, failure.line_start), failure.at)
    found = _PLAIN_VALUE.search(failure.text[failure.line_start : opened]) if opened is not None else None
    if opened is None or found is None:
        return None
    value, end = failure.line_start + found.start(1), _closing(failure, opened)
    shown = failure.text[value : failure.text.index(",", opened)] if "," in failure.text[opened:end] else found[1]
    return _ended(failure, value, ",", len(shown), (value, max(end, failure.at)))


def _last_open_parenthesis(text: str, start: int, end: int) -> int | None:
    waiting: list[int] = []
    for at in range(start, end):
        if text[at] == "(":
            waiting.append(at)
        elif text[at] == ")" and waiting:
            waiting.pop()
    return waiting[0] if waiting else None


def _closing(failure: Failure, at: int) -> int:
    """Where the bracket that opens at `at` is closed in its line (the offset behind it), else the line's end."""
    opening, closing, depth = failure.text[at], _CLOSING[failure.text[at]], 0
    for position in range(at, failure.line_end):
        depth += (failure.text[position] == opening) - (failure.text[position] == closing)
        if depth == 0:
            return position + 1
    return failure.line_end


def _reserved(failure: Failure) -> Trap | None:
    if failure.character not in ("@", "`", "%") or "cannot start any token" not in failure.problem:
        return None
    message = f"a text cannot begin with `{failure.character}` unless it is quoted"
    before = failure.text[failure.line_start : failure.at]
    is_value = before.rstrip().endswith((":", "[", "-"))
    advice: Suggestion = whole_advice(_whole_text(failure, failure.at), before) if is_value else "quote the text"
    return failure.trap("F101", failure.at, 1, message, advice, (failure.at, failure.at + 1))


def _colon(failure: Failure) -> Trap | None:
    """A `:` where no key can be: a second one in a line, or one below a line that went wrong."""
    if "mapping values are not allowed" not in failure.problem:
        return None
    before = failure.text[failure.line_start : failure.at]
    if _WORD.fullmatch(before.removeprefix("- ")) is None:
        return _bare_key(failure, before) or _second_colon(failure)
    start = _line_before(failure)
    line = failure.text[start : failure.line_start].rstrip()
    place = start + len(line) - len(line.lstrip())
    for sign, name in _FOREIGN_SIGNS.items():
        if sign in line:
            at = start + line.index(sign)
            advice = Advice("type it anew", _ORDINARY[sign])
            return failure.trap("F101", at, 1, f"{name} instead of an ordinary one", advice, None)
    glued = _space_missing(failure, start, line)
    if glued is not None:
        return glued
    if ":" not in line:
        shown = line.strip()
        return failure.trap("F101", place, len(shown), f"a `:` is missing behind `{shown}`", "", None)
    at = failure.line_start + len(before) - len(before.lstrip())
    return failure.trap("F101", at, 1, "this is indented deeper than the lines that it belongs to", "", None)


def _glued_key(failure: Failure) -> Trap | None:
    """`bye:hangup` where nothing below shows it: libyaml waits for a `:` until the file ends."""
    if "could not find expected ':'" not in failure.problem:
        return None
    started = replace(failure, at=failure.begin)
    line = failure.text[started.line_start : started.line_end].rstrip()
    return _space_missing(failure, started.line_start, line)


def _space_missing(failure: Failure, start: int, line: str) -> Trap | None:
    """`bye:hangup`, in the line that begins at `start`."""
    glued = _NO_SPACE.fullmatch(line)
    if glued is None:
        return None
    at = start + glued.start(2) - 1
    advice = Advice(f"write {glued[1]}: {glued[2]}", ": ")
    return failure.trap("F101", at, 1, "a space is missing behind the `:`", advice, None)


def _second_colon(failure: Failure) -> Trap:
    message = "a second `:` in one line"
    return failure.trap("F101", failure.at, 1, message, "quote the text that the colon belongs to", None)


def _bare_key(failure: Failure, before: str) -> Trap | None:
    """`keys {1: sales}`: the first colon of the line stands within the braces."""
    found = _BARE_KEY.fullmatch(before)
    if found is None or found.end(1) == len(before.rstrip()):
        return None
    at = failure.line_start + found.start(1)
    advice = Advice(f"write {found[1]}: …", f"{found[1]}:")
    return failure.trap("F101", at, len(found[1]), f"a `:` is missing behind `{found[1]}`", advice, None)


def _line_before(failure: Failure) -> int:
    """Where the nearest line above begins that holds something."""
    above = failure.text[: failure.line_start].rstrip()
    breaks = [found.end() for found in LINES.finditer(above)]
    return breaks[-1] if breaks else 0


def _comment_in_braces(failure: Failure) -> Trap | None:
    """`{text: Order #5, next: done}` and `{#: done}`: what stands behind the # is a comment."""
    if not failure.context.startswith("while parsing a flow"):
        return None
    end = max(failure.begin, failure.line_start if failure.character else 0)
    start = LINES.split(failure.text[: failure.begin])[-1]
    line_start = failure.begin - len(start)
    stop = LINES.search(failure.text, line_start)
    line = failure.text[line_start : stop.start() if stop else len(failure.text)]
    hidden = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), line)
    found = _COMMENT.search(hidden, failure.begin - line_start)
    if found is None or end < failure.begin:
        return None
    message = "an unquoted `#` begins a comment here, so the rest of the line is not read"
    suggestion = "write `pound` for the key, or quote the text"
    return failure.trap("F114", line_start + found.start(), len(line) - found.start(), message, suggestion, None)


def _behind_quote(failure: Failure) -> Trap | None:
    """`when: "1" in lists.x`: the text ends with its quote, and more follows."""
    line = failure.text[failure.line_start : failure.line_end]
    at = failure.at - failure.line_start
    quoted = next(
        (found for found in _QUOTED.finditer(line) if found.end() <= at and not line[found.end() : at].strip()), None
    )
    if quoted is None or not failure.problem.startswith("did not find expected"):
        return None
    before = line[: quoted.start()].rstrip()
    if before and before[-1] not in ":,[{-":
        return None
    start = failure.line_start + quoted.start()
    if _NEXT_KEY.search(quoted[0]):
        return failure.trap("F101", start, 1, "the text that begins here has no closing quote", "", None)
    in_braces = failure.context.startswith("while parsing a flow")
    rest = _REST.match(line, at) if in_braces else None
    stop = at + len(rest[0].rstrip()) if rest else len(line.rstrip())
    whole = line[quoted.start() : stop]
    if stop <= at:
        return None
    suggestion = whole_advice(whole, failure.text[failure.line_start : start])
    message = "the text ends with its quote, and more follows"
    return failure.trap("F115", start, len(whole), message, suggestion, (start, failure.line_start + stop))


def _closes_nothing(failure: Failure) -> Trap | None:
    if failure.character not in ("}", "]") or failure.context.startswith("while parsing a flow"):
        return None
    return failure.trap("F101", failure.at, 1, f"`{failure.character}` closes nothing", "", None)


def _too_deep(failure: Failure) -> Trap | None:
    if "nesting depth" not in failure.problem:
        return None
    return failure.trap("F113", failure.at, 1, "brackets within brackets, far more than any flow has", "", None)


def _expression_in_braces(failure: Failure) -> Trap | None:
    """`{when: a ? b : c, goto: x}`, `{when: ["1", "2"].includes(digits), goto: x}`: an expression that YAML takes
    apart, and that our language has in other words."""
    if not failure.context.startswith("while parsing a flow"):
        return None
    found = next(_WHEN.finditer(failure.text, failure.line_start, failure.line_end), None)
    if found is None or failure.at < found.end():
        return None
    whole = _whole_text(failure, found.end())
    advice = whole_advice(whole, failure.text[failure.line_start : found.end()])
    end = found.end() + len(whole)
    if failure.at > end or not advice.words.startswith("write"):
        return None
    sign = failure.character
    return failure.trap("F110", found.end(), len(whole), f"`{sign}` is not expected here", advice, (found.end(), end))


def _kind_with_colon(failure: Failure) -> Trap | None:
    """`{to: group: sales}`: a destination has no colon."""
    if failure.character != ":" or not failure.context.startswith("while parsing a flow"):
        return None
    written = failure.text[failure.line_start : failure.at]
    kind = _KIND.search(written)
    name = re.compile(r": *([\w.@+${}-]+)").match(failure.text, failure.at, failure.line_end)
    if kind is None or name is None:
        return None
    start = failure.line_start + kind.start(1)
    whole = failure.text[start : name.end()]
    said = as_scalar(f"{kind[1]} {name[1]}")
    message = f"a second `:` within `{whole}`"
    return failure.trap("F101", start, len(whole), message, Advice(f"write {said}", said), (start, name.end()))


def _list_in_map(failure: Failure) -> Trap | None:
    """`- name: sales` among steps by name: they are a map."""
    if "did not find expected key" in failure.problem and failure.character == "-":
        start = failure.line_start
    elif "did not find expected '-' indicator" in failure.problem:
        start = failure.begin - len(LINES.split(failure.text[: failure.begin])[-1])
    else:
        return None
    stop = LINES.search(failure.text, start)
    line = failure.text[start : stop.start() if stop else len(failure.text)]
    at = start + len(line) - len(line.lstrip())
    named = _NAMED_ITEM.match(line)
    if not line.lstrip().startswith("-"):
        return None
    message = "a list item among entries that have names"
    if named is None:
        return failure.trap("F101", at, 1, message, "steps, keys and names are maps: NAME: …, without `-`", None)
    below = _VERB_BELOW.match(failure.text, stop.end() if stop else len(failure.text))
    sure = below is not None and below[1] in EXAMPLES
    words = f"write {named[1]}: and, indented deeper, its verb"
    advice = Advice(words, f"{named[1]}:" if sure else None, span=(0, len(line.strip())))
    return failure.trap("F101", at, len(line.strip()), message, advice, None)


_DIAGNOSES: Final[tuple[Callable[[Failure], Trap | None], ...]] = (
    _star,
    _ampersand,
    _tab,
    _blank_in_indentation,
    _semicolon,
    _too_deep,
    _comment_in_braces,
    _kind_with_colon,
    _list_in_map,
    _bracket_in_braces,
    _comma_in_call,
    _expression_in_braces,
    _behind_quote,
    _reserved,
    _colon,
    _glued_key,
    _closes_nothing,
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


def _not_yaml(failure: Failure) -> Trap:
    message = next((words for problem, words in _PLAIN_WORDS if problem in failure.problem), failure.problem)
    return failure.trap("F101", _telling_place(failure), 1, message, "", None)


def _telling_place(failure: Failure) -> int:
    """Where an unclosed quote begins; at the end of the line in which something is missing; else where it failed."""
    if "unexpected end of stream" in failure.problem:
        return failure.begin
    written = failure.text[failure.line_start : failure.at]
    begins_the_line = not written.strip() or (failure.character == ":" and _WORD.fullmatch(written) is not None)
    if "did not find expected ','" in failure.problem and begins_the_line and failure.begin < failure.line_start:
        return max(0, len(failure.text[: failure.line_start].rstrip()) - 1)
    return failure.at
