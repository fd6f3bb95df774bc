"""`+ - * / %` on numbers, and `+` on texts."""

import ast
from collections.abc import Mapping
from typing import Final

from router.flow.expressions import closures, problems, values
from router.flow.expressions.checker import Checker
from router.flow.expressions.closures import Operation
from router.flow.expressions.operands import literal
from router.flow.expressions.parts import Part
from router.flow.expressions.types import IN_WORDS, NUMBER, TEXT, compatible
from router.flow.invalid import INVALID

OPERATIONS: Final[Mapping[type[ast.operator], tuple[str, Operation]]] = {
    ast.Add: ("+", values.add),
    ast.Sub: ("-", values.subtract),
    ast.Mult: ("*", values.multiply),
    ast.Div: ("/", values.divide),
    ast.Mod: ("%", values.remainder),
}


def sign(checker: Checker, node: ast.expr) -> Part:
    """A `-` or `+` in front of a number."""
    assert isinstance(node, ast.UnaryOp)
    minus = isinstance(node.op, ast.USub)
    part = checker.value(node.operand, NUMBER, f"`{'-' if minus else '+'}` stands before a number")
    if part.literal:
        return literal(checker, node, -part.value if minus else part.value)
    run = part.run
    return checker.made(node, part.type, (lambda scope: -run(scope)) if minus else run, (part,))


def arithmetic(checker: Checker, node: ast.expr) -> Part:
    """A chain of operators of one rank, however long: the tree is deep to the left, so it is walked in a loop."""
    operands, operators = _chain(node)
    first = checker.part(operands[0])
    type_ = _accepted(checker, operands[0], first, operators[0])
    parts, operations = [first], list[Operation]()
    for operand, symbol in zip(operands[1:], operators, strict=True):
        right = checker.part(operand)
        type_, operation = _operation(checker, type_, symbol, operand, right)
        parts.append(right)
        operations.append(operation)
    return checker.made(node, type_, closures.fold([part.run for part in parts], operations), parts)


def _chain(node: ast.expr) -> tuple[list[ast.expr], list[ast.operator]]:
    """Operands and operators from left to right."""
    operands, operators = list[ast.expr](), list[ast.operator]()
    while isinstance(node, ast.BinOp):
        operands.append(node.right)
        operators.append(node.op)
        node = node.left
    return [node, *reversed(operands)], operators[::-1]


def _accepted(checker: Checker, node: ast.expr, part: Part, symbol: ast.operator) -> str:
    """The type with which the chain begins."""
    word, _ = OPERATIONS[type(symbol)]
    if compatible(part.type, NUMBER) or (word == "+" and compatible(part.type, TEXT)):
        return part.type
    takes = "numbers or texts" if word == "+" else "numbers"
    message = f"`{word}` takes {takes}, and this is {IN_WORDS[part.type]}"
    return checker.mismatch(node, part, NUMBER, message).type


def _operation(checker: Checker, left: str, symbol: ast.operator, node: ast.expr, right: Part) -> tuple[str, Operation]:
    """The type of the chain so far with `right` added, and what adds it."""
    word, operation = OPERATIONS[type(symbol)]
    if INVALID in (left, right.type):
        return INVALID, operation
    if left == right.type == NUMBER:
        return NUMBER, operation
    textual = compatible(left, TEXT)
    if textual and word != "+":
        message = f"`{word}` takes numbers, and left of it is text"
        return checker.refuse(node, problems.TYPES, message).type, operation
    if textual and compatible(right.type, TEXT):
        return TEXT, values.join
    wanted = TEXT if textual else NUMBER
    message = f"`{word}` goes on with {'text' if textual else 'a number'}, and this is {IN_WORDS[right.type]}"
    return checker.mismatch(node, right, wanted, message).type, operation
