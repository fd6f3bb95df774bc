"""Text fields: literal text with `${dotted.name}` in it, and nothing else.

A `$` that no `{` follows is itself. Rendering is total and cut at the length that texts have in expressions.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from router.flow.expressions.foreign import translated
from router.flow.expressions.nearest import nearest, nearest_name
from router.flow.expressions.problems import (
    MOST_PROBLEMS,
    MOST_SUGGESTIONS,
    TEMPLATE,
    TYPES,
    UNKNOWN_NAME,
    Problem,
    short,
)
from router.flow.expressions.types import LIST, PHONE, TEXT, Names, compatible, hours_names, type_of
from router.flow.expressions.values import LONGEST_TEXT, to_text
from router.flow.invalid import INVALID
from router.flow.model import Scope, Template
from router.flow.suggestions.advice import NO_ADVICE, offer

_OF_HOURS: Final = frozenset(name.rpartition(".")[2] for name in hours_names(""))
_OPENED: Final = re.compile(r"\$\{([^}]*)(\}?)")
_CHOSEN: Final = re.compile(r"hours\[(?P<by>[A-Za-z_][A-Za-z0-9_.]*)\]\.(?P<what>[A-Za-z_]+)", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)


@dataclass(slots=True, kw_only=True, eq=False)
class CompiledTemplate:
    """Implements `flow.model.Template`. Never changed after it was made."""

    source: str
    names: frozenset[str]
    pieces: tuple[tuple[str, str], ...]  # (literal text, the name behind it); the last name is ""
    is_phone: bool = False

    def render(self, scope: Scope) -> str:
        """The text with every name replaced by its value."""
        rendered = [text + (to_text(scope.value(name)) if name else "") for text, name in self.pieces]
        return "".join(rendered)[:LONGEST_TEXT]


def compile_template(source: str, names: Names) -> tuple[Template | None, list[Problem]]:
    """The compiled template, or None and everything that is wrong with it, as of an expression. Never raises."""
    found: list[Problem] = []
    pieces: list[tuple[str, str]] = []
    end = 0
    told: set[str] = set()
    for opened in _OPENED.finditer(source):
        if opened[1] in told:
            continue
        problem = _problem(opened, names, suggest=len(found) < MOST_SUGGESTIONS)
        if problem is not None:
            told.add(opened[1])
            found.append(problem)
            if len(found) >= MOST_PROBLEMS:
                break
        pieces.append((source[end : opened.start()], opened[1]))
        end = opened.end()
    if found:
        return None, found
    if any(type_of(name, names) is INVALID for name in _named(pieces)):
        return None, []
    pieces.append((source[end:], ""))
    return _template(source, pieces, names), []


def _template(source: str, pieces: Sequence[tuple[str, str]], types: Names) -> CompiledTemplate:
    names = _named(pieces)
    alone = len(pieces) == 2 and not any(text.strip() for text, _ in pieces)
    is_phone = alone and type_of(pieces[0][1], types) == PHONE
    return CompiledTemplate(source=source, names=names, pieces=tuple(pieces), is_phone=is_phone)


def _chosen_problem(opened: re.Match[str], chosen: re.Match[str], names: Names, *, suggest: bool) -> Problem | None:
    """What is wrong with `${hours[vars.branch].opens_time}`."""
    by, what, start = chosen["by"], chosen["what"], opened.start(1)
    kind = type_of(by, names)
    if kind is None:
        suggestion = nearest_name(by, names) if suggest else NO_ADVICE
        return Problem(UNKNOWN_NAME, f"unknown name `{short(by)}`", start + chosen.start("by"), len(by), suggestion)
    if not compatible(kind, TEXT):
        return Problem(TYPES, f"`hours[...]` takes a text, and `{by}` is none", start + chosen.start("by"), len(by))
    if what not in _OF_HOURS:
        message = f"hours have no `{short(what)}`"
        return Problem(UNKNOWN_NAME, message, start + chosen.start("what"), len(what), nearest(what, _OF_HOURS))
    return None


def _named(pieces: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The names of a text; of one that is chosen by another, that."""
    found = (_CHOSEN.fullmatch(name) for _, name in pieces if name)
    return frozenset(
        chosen["by"] if chosen is not None else name
        for chosen, name in zip(found, (name for _, name in pieces if name), strict=True)
    )


def _problem(opened: re.Match[str], names: Names, *, suggest: bool) -> Problem | None:
    """What is wrong with one `${...}`. The place is that of the name, or of the whole where there is none."""
    name, closed = opened[1], opened[2]
    chosen = _CHOSEN.fullmatch(name)
    if chosen is not None and closed:
        return _chosen_problem(opened, chosen, names, suggest=suggest)
    if not closed:
        return Problem(TEMPLATE, "`${` is never closed by `}`", opened.start(), 2)
    if _NAME.fullmatch(name) is None:
        bare = name.strip()
        message = "only a dotted name stands in `${...}`; `set` can compute" if bare else "`${}` names nothing"
        suggestion = offer([f"${{{bare}}}"]) if bare in names else NO_ADVICE
        return Problem(TEMPLATE, message, opened.start(), len(opened[0]), suggestion)
    kind = type_of(name, names)
    if kind is None:
        said = translated(name, names) or ""
        suggestion = offer([said]) if said in names else nearest_name(name, names) if suggest else NO_ADVICE
        return Problem(UNKNOWN_NAME, f"unknown name `{short(name)}`", opened.start(1), len(name), suggestion)
    if kind == LIST:
        return Problem(TYPES, f"`{name}` is a list and has no text", opened.start(1), len(name))
    return None
