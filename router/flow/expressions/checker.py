"""The visit of one tree: where complaints are collected and parts are made.

A node that is wrong is complained about once and becomes a part of the type INVALID, which goes with everything. So one
mistake gives one complaint, and the rest of the expression is still checked. What a node of each kind means stands in
`operands`, `conditions` and `arithmetic`; `compiler` holds the table.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from router.flow.expressions import problems
from router.flow.expressions.parts import Part, Run, invalid
from router.flow.expressions.problems import MOST_PROBLEMS, MOST_SUGGESTIONS, Problem
from router.flow.expressions.syntax import DEEPEST, Tree
from router.flow.expressions.types import (
    BOOL,
    IN_WORDS,
    NUMBER,
    PHONE,
    TEXT,
    Names,
    compatible,
)
from router.flow.invalid import INVALID
from router.flow.suggestions.advice import NO_ADVICE, Advice, Suggestion, offer
from router.protocol.dial_plan import DEFAULT_COUNTRY

_FOREIGN: Final[Mapping[type[ast.expr], str]] = {
    ast.Tuple: "a comma only stands in the brackets of a list or a function",
    ast.List: "a list only stands right of `in`",
    ast.Starred: "`*` needs an operand on both sides",
}


class Checker:
    """Turns nodes into parts by the table `visits`, and collects in `found` what is wrong."""

    def __init__(self, tree: Tree, names: Names, visits: "Visits", country: str = DEFAULT_COUNTRY) -> None:
        self.tree = tree
        self.names = names
        self.country = country  # in which numbers are written
        self.found: list[Problem] = []
        self.has_invalid = False
        self._visits = visits
        self._depth = 0
        self._told: set[str] = set()

    def part(self, node: ast.expr) -> Part:
        """The node, checked and compiled."""
        if len(self.found) >= MOST_PROBLEMS:
            return self.invalid(node)
        visit = self._visits.get(type(node))
        if visit is None:
            message = _FOREIGN.get(type(node), "this is not part of the language")
            return self.refuse(node, problems.NOT_IN_LANGUAGE, message)
        if self._depth >= DEEPEST:
            return self.refuse(node, problems.TOO_LARGE, f"this is nested deeper than {DEEPEST}")
        self._depth += 1
        made = visit(self, node)
        self._depth -= 1
        self.has_invalid |= made.type is INVALID
        return made

    def value(self, node: ast.expr, wanted: str, rule: str) -> Part:
        """The node, which has to be of the type `wanted`; `rule` is the clause that says so."""
        part = self.part(node)
        if compatible(part.type, wanted):
            return part
        return self.mismatch(node, part, wanted, f"{rule}, and this is {IN_WORDS[part.type]}")

    def made(self, node: ast.expr, type: str, run: Run, parts: Sequence[Part] = (), junction: str = "") -> Part:
        """The part of `node`, computed from `parts`."""
        return Part(
            type=type,
            run=run,
            start=self.tree.start(node),
            end=self.tree.end(node),
            names=frozenset[str]().union(*(part.names for part in parts)),
            junction=junction,
            parts=tuple(parts) if junction else (),
        )

    def refuse(self, node: ast.expr, code: str, message: str, suggestion: Suggestion = "") -> Part:
        """Complains about `node`, and gives what stands for it from now on."""
        start, end = self.tree.start(node), self.tree.end(node)
        self.found.append(Problem(code, message, start, end - start, suggestion))
        return invalid(start, end)

    def invalid(self, node: ast.expr) -> Part:
        """What stands for `node` when enough has been said."""
        return invalid(self.tree.start(node), self.tree.end(node))

    def has_told(self, word: str) -> bool:
        """Whether the unknown `word` was complained about before; from now on it was."""
        known = word in self._told
        self._told.add(word)
        return known

    def may_suggest(self) -> bool:
        """Whether the last word that was told may have a suggestion."""
        return len(self._told) <= MOST_SUGGESTIONS

    def mismatch(self, node: ast.expr, part: Part, wanted: str, message: str) -> Part:
        """Complains about the type of `node`, and says how it could become `wanted`."""
        return self.refuse(node, problems.TYPES, message, converted(part, wanted, self.tree.text(node)))


Visit = Callable[[Checker, ast.expr], Part]
Visits = Mapping[type[ast.expr], Visit]


def converted(part: Part, wanted: str, source: str) -> Advice:
    """A suggestion of how to write what `source` says as a `wanted`; "" when there is none."""
    if INVALID in (part.type, wanted) or len(source) > 40:
        return NO_ADVICE
    wanted = TEXT if wanted == PHONE else wanted
    given = TEXT if part.type == PHONE else part.type
    if part.literal and (given, wanted) == (NUMBER, TEXT):
        return offer([f'"{source}"'])
    if part.literal and (given, wanted) == (TEXT, NUMBER):
        return offer([part.value]) if part.value.isdecimal() else NO_ADVICE
    forms = {
        (NUMBER, TEXT): f"text({source})",
        (BOOL, TEXT): f"text({source})",
        (TEXT, NUMBER): f"number({source})",
        (TEXT, BOOL): f'{source} != ""',
        (NUMBER, BOOL): f"{source} != 0",
    }
    form = forms.get((given, wanted))
    return offer([form]) if form and not part.literal and not part.junction else NO_ADVICE
