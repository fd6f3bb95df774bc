"""From the source of a condition to the domains that it divides."""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product
from math import prod
from types import SimpleNamespace
from typing import Any, Final

from router.flow.condition_analysis.divisions import FALSE, TRUE, Division, Formula, Junction, negated
from router.flow.condition_analysis.domains import (
    DAYS,
    TEXTS,
    Interval,
    cases_of,
    interval_of,
    ranked,
    values_of,
    words_of,
)
from router.flow.expressions import phones
from router.flow.expressions.arithmetic import OPERATIONS
from router.flow.expressions.checker import Checker
from router.flow.expressions.compiler import VISITS
from router.flow.expressions.conditions import RELATIONS
from router.flow.expressions.dates import parse_date
from router.flow.expressions.forms import form_of, odd_literals
from router.flow.expressions.parts import Part
from router.flow.expressions.syntax import Tree, parse
from router.flow.expressions.types import NUMBER, PHONE, TEXT
from router.flow.model import Expression

MOST_EVALUATIONS: Final = 3000  # of one part
SOURCES_KEPT: Final = 4096

_MIRRORED: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.Eq, ast.NotEq: ast.NotEq, ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE,
}  # fmt: skip
_ASKS_THE_PBX: Final = re.compile(r"\b(online|status)\s*\(")
_SAME_AS: Final = {"caller.withheld": Division("caller.number", *TEXTS.divided("==", ""))}


def analysed(when: Expression) -> Formula | None:
    """The formula of a condition; None of one that compares with an odd text, which has a finding of its own."""
    return _analysed(when.source, frozenset(when.types.items()), when.country)


@lru_cache(SOURCES_KEPT)
def _analysed(source: str, types: frozenset[tuple[str, str]], country: str) -> Formula | None:
    tree = parse(source)
    if not isinstance(tree, Tree) or odd_literals(source):
        return None
    return _Reader(tree, dict(types), country).of(tree.root)


