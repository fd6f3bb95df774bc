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

from router.flow.suggestions.advice import Advice
from router.flow.suggestions.foreign_words import EXAMPLES
from router.flow.yaml import split_by_signs
from router.flow.yaml.parse_failure import LINES, Failure, Trap, offset_of

_NO_SPACE: Final = re.compile(r"\s*(?:- +)?([\w.]+):(\S.*)")
_BARE_KEY: Final = re.compile(r"\s*(?:- +)?([\w.]+)\s*(?:[\[{].*)?")
_FOREIGN_SIGNS: Final = {"\u00a0": "a no-break space", "：": "a full-width colon", "；": "a full-width semicolon"}
_WORD: Final = re.compile(r"\s*[\w-]+\s*")
_ORDINARY: Final = {"\u00a0": " ", "：": ":", "；": ";"}
_INDENTED: Final = re.compile(r"^ *[\u00a0\u2000-\u200b\u3000][ \u00a0\u2000-\u200b\u3000]*(?=\S)", re.MULTILINE)
_NAMED_ITEM: Final = re.compile(r" *- +(?:name|id|step|label|key|alias): *[\"']?([a-z_][a-z0-9_]*)[\"']? *$")
_VERB_BELOW: Final = re.compile(r" +(\w+):")


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


def _closes_nothing(failure: Failure) -> Trap | None:
    if failure.character not in ("}", "]") or failure.context.startswith("while parsing a flow"):
        return None
    return failure.trap("F101", failure.at, 1, f"`{failure.character}` closes nothing", "", None)


def _too_deep(failure: Failure) -> Trap | None:
    if "nesting depth" not in failure.problem:
        return None
    return failure.trap("F113", failure.at, 1, "brackets within brackets, far more than any flow has", "", None)


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
    split_by_signs.semicolon,
    _too_deep,
    split_by_signs.comment_in_braces,
    split_by_signs.kind_with_colon,
    _list_in_map,
    split_by_signs.bracket_in_braces,
    split_by_signs.comma_in_call,
    split_by_signs.expression_in_braces,
    split_by_signs.behind_quote,
    split_by_signs.reserved,
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
