"""Texts that a sign of YAML takes apart: brackets, commas, quotes, `#`, `:` and `;` within braces or behind a key.

Each function is a diagnosis (`flow.yaml.diagnosis`): what went wrong at a failure of libyaml, or None.
"""

import re
from dataclasses import replace
from typing import Final

from router.flow.suggestions.advice import Advice, Suggestion, as_scalar
from router.flow.suggestions.split_texts import indexing, whole_advice
from router.flow.yaml.parse_failure import LINES, Failure, Trap

_PLAIN_VALUE: Final = re.compile(r"(?:^|: |[,\[{])\s*([^\s\"',\[\]{}:#&*!|>%@`-](?:(?!: )[^\[\]{},\"])*)$")
_REST: Final = re.compile(r"(?:\$\{[^}]*\}|[^,{}\[\]])*")
_COMMENT: Final = re.compile(r"(?<=[\s{\[,])#\S*")
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_NEXT_KEY: Final = re.compile(r", *\w+: *.$")  # an entry swallowed by a text
_WHEN: Final = re.compile(r"[{,] *when: +(?=[\[({\w])")
_ENTRY: Final = re.compile(r", *[\w\"']+ *:(?: |$)")
_KIND: Final = re.compile(r"(?:[{\[,] *|: +)(extension|person|group|number|sip)$")
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}


def semicolon(failure: Failure) -> Trap | None:
    """`{to: group sales; ring: 25s}`"""
    if failure.character != ":" or not failure.context.startswith("while parsing a flow"):
        return None
    written = failure.text[failure.line_start : failure.at]
    found = re.search(r";(?= *\w+$)", written)
    if found is None:
        return None
    at = failure.line_start + found.start()
    return failure.trap("F101", at, 1, "entries are set apart by commas, not by `;`", Advice("write ,", ","), None)


def bracket_in_braces(failure: Failure) -> Trap | None:
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


def comma_in_call(failure: Failure) -> Trap | None:
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


def reserved(failure: Failure) -> Trap | None:
    if failure.character not in ("@", "`", "%") or "cannot start any token" not in failure.problem:
        return None
    message = f"a text cannot begin with `{failure.character}` unless it is quoted"
    before = failure.text[failure.line_start : failure.at]
    is_value = before.rstrip().endswith((":", "[", "-"))
    advice: Suggestion = whole_advice(_whole_text(failure, failure.at), before) if is_value else "quote the text"
    return failure.trap("F101", failure.at, 1, message, advice, (failure.at, failure.at + 1))


def comment_in_braces(failure: Failure) -> Trap | None:
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


def behind_quote(failure: Failure) -> Trap | None:
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


def expression_in_braces(failure: Failure) -> Trap | None:
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


def kind_with_colon(failure: Failure) -> Trap | None:
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