class _Reader:
    """Makes the formula of one tree."""

    def __init__(self, tree: Tree, types: Mapping[str, str], country: str) -> None:
        self.tree = tree
        self.types = types
        self.checker = Checker(tree, types, VISITS, country)
        self.part = self.checker.part

    def of(self, node: ast.expr) -> Formula:
        """The formula of a condition."""
        match node:
            case ast.BoolOp():
                return Junction(isinstance(node.op, ast.Or), tuple(self.of(value) for value in node.values))
            case ast.UnaryOp(op=ast.Not()):
                return negated(self.of(node.operand))
            case ast.IfExp():
                test, then, otherwise = self.of(node.test), self.of(node.body), self.of(node.orelse)
                return Junction(True, (Junction(False, (test, then)), Junction(False, (negated(test), otherwise))))
            case ast.Compare():
                operands = [node.left, *node.comparators]
                links = zip(node.ops, operands, operands[1:], strict=False)
                return Junction(False, tuple(self._link(symbol, left, right) for symbol, left, right in links))
        return self._evaluated(self.part(node)) or _fact(self._text(node))

    def _link(self, symbol: ast.cmpop, left: ast.expr, right: ast.expr) -> Formula:
        by_rank = self._ranked(left, symbol, right)
        if by_rank is not None:
            return by_rank
        link = ast.Compare(left=left, ops=[symbol], comparators=[right], col_offset=left.col_offset,
                           end_col_offset=right.end_col_offset, lineno=1)  # fmt: skip
        found = self._evaluated(self.part(link))
        if found is not None:
            return found
        if isinstance(symbol, ast.In | ast.NotIn):
            among = self._among(left, right)
            return among if isinstance(symbol, ast.In) else negated(among)
        if self._constant(right) is not None:
            return self._compared(left, type(symbol), right)
        if self._constant(left) is not None:
            return self._compared(right, _MIRRORED[type(symbol)], left)
        return self._between(left, type(symbol), right)

    def _ranked(self, left: ast.expr, symbol: ast.cmpop, right: ast.expr) -> Formula | None:
        """A name of few values in their order, compared with a written one: as `_evaluated` would find, and at once."""
        name = self._text(left)
        if not (isinstance(left, ast.Name) and isinstance(right, ast.Constant)) or name not in self.types:
            return None
        subject, values = values_of(name, self.types[name])
        if not values or name == "now.minute":
            return None
        return _known_as(Division(subject, *ranked(values, RELATIONS[type(symbol)][0], right.value)))

    def _evaluated(self, part: Part) -> Formula | None:
        """The division by what depends on few values: tried with each of them."""
        about: dict[str, set[tuple[str, str]]] = {}
        for name in part.names:
            subject, values = values_of(name, self.types[name])
            if not values:
                return None
            about.setdefault(subject, set()).add((name, self.types[name]))
        cases = [cases_of(frozenset(kinds)) for kinds in about.values()]
        if _ASKS_THE_PBX.search(self.tree.source, part.start, part.end) or prod(map(len, cases)) > MOST_EVALUATIONS:
            return None
        if len(cases) == 1:
            yes = sum(bits for values, bits in cases[0] if part.run(_scope(values)))
            return _known_as(Division(subject, yes, sum(bits for _, bits in cases[0]) - yes))
        chosen = ({name: value for values, _ in case for name, value in values.items()} for case in product(*cases))
        found = {bool(part.run(_scope(values))) for values in chosen}
        return None if len(found) == 2 else TRUE if True in found else FALSE

    def _compared(self, node: ast.expr, symbol: type[ast.cmpop], written: ast.expr) -> Formula:
        """What is compared with a value that is known."""
        word, value = RELATIONS[symbol][0], self._constant(written)
        subject, kind, form = self._text(node), self.part(node).type, form_of(self._text(node))
        if isinstance(value, bool):
            return self.of(node) if value == (word == "==") else negated(self.of(node))
        if kind == PHONE and word in ("==", "!="):
            same = self._same_number(subject, written)
            return same if word == "==" else negated(same)
        if words := words_of(subject):
            return Division(subject, *ranked(words, word, value))
        if form is not None:
            day = parse_date(value)
            return Division(subject, *DAYS.divided(word, day.toordinal() if day is not None else 0))
        return Division(subject, *(self._interval(node) if kind == NUMBER else TEXTS).divided(word, value))

    def _same_number(self, subject: str, written: ast.expr) -> Formula:
        """A telephone number is read as people write it; what is computed is only read when it is compared."""
        part = self.part(written)
        if not part.literal:
            return _fact(f"{subject} == {self._text(written)}")
        return _one_of(subject, phones.forms(self.checker, written, part))

    def _among(self, left: ast.expr, right: ast.expr) -> Formula:
        subject = self._text(left)
        if not isinstance(right, ast.List):
            return _fact(f"{subject} in {self._text(right)}")
        parts = [self._compared(left, ast.Eq, element) for element in right.elts]
        if self.part(left).type == PHONE:  # as it is written, too
            parts.append(_one_of(subject, [self._constant(element) for element in right.elts]))
        return Junction(True, tuple(parts))

    def _between(self, left: ast.expr, symbol: type[ast.cmpop], right: ast.expr) -> Formula:
        """Two things that only the call knows: one is below the other, equal to it or above."""
        one, other, word = self._text(left), self._text(right), RELATIONS[symbol][0]
        kinds = {self.part(left).type, self.part(right).type}
        if one == other:
            return TRUE if word in ("==", "<=", ">=") else FALSE
        if one > other:
            return self._between(right, _MIRRORED[symbol], left)
        if kinds == {PHONE, TEXT} and word in ("==", "!="):  # read as numbers, and not as they are ordered
            same = _fact(f"{one} == {other}")
            return same if word == "==" else negated(same)
        signs = self._interval(left).against(self._interval(right)) if kinds == {NUMBER} else (-1, 1)
        return Division(f"{one} ? {other}", *Interval(*signs, whole=True).divided(word, 0))

    def _constant(self, node: ast.expr) -> Any:
        """The value of what names nothing; None of anything else."""
        part = self.part(node) if not isinstance(node, ast.List) else None
        if part is None or part.names or _ASKS_THE_PBX.search(self.tree.source, part.start, part.end):
            return None
        return part.run(_scope({}))

    def _interval(self, node: ast.expr) -> Interval:
        """What a number can be. Rounding keeps the order, so the ends are computed as any value is."""
        constant = self._constant(node)
        if constant is not None:
            return Interval(constant, constant, whole=constant == int(constant))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            one, other, compute = self._interval(node.left), self._interval(node.right), OPERATIONS[type(node.op)][1]
            ends = [compute(left, right) for left in (one.low, one.high) for right in (other.low, other.high)]
            return Interval(min(ends), max(ends), whole=one.whole and other.whole)
        return interval_of(self._text(node)) if isinstance(node, ast.Name | ast.Call) else Interval()

    def _text(self, node: ast.expr) -> str:
        """The source; without its white space, unless some of it may stand in a text."""
        source = self.tree.text(node)
        return source if '"' in source or "'" in source else "".join(source.split())


def _scope(values: Mapping[str, Any]) -> Any:
    """A scope in which only the values are asked for."""
    return SimpleNamespace(value=values.__getitem__)


def _known_as(division: Division) -> Formula:
    """The same about another name, where it says the same."""
    same = _SAME_AS.get(division.subject)
    if same is None or not division.yes or not division.no:
        return division
    return same if division.yes == 2 else negated(same)


def _fact(text: str) -> Formula:
    """What is true or false, and known by its text."""
    return Division(text, 1, 2)


def _one_of(subject: str, texts: Iterable[str]) -> Formula:
    return Junction(True, tuple(Division(subject, *TEXTS.divided("==", text)) for text in texts))
