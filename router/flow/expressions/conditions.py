"""What is true or false: and, or, not, comparisons and membership; and `a if b else c`, which turns on it."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from router.flow.expressions import closures, phones, problems
from router.flow.expressions.checker import Checker, converted
from router.flow.expressions.chosen import chosen_list
from router.flow.expressions.closures import Operation
from router.flow.expressions.operands import dotted, unknown_name
from router.flow.expressions.parts import AND, IF, NOT, OR, Part
from router.flow.expressions.types import BOOL, IN_WORDS, LIST, PHONE, TEXT, compatible, joint, type_of
from router.flow.invalid import INVALID
from router.flow.suggestions.advice import Suggestion

RELATIONS: Final[Mapping[type[ast.cmpop], tuple[str, Operation]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
_EQUALITY: Final = frozenset({"==", "!="})


def junction(checker: Checker, node: ast.expr) -> Part:
    """`and`, `or`: two or more conditions."""
    assert isinstance(node, ast.BoolOp)
    word, joined = (AND, closures.every) if isinstance(node.op, ast.And) else (OR, closures.some)
    parts = [checker.value(operand, BOOL, f"`{word}` joins conditions") for operand in node.values]
    return checker.made(node, BOOL, joined([part.run for part in parts]), parts, word)


def negation(checker: Checker, node: ast.expr) -> Part:
    """`not`."""
    assert isinstance(node, ast.UnaryOp)
    part = checker.value(node.operand, BOOL, "`not` turns a condition around")
    run = part.run
    return checker.made(node, BOOL, lambda scope: not run(scope), (part,), NOT)


def choice(checker: Checker, node: ast.expr) -> Part:
    """`a if b else c`."""
    assert isinstance(node, ast.IfExp)
    test = checker.value(node.test, BOOL, "behind `if` stands a condition")
    then, otherwise = checker.part(node.body), checker.part(node.orelse)
    if not compatible(then.type, otherwise.type):
        message = f"before `if` is {IN_WORDS[then.type]}, so here cannot be {IN_WORDS[otherwise.type]}"
        return checker.mismatch(node.orelse, otherwise, then.type, message)
    run = closures.choice(test.run, then.run, otherwise.run)
    return checker.made(node, joint(then.type, otherwise.type), run, (test, then, otherwise), IF)


def comparison(checker: Checker, node: ast.expr) -> Part:
    """One or several comparisons in a chain, `in` and `not in` among them."""
    assert isinstance(node, ast.Compare)
    nodes = [node.left, *node.comparators]
    parts = [checker.part(node.left)]
    tests: list[Operation] = []
    for symbol, left, right in zip(node.ops, nodes, nodes[1:], strict=False):
        if isinstance(symbol, ast.In | ast.NotIn):
            part, test = _container(checker, left, parts[-1], right)
            tests.append(_negated(test) if isinstance(symbol, ast.NotIn) else test)
        else:
            part = checker.part(right)
            tests.append(_relation(checker, symbol, (left, parts[-1]), (right, part)))
        parts.append(part)
    return checker.made(node, BOOL, closures.chain([part.run for part in parts], tests), parts)


def _relation(
    checker: Checker, symbol: ast.cmpop, left: tuple[ast.expr, Part], right: tuple[ast.expr, Part]
) -> Operation:
    word, test = RELATIONS[type(symbol)]
    (left_node, one), (right_node, other) = left, right
    if LIST in (one.type, other.type):
        checker.refuse(left_node, problems.TYPES, f"`{word}` does not compare lists")
    elif not compatible(one.type, other.type):
        message = f"`{word}` cannot compare {IN_WORDS[one.type]} with {IN_WORDS[other.type]}"
        suggestion = _alike(checker, left, right)
        checker.refuse(right_node, problems.TYPES, message, suggestion)
    elif BOOL in (one.type, other.type) and word not in _EQUALITY:
        checker.refuse(right_node, problems.TYPES, f"`{word}` has no meaning for true and false")
    elif word in _EQUALITY and PHONE in (one.type, other.type):
        return phones.equality(checker, left, right, test)
    return test


def _alike(checker: Checker, left: tuple[ast.expr, Part], right: tuple[ast.expr, Part]) -> Suggestion:
    """A suggestion that makes both sides of one type; a literal is what gets rewritten, if there is one."""
    (left_node, one), (right_node, other) = left, right
    of_right = converted(other, one.type, checker.tree.text(right_node))
    of_left = converted(one, other.type, checker.tree.text(left_node))
    start, end = checker.tree.start(left_node), checker.tree.end(left_node)
    of_left = replace(of_left, span=(start, end - start))
    return (of_left or of_right) if one.literal else (of_right or of_left)


def _container(checker: Checker, sought_node: ast.expr, sought: Part, node: ast.expr) -> tuple[Part, Operation]:
    """What stands right of `in`, and the test of a value against it."""
    test: Operation = _among
    if isinstance(node, ast.List):
        part, held = _written_list(checker, node, phones_wanted=sought.type == PHONE)
    elif isinstance(node, ast.Name) and type_of(dotted(checker, node), checker.names) in (LIST, None):
        (part, test), held = _named_list(checker, node), TEXT
    elif (by_text := chosen_list(checker, node)) is not None:
        (part, test), held = by_text, TEXT
    else:
        return _no_container(checker, node), test
    if part.type and not compatible(sought.type, held):
        message = f"the list holds {IN_WORDS[held]}, and this is {IN_WORDS[sought.type]}"
        checker.mismatch(sought_node, sought, held, message)
    return part, test


def _no_container(checker: Checker, node: ast.expr) -> Part:
    found = checker.part(node)
    if found.type is INVALID:
        return found
    within = "" if not compatible(found.type, TEXT) else 'a text within a text: matches(TEXT, "*part*")'
    message = "right of `in` stands a list: `lists.NAME`, or values in square brackets"
    return checker.refuse(node, problems.TYPES, message, within)


def _named_list(checker: Checker, node: ast.Name) -> tuple[Part, Operation]:
    written = dotted(checker, node)
    if written not in checker.names:
        return unknown_name(checker, node, written), _among
    list_name = written.removeprefix("lists.")
    part = Part(
        type=LIST,
        run=lambda scope: scope.contains,
        start=checker.tree.start(node),
        end=checker.tree.end(node),
        names=frozenset({written}),
    )

    def listed(value: str, contains: Callable[[str, str], bool]) -> bool:
        return contains(list_name, value)

    return part, listed


def _written_list(checker: Checker, node: ast.List, *, phones_wanted: bool) -> tuple[Part, str]:
    """A list that is written out, and the type of what it holds."""
    held, values = INVALID, set[Any]()
    for element_node in node.elts:
        element = checker.part(element_node)
        if element.type and not element.literal:
            element = checker.refuse(element_node, problems.NOT_IN_LANGUAGE, "a list holds only written values")
        elif not compatible(held, element.type):
            message = f"the list holds {IN_WORDS[held]}, and this is {IN_WORDS[element.type]}"
            element = checker.mismatch(element_node, element, held, message)
        held = held or element.type
        if phones_wanted and element.literal and element.type == TEXT:
            values.update(phones.forms(checker, element_node, element))
        values.add(element.value)
    if not node.elts:
        return checker.refuse(node, problems.TYPES, "nothing can be in an empty list"), held
    known = frozenset(values)
    part = Part(type=LIST, run=lambda _scope: known, start=checker.tree.start(node), end=checker.tree.end(node))
    return part, held


def _among(value: Any, values: frozenset[Any]) -> bool:
    return value in values


def _negated(test: Operation) -> Operation:
    return lambda value, container: not test(value, container)
