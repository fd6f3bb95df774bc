"""A condition as a formula over a few variables that can be tried out one by one.

Every comparison with a written value says where the compared thing stands among such values: below all of them, at
one of them, between two. Whatever else can be true or false (a name, `in lists.vip`, a function) is a variable of two
values, known by its text; two things that are compared with each other are one variable of three.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from router.flow.expressions import compile_expression
from router.flow.expressions.syntax import Tree, parse

Value = str | float | bool
SOURCES_KEPT: Final = 4096

_OPERATORS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_MIRRORED: Final = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
RELATIONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_WRITTEN_WORDS: Final = {"true": True, "false": False}
_ASKS_THE_PBX: Final = re.compile(r"\b(online|status)\s*\(")


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true or false, known by its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Something compared with a written value."""

    text: str
    operator: str
    value: str | float


@dataclass(frozen=True, slots=True)
class Not:
    part: "Formula"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Formula", ...]


Formula = Constant | Fact | Relation | Not | All | Some


@lru_cache(SOURCES_KEPT)
def formula(source: str) -> Formula | None:
    """The formula of a condition that compiled already; None when it cannot be read."""
    tree = parse(source)
    return _Reader(tree).of(tree.root) if isinstance(tree, Tree) else None


class _Reader:
    """Makes the formula of one tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def of(self, node: ast.expr) -> Formula:
        """The formula of a condition."""
        match node:
            case ast.BoolOp(op=ast.And()):
                return All(tuple(self.of(value) for value in node.values))
            case ast.BoolOp():
                return Some(tuple(self.of(value) for value in node.values))
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.of(node.operand))
            case ast.IfExp():
                test = self.of(node.test)
                return Some((All((test, self.of(node.body))), All((Not(test), self.of(node.orelse)))))
            case ast.Compare():
                return self._compared(node)
        value = self._written(node)
        return Constant(value) if isinstance(value, bool) else Fact(self._text(node))

    def _compared(self, node: ast.Compare) -> Formula:
        """A chain is the conjunction of its links."""
        operands = [node.left, *node.comparators]
        links = zip(node.ops, operands, operands[1:], strict=False)
        parts = tuple(self._link(symbol, left, right) for symbol, left, right in links)
        return parts[0] if len(parts) == 1 else All(parts)

    def _link(self, symbol: ast.cmpop, left: ast.expr, right: ast.expr) -> Formula:
        if isinstance(symbol, ast.In | ast.NotIn):
            found = self._among(left, right)
            return Not(found) if isinstance(symbol, ast.NotIn) else found
        word = _OPERATORS[type(symbol)]
        one, other = self._written(left), self._written(right)
        if one is not None and other is not None:
            return Constant(RELATIONS[word](one, other))
        if one is not None:
            return self._relation(right, _MIRRORED[word], one)
        if other is not None:
            return self._relation(left, word, other)
        return _between(self._text(left), word, self._text(right))

    def _relation(self, node: ast.expr, word: str, value: Value) -> Formula:
        if not isinstance(value, bool):
            return Relation(self._text(node), word, value)
        told = self.of(node)
        return told if value == (word == "==") else Not(told)

    def _among(self, left: ast.expr, right: ast.expr) -> Formula:
        if not isinstance(right, ast.List):
            return Fact(f"{self._text(left)} in {self._text(right)}")
        values = [self._written(element) for element in right.elts]
        sought = self._written(left)
        if sought is not None:
            return Constant(sought in values)
        return Some(tuple(self._relation(left, "==", value) for value in values if value is not None))

    def _written(self, node: ast.expr) -> Value | None:
        """The value of what names nothing; None of anything else."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
            return node.value
        if isinstance(node, ast.BoolOp | ast.Compare | ast.IfExp | ast.List):
            return None
        source = self.tree.text(node)
        if isinstance(node, ast.Name):
            return _WRITTEN_WORDS.get(source)
        if _names_something(node) or _ASKS_THE_PBX.search(source):
            return None
        compiled, _ = compile_expression(source, {}, None)
        value: Value | None = compiled.evaluate(_NOTHING) if compiled is not None else None
        return value

    def _text(self, node: ast.expr) -> str:
        """The source; without its white space, unless some of it may stand in a text."""
        source = self.tree.text(node)
        return source if '"' in source or "'" in source else re.sub(r"\s+", "", source)


def _names_something(node: ast.expr) -> bool:
    """Whether a name is in it that is not a function's."""
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    return any(isinstance(part, ast.Name) and id(part) not in called for part in ast.walk(node))


def _between(one: str, word: str, other: str) -> Formula:
    """Two things that only the call knows: below, equal or above."""
    if one == other:
        return Constant(word in ("==", "<=", ">="))
    if one > other:
        one, other, word = other, one, _MIRRORED[word]
    return Relation(f"{one} ? {other}", word, 0)


class _Nothing:
    """A scope in which there is nothing; what names nothing asks nothing."""

    def value(self, name: str) -> Any:
        raise LookupError(name)

    def contains(self, list_name: str, value: str) -> bool:
        raise LookupError(list_name)

    def online(self, extension: str) -> bool:
        raise LookupError(extension)

    def status(self, extension: str) -> str:
        raise LookupError(extension)


_NOTHING: Final = _Nothing()
