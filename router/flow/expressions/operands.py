"""What an expression works on: literals, names and what functions give."""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from router.flow.expressions import closures, phones, problems
from router.flow.expressions.checker import Checker
from router.flow.expressions.functions import ANY, FUNCTIONS, SAME, Function
from router.flow.expressions.nearest import nearest, nearest_name
from router.flow.expressions.parts import Part
from router.flow.expressions.problems import short
from router.flow.expressions.types import (
    BOOL,
    IN_WORDS,
    LIST,
    NUMBER,
    TEXT,
    compatible,
    joint,
    type_of,
)
from router.flow.invalid import INVALID
from router.flow.resources.masks import compile_mask
from router.flow.suggestions.advice import NO_ADVICE, offer

_LITERAL_TYPES: Final[Mapping[type, str]] = {str: TEXT, int: NUMBER, float: NUMBER, bool: BOOL}
_LITERAL_WORDS: Final = {"true": True, "false": False}  # as YAML writes them, beside Python's


def constant(checker: Checker, node: ast.expr) -> Part:
    """A text, a number, True or False."""
    assert isinstance(node, ast.Constant)
    return literal(checker, node, node.value)


def literal(checker: Checker, node: ast.expr, value: Any) -> Part:
    """The part that says `value`."""
    return Part(
        type=_LITERAL_TYPES[type(value)],
        run=closures.constant(value),
        start=checker.tree.start(node),
        end=checker.tree.end(node),
        literal=True,
        value=value,
    )


def name(checker: Checker, node: ast.expr) -> Part:
    """A dotted name, or `true` and `false`."""
    written = dotted(checker, node)
    if written in _LITERAL_WORDS:
        return literal(checker, node, _LITERAL_WORDS[written])
    type_ = type_of(written, checker.names)
    if type_ is None:
        return unknown_name(checker, node, written)
    if type_ == LIST:
        return checker.refuse(node, problems.TYPES, f"`{written}` is a list, and a list only stands right of `in`")
    return Part(
        type=type_,
        run=closures.reading(written, type_),
        start=checker.tree.start(node),
        end=checker.tree.end(node),
        names=frozenset({written}),
    )


def dotted(checker: Checker, node: ast.expr) -> str:
    """The name as the source has it, without white space; the tree only knows its stand-in."""
    return re.sub(r"\s+", "", checker.tree.text(node))


def unknown_name(checker: Checker, node: ast.expr, written: str) -> Part:
    if written in FUNCTIONS:
        message = f"`{written}` is a function and needs its arguments in brackets"
        return checker.refuse(node, problems.UNKNOWN_NAME, message)
    if checker.has_told(written):
        return checker.invalid(node)
    suggestion = nearest_name(written, checker.names) if checker.may_suggest() else NO_ADVICE
    return checker.refuse(node, problems.UNKNOWN_NAME, f"unknown name `{short(written)}`", suggestion)


def call(checker: Checker, node: ast.expr) -> Part:
    """A function with its arguments."""
    assert isinstance(node, ast.Call)
    called = dotted(checker, node.func)
    arguments = [checker.part(argument) for argument in node.args]
    if not isinstance(node.func, ast.Name):
        return checker.refuse(node.func, problems.NOT_IN_LANGUAGE, "only a function's name can be called")
    function = FUNCTIONS.get(called)
    if function is None:
        return _unknown_function(checker, node.func, called)
    if not _counted(checker, node, called, function):
        return checker.made(node, INVALID, closures.constant(None), arguments)
    _typed(checker, node.args, called, function, arguments)
    if function.mask is not None:
        _check_mask(checker, node.args[function.mask], arguments[function.mask])
    result = _common(arguments) if function.result == SAME else function.result
    run = phones.covering(called, arguments, checker.country) or closures.calling(
        function.call, [argument.run for argument in arguments]
    )
    return checker.made(node, result, run, arguments)


def _unknown_function(checker: Checker, node: ast.expr, called: str) -> Part:
    if checker.has_told(f"{called}("):
        return checker.invalid(node)
    value, _, method = called.rpartition(".")
    suggestion = offer([f"{method}({value})"]) if value and method in FUNCTIONS else NO_ADVICE
    if not suggestion and checker.may_suggest():
        suggestion = nearest(called, FUNCTIONS)
    return checker.refuse(node, problems.UNKNOWN_FUNCTION, f"unknown function `{short(called)}`", suggestion)


def _counted(checker: Checker, node: ast.Call, called: str, function: Function) -> bool:
    wanted, given = len(function.parameters), len(node.args)
    if given == wanted or (function.repeats and given > wanted):
        return True
    count = (
        f"{wanted} or more arguments" if function.repeats else "1 argument" if wanted == 1 else f"{wanted} arguments"
    )
    checker.refuse(node, problems.ARGUMENTS, f"`{called}` takes {count}, not {given}")
    return False


def _typed(
    checker: Checker, nodes: Sequence[ast.expr], called: str, function: Function, arguments: Sequence[Part]
) -> None:
    """Complains about every argument of a wrong type."""
    for index, (node, argument) in enumerate(zip(nodes, arguments, strict=True)):
        wanted = function.parameters[min(index, len(function.parameters) - 1)]
        if wanted == SAME:
            wanted = arguments[0].type
        if wanted != ANY and not compatible(argument.type, wanted):
            message = f"`{called}` takes {IN_WORDS[wanted]} here, and this is {IN_WORDS[argument.type]}"
            checker.mismatch(node, argument, wanted, message)


def _common(arguments: Sequence[Part]) -> str:
    type_ = arguments[0].type
    for argument in arguments[1:]:
        type_ = joint(type_, argument.type)
    return type_


def _check_mask(checker: Checker, node: ast.expr, mask: Part) -> None:
    if mask.literal and isinstance(mask.value, str) and compile_mask(mask.value) is None:
        checker.refuse(node, problems.MASK, "a range of digits in this mask falls instead of rising")
