"""The entrance: a source and the names that it may use in, a compiled expression or all that is wrong with it out.

The language is a small subset of Python's expressions, and total: whatever compiles has a value of its type for every
scope, in time linear in the source. Nothing of Python is executed; the syntax tree becomes a tree of closures over the
scope. On its way the source passes the scanner and the parser (`syntax`) and a visit for each node (`visits` below).
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from router.flow.expressions import arithmetic, chosen, conditions, operands, problems
from router.flow.expressions.advising import advised
from router.flow.expressions.checker import Checker, Visits, converted
from router.flow.expressions.parts import Part, Run, evaluate_with_trace
from router.flow.expressions.problems import Problem
from router.flow.expressions.syntax import parse
from router.flow.expressions.types import IN_WORDS, TEXT, VALUE_TYPES, Names, compatible, type_of
from router.flow.model import Expression, Scope
from router.protocol.dial_plan import DEFAULT_COUNTRY


@dataclass(slots=True, kw_only=True, eq=False)
class CompiledExpression:
    """Implements `flow.model.Expression`. Never changed after it was made."""

    source: str
    type: str
    names: frozenset[str]
    types: Mapping[str, str]  # of the names
    country: str  # in which its numbers are written
    evaluate: Run  # the closure itself: one call less for each switch of each call
    part: Part

    def explain(self, scope: Scope) -> list[dict[str, Any]]:
        """Each clause that was read, with its value and the values of its names."""
        return self.evaluate_with_trace(scope)[1]

    def evaluate_with_trace(self, scope: Scope) -> tuple[Any, list[dict[str, Any]]]:
        """The value and its explanation, in one reading."""
        read: list[tuple[Part, Any]] = []
        value = evaluate_with_trace(self.part, scope, read)
        return value, [
            {
                "clause": self.source[clause.start : clause.end],
                "value": found,
                "names": {name: scope.value(name) for name in _shown(clause.names)},
            }
            for clause, found in read
        ]


@lru_cache(maxsize=4096)
def _shown(names: frozenset[str]) -> list[str]:
    """The names whose values explain a clause."""
    return sorted(name for name in names if not (name.startswith("lists.") or name.endswith(chosen.MARK)))


def compile_expression(
    source: str, names: Names, expect: str | None = None, country: str = DEFAULT_COUNTRY
) -> tuple[Expression | None, list[Problem]]:
    """The compiled expression, or None and everything that is wrong with it, which is nothing where it only depends on
    names that are Invalid. Never raises.

    `expect` is the type that its place needs ("text", "number", "bool", "phone"); text and phone serve for each
    other, and nothing but a condition serves as "bool".
    """
    compiled, found = _compiled(source, names, expect, country)
    if not found:
        return compiled, found
    return None, advised(source, found, names, lambda said: _compiled(said, names, expect, country)[1])


def _compiled(source: str, names: Names, expect: str | None, country: str) -> tuple[Expression | None, list[Problem]]:
    tree = parse(source)
    if isinstance(tree, Problem):
        return None, [tree]
    checker = Checker(tree, names, VISITS, country)
    part = checker.part(tree.root)
    if not checker.found and expect is not None and not compatible(part.type, expect):
        message = f"here stands {_WANTED.get(expect, expect)}, and this is {IN_WORDS[part.type]}"
        suggestion = converted(part, expect, tree.text(tree.root))
        checker.refuse(tree.root, problems.RESULT, message, suggestion)
    if checker.found:
        return None, sorted(checker.found, key=lambda problem: problem.offset)
    if checker.has_invalid:
        return None, []
    assert part.type in VALUE_TYPES
    types = {name: type_of(name, names) or TEXT for name in part.names}
    made = CompiledExpression(
        source=source, type=part.type, names=part.names, types=types, country=country, evaluate=part.run, part=part
    )
    return made, []


def _unary(checker: Checker, node: ast.expr) -> Part:
    assert isinstance(node, ast.UnaryOp)
    visit = conditions.negation if isinstance(node.op, ast.Not) else arithmetic.sign
    return visit(checker, node)


_WANTED: Final = {**IN_WORDS, "bool": "a condition"}
VISITS: Final[Visits] = {
    ast.Constant: operands.constant,
    ast.Name: operands.name,
    ast.Call: operands.call,
    ast.Attribute: chosen.member,
    ast.Subscript: chosen.subscript,
    ast.BoolOp: conditions.junction,
    ast.Compare: conditions.comparison,
    ast.IfExp: conditions.choice,
    ast.UnaryOp: _unary,
    ast.BinOp: arithmetic.arithmetic,
}
