"""Names that are chosen in the call: `hours[vars.branch].open`, `caller.number in lists[vars.team]`.

Which of them there are is known, which is meant is not: a text that names none is closed, or empty (`Scope.chosen`,
`Scope.in_chosen`). A text that is written out is a name like any other, and is written as one.
"""

import ast
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from router.flow.expressions import problems
from router.flow.expressions.checker import Checker
from router.flow.expressions.nearest import nearest
from router.flow.expressions.parts import Part, Run
from router.flow.expressions.problems import short
from router.flow.expressions.syntax import CHOSEN
from router.flow.expressions.types import LIST, TEXT, hours_names
from router.flow.suggestions.advice import NO_ADVICE, offer

HOURS, LISTS = "hours", "lists"
_OF_HOURS: Final = {name.rpartition(".")[2]: kind for name, kind in hours_names("").items()}
"""What there is of hours, with its type."""

MARK: Final = "[]"
"""Ends the name under which an expression says that it chooses one, so that it is never taken for a constant."""


def member(checker: Checker, node: ast.expr) -> Part:
    """`hours[TEXT].open`."""
    assert isinstance(node, ast.Attribute)
    found = _choice(checker, node.value, HOURS)
    kind = _OF_HOURS.get(node.attr)
    if found is None:
        return checker.refuse(node, problems.NOT_IN_LANGUAGE, "only hours[...] have parts", NO_ADVICE)
    if kind is None:
        message = f"hours have no `{short(node.attr)}`"
        near = nearest(node.attr, _OF_HOURS)
        instead = f"{checker.tree.text(node.value)}.{near.instead}"
        advice = offer([instead]) if near else f"there are {', '.join(_OF_HOURS)}"
        return checker.refuse(node, problems.UNKNOWN_NAME, message, advice)
    return _part(checker, node, found, HOURS, kind, _reading(found.run, node.attr))


def _reading(key: Run, what: str) -> Run:
    return lambda scope: scope.chosen(key(scope), what)


def subscript(checker: Checker, node: ast.expr) -> Part:
    """A choice where none can stand."""
    assert isinstance(node, ast.Subscript)
    named = node.value.id if isinstance(node.value, ast.Name) else ""
    if named == HOURS:
        message, advice = "of hours something is asked", offer([f"{checker.tree.text(node)}.open"])
        return checker.refuse(node, problems.TYPES, message, advice)
    if named == LISTS:
        return checker.refuse(node, problems.TYPES, "a list only stands right of `in`")
    if named in CHOSEN:
        return checker.refuse(node, problems.TYPES, "a table only stands under `table` of a lookup")
    return checker.refuse(node, problems.NOT_IN_LANGUAGE, "there is no indexing")


def chosen_list(checker: Checker, node: ast.expr) -> tuple[Part, Callable[[Any, Any], bool]] | None:
    """What stands right of `in`, and the test of a value against it; None of anything but `lists[TEXT]`."""
    found = _choice(checker, node, LISTS)
    if found is None:
        return None
    key = found.run
    return _part(checker, node, found, LISTS, LIST, lambda scope: partial(scope.in_chosen, key(scope))), _holds


def _holds(value: Any, contains: Callable[[Any], bool]) -> bool:
    return contains(value)


def _choice(checker: Checker, node: ast.expr, kind: str) -> Part | None:
    """The text that chooses; None of what chooses nothing of the kind."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name) or node.value.id != kind:
        return None
    found = checker.value(node.slice, TEXT, f"`{kind}[...]` takes a text")
    if found.literal and found.type == TEXT:
        _check_written(checker, node, found, kind)
    return found


def _check_written(checker: Checker, node: ast.Subscript, found: Part, kind: str) -> None:
    """A text that is written out names one that there is. A stored bundle was checked, and has no names at hand."""
    part = 1 if kind == HOURS else 0
    known = {name.split(".")[1] for name in checker.names if name.startswith(f"{kind}.") and name.count(".") > part}
    if known and found.value not in known:
        near = nearest(found.value, known)
        advice = offer([f'{kind}["{near.instead}"]']) if near else NO_ADVICE
        checker.refuse(node, problems.UNKNOWN_NAME, f"there is no `{kind}.{short(found.value)}`", advice)


def _part(checker: Checker, node: ast.expr, found: Part, family: str, kind: str, run: Run) -> Part:
    names = found.names | {f"{family}{MARK}"}
    return Part(type=kind, run=run, start=checker.tree.start(node), end=checker.tree.end(node), names=names)
