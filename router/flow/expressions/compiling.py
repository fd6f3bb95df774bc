"""From the syntax tree to closures, with every type checked on the way.

One visit of each node does both, since what a closure may do depends on the types that were found. A node that is
wrong is complained about once and becomes a part of unknown type, which goes with everything, so one mistake gives one
complaint and the rest of the expression is still checked. Long chains (`a + b + c ...`) are folded in a loop; only
real nesting recurses, and that is bounded.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from router.flow.expressions import problems, values
from router.flow.expressions.functions import ANY, FUNCTIONS, SAME, Function
from router.flow.expressions.parts import AND, IF, NOT, OR, Part, Run, refused
from router.flow.expressions.problems import Problem
from router.flow.expressions.syntax import DEEPEST, Tree
from router.flow.expressions.types import (
    BOOL,
    IN_WORDS,
    LIST,
    NUMBER,
    PHONE,
    TEXT,
    UNKNOWN,
    Names,
    compatible,
    did_you_mean,
    joint,
    nearest,
    nearest_name,
)
from router.flow.masks import compile_mask
from router.flow.model import Scope

Operation = Callable[[Any, Any], Any]
Test = Callable[[Scope, Any, Any], bool]

LITERALS: Final = "literals"  # the type of a list that is written out

_LITERAL_TYPES: Final[Mapping[type, str]] = {str: TEXT, int: NUMBER, float: NUMBER, bool: BOOL}
_LITERAL_WORDS: Final = {"true": True, "false": False}
_ARITHMETIC: Final[Mapping[type[ast.operator], tuple[str, Operation]]] = {
    ast.Add: ("+", values.add),
    ast.Sub: ("-", values.subtract),
    ast.Mult: ("*", values.multiply),
    ast.Div: ("/", values.divide),
    ast.Mod: ("%", values.remainder),
}
_ORDER: Final[Mapping[type[ast.cmpop], tuple[str, Operation]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
_EQUALITY: Final[Mapping[type[ast.cmpop], tuple[str, Operation]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}
_FOREIGN: Final[Mapping[type[ast.expr], str]] = {
    ast.Tuple: "a list is written in square brackets, right of `in`",
    ast.List: "a list that is written out only stands right of `in`",
    ast.Subscript: "there is no indexing",
    ast.Starred: "`*` needs an operand on both sides",
}


class Compiler:
    """Compiles one tree; collects what is wrong in `found`."""

    def __init__(self, tree: Tree, names: Names) -> None:
        self.tree = tree
        self.names = names
        self.found: list[Problem] = []
        self._depth = 0
        self._visits: Mapping[type[ast.expr], Callable[[Any], Part]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.BoolOp: self._junction,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._arithmetic,
            ast.Compare: self._comparison,
            ast.IfExp: self._choice,
            ast.Call: self._call,
        }

    def part(self, node: ast.expr) -> Part:
        """The compiled node."""
        if self._depth >= DEEPEST:
            return self._refuse(node, problems.TOO_LARGE, f"this is nested deeper than {DEEPEST}")
        self._depth += 1
        visit = self._visits.get(type(node), self._foreign)
        made = visit(node)
        self._depth -= 1
        return made

    def value(self, node: ast.expr, wanted: str, message: str) -> Part:
        """The compiled node, which has to be of the type `wanted`."""
        part = self.part(node)
        if compatible(part.type, wanted):
            return part
        words = f"{message}, and this is {IN_WORDS[part.type]}"
        return self._refuse(node, problems.TYPES, words, _as_type(part, wanted, self.tree.text(node)))

    def _refuse(self, node: ast.expr, code: str, message: str, suggestion: str = "") -> Part:
        start, end = self.tree.start(node), self.tree.end(node)
        self.found.append(Problem(code, message, start, end - start, suggestion))
        return refused(start, end)

    def _made(self, node: ast.expr, type: str, run: Run, parts: Sequence[Part] = (), junction: str = "") -> Part:
        names = frozenset[str]().union(*(part.names for part in parts))
        below = tuple(parts) if junction else ()
        start, end = self.tree.start(node), self.tree.end(node)
        return Part(type=type, run=run, start=start, end=end, names=names, junction=junction, parts=below)

    def _foreign(self, node: ast.expr) -> Part:
        message = _FOREIGN.get(type(node), "this is not part of the language")
        return self._refuse(node, problems.NOT_IN_LANGUAGE, message)

    # Operands

    def _constant(self, node: ast.Constant) -> Part:
        return self._literal(node, node.value)

    def _literal(self, node: ast.expr, value: Any) -> Part:
        start, end, type_ = self.tree.start(node), self.tree.end(node), _LITERAL_TYPES[type(value)]
        return Part(type=type_, run=lambda _scope: value, start=start, end=end, literal=True, value=value)

    def _name(self, node: ast.Name) -> Part:
        name = re.sub(r"\s+", "", self.tree.text(node))
        if name in _LITERAL_WORDS:
            return self._literal(node, _LITERAL_WORDS[name])
        type_ = self.names.get(name)
        if type_ is None:
            called = f"`{name}` is a function, it needs brackets" if name in FUNCTIONS else f"unknown name `{name}`"
            return self._refuse(node, problems.UNKNOWN_NAME, called, nearest_name(name, self.names))
        if type_ == LIST:
            return self._refuse(node, problems.TYPES, f"`{name}` is a list, and a list only stands right of `in`")
        start, end = self.tree.start(node), self.tree.end(node)
        return Part(type=type_, run=_reading(name), start=start, end=end, names=frozenset({name}), name=name)

    # Junctions: the only places where something may stay unread

    def _junction(self, node: ast.BoolOp) -> Part:
        word = AND if isinstance(node.op, ast.And) else OR
        parts = [self.value(operand, BOOL, f"`{word}` joins conditions") for operand in node.values]
        run = _all if word == AND else _any
        return self._made(node, BOOL, run([part.run for part in parts]), parts, word)

    def _choice(self, node: ast.IfExp) -> Part:
        test = self.value(node.test, BOOL, "behind `if` stands a condition")
        then, otherwise = self.part(node.body), self.part(node.orelse)
        if not compatible(then.type, otherwise.type):
            words = f"{IN_WORDS[then.type]} before `if` and {IN_WORDS[otherwise.type]} after `else`"
            return self._refuse(node.orelse, problems.TYPES, f"both sides need one type, here is {words}")
        chosen = (test.run, then.run, otherwise.run)
        return self._made(node, joint(then.type, otherwise.type), _choose(*chosen), (test, then, otherwise), IF)

    def _unary(self, node: ast.UnaryOp) -> Part:
        if isinstance(node.op, ast.Not):
            part = self.value(node.operand, BOOL, "`not` turns a condition around")
            run = part.run
            return self._made(node, BOOL, lambda scope: not run(scope), (part,), NOT)
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        part = self.value(node.operand, NUMBER, f"`{sign}` stands before a number")
        if part.literal:
            return self._literal(node, -part.value if sign == "-" else part.value)
        run = _number(part)
        return self._made(node, NUMBER, (lambda scope: -run(scope)) if sign == "-" else run, (part,))

    # Arithmetic

    def _arithmetic(self, node: ast.BinOp) -> Part:
        operands, operators = _spine(node)
        first = self.part(operands[0])
        parts, operations, type_ = [first], [], first.type
        if not self._adds(operands[0], first, operators[0]):
            type_ = UNKNOWN
        for operand, symbol in zip(operands[1:], operators, strict=True):
            right = self.part(operand)
            parts.append(right)
            type_, operation = self._operation(operand, symbol, type_, right)
            operations.append(operation)
        runs = [_number(part) if part.type == NUMBER else part.run for part in parts]
        return self._made(node, type_, _fold(runs, operations), parts)

    def _adds(self, node: ast.expr, part: Part, symbol: ast.operator) -> bool:
        """Whether the first operand of a chain fits its operator; complains where it does not."""
        word = _ARITHMETIC[type(symbol)][0]
        fits = (NUMBER, TEXT, PHONE, UNKNOWN) if word == "+" else (NUMBER, UNKNOWN)
        if part.type not in fits:
            what = "numbers or texts" if word == "+" else "numbers"
            message = f"`{word}` takes {what}, and this is {IN_WORDS[part.type]}"
            self._refuse(node, problems.TYPES, message, _as_type(part, NUMBER, self.tree.text(node)))
        return part.type in fits

    def _operation(self, node: ast.expr, symbol: ast.operator, left: str, right: Part) -> tuple[str, Operation]:
        word, operation = _ARITHMETIC[type(symbol)]
        if UNKNOWN in (left, right.type):
            return UNKNOWN, operation
        if left == right.type == NUMBER:
            return NUMBER, operation
        textual = (TEXT, PHONE)
        if word == "+" and left in textual and right.type in textual:
            return TEXT, values.join
        if word == "+" and left in textual:
            message, wanted = "`+` joins text with text", TEXT
        else:
            message, wanted = f"`{word}` takes numbers here", NUMBER
        if left != wanted and word != "+":  # (text + text) * 2
            message = f"`{word}` takes numbers, and to its left is {IN_WORDS[left]}"
            self._refuse(node, problems.TYPES, message)
        else:
            words = f"{message}, and this is {IN_WORDS[right.type]}"
            self._refuse(node, problems.TYPES, words, _as_type(right, wanted, self.tree.text(node)))
        return UNKNOWN, operation

    # Comparisons

    def _comparison(self, node: ast.Compare) -> Part:
        left_node, left = node.left, self.part(node.left)
        parts, tests = [left], list[Test]()
        for symbol, right_node in zip(node.ops, node.comparators, strict=True):
            member = isinstance(symbol, ast.In | ast.NotIn)
            right = self._container(right_node) if member else self.part(right_node)
            check = self._membership if member else self._relation
            tests.append(check(symbol, (left_node, left), (right_node, right)))
            parts.append(right)
            left_node, left = right_node, right
        return self._made(node, BOOL, _chain(parts, tests), parts)

    def _relation(self, symbol: ast.cmpop, left: tuple[ast.expr, Part], right: tuple[ast.expr, Part]) -> Test:
        word, operation = {**_EQUALITY, **_ORDER}[type(symbol)]
        one, other = left[1], right[1]
        if LITERALS in (one.type, other.type) or LIST in (one.type, other.type):
            self._refuse(right[0], problems.TYPES, f"`{word}` does not compare lists")
        elif not compatible(one.type, other.type):
            node, literal, wanted = (right[0], other, one.type)
            suggestion = _as_type(literal, wanted, self.tree.text(node)) or _as_type(
                one, other.type, self.tree.text(left[0])
            )
            words = f"`{word}` cannot compare {IN_WORDS[one.type]} with {IN_WORDS[other.type]}"
            self._refuse(node, problems.TYPES, words, suggestion)
        elif BOOL in (one.type, other.type) and type(symbol) in _ORDER:
            self._refuse(right[0], problems.TYPES, f"`{word}` has no meaning for true and false")
        return lambda _scope, a, b: operation(a, b)

    def _membership(self, symbol: ast.cmpop, left: tuple[ast.expr, Part], right: tuple[ast.expr, Part]) -> Test:
        sought, container = left[1], right[1]
        wanted = container.value if container.type == LITERALS else TEXT
        if container.type != UNKNOWN and not compatible(sought.type, wanted):
            inside = f"is in {IN_WORDS[wanted]}s" if wanted == NUMBER else f"holds {IN_WORDS.get(wanted, wanted)}"
            message = f"this list {inside}, and sought is {IN_WORDS.get(sought.type, 'a list')}"
            self._refuse(left[0], problems.TYPES, message)
        inside_test: Test = _in_list if container.type == LIST else _in_literals
        if isinstance(symbol, ast.NotIn):
            return lambda scope, value, where: not inside_test(scope, value, where)
        return inside_test
