"""Telephone numbers in comparisons: a written one is read as people write it, in the country of the bundle.

`caller.number == "8 (926) 123-45-67"` holds for 79261234567. A literal that is no number could never be equal to one,
so it is refused; a text that is known only in the call is read when it is compared.
"""

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from router.flow.expressions import problems
from router.flow.expressions.checker import Checker
from router.flow.expressions.parts import Part, Run
from router.flow.expressions.types import PHONE, TEXT
from router.flow.resources.masks import compile_mask
from router.flow.resources.phone_masks import is_mask, mask_forms
from router.protocol.dial_plan import other_form
from router.protocol.phone_numbers import comparable, read_number

WITHHELD: Final = "caller.withheld"
_SUFFIXES: Final = {"matches": "", "starts_with": "*"}  # functions -> what makes a mask of their second argument

Compare = Callable[[Any, Any], Any]


def equality(checker: Checker, left: tuple[ast.expr, Part], right: tuple[ast.expr, Part], test: Compare) -> Compare:
    """`==` or `!=` of which one side, or both, is a phone."""
    (left_node, one), (right_node, other) = left, right
    if one.type == PHONE and other.type == PHONE:
        return test
    node, text = (right_node, other) if one.type == PHONE else (left_node, one)
    negated = test(0, 1)
    if text.type == TEXT and text.literal:
        phone_node = left_node if one.type == PHONE else right_node
        known = forms(checker, node, text, checker.tree.text(phone_node))
        return _among(known, phone_first=one.type == PHONE, negated=negated)
    return _read_when_compared(checker.country, negated=negated)


def forms(checker: Checker, node: ast.expr, literal: Part, phone: str = "caller.number") -> frozenset[str]:
    """The numbers that a written text stands for; refuses one that stands for none. `phone` is the other side."""
    text = str(literal.value)
    if not text.strip():
        return frozenset({""})
    found = read_number(text, checker.country)
    if found.number:
        return frozenset({found.number, other_form(found.number) or found.number})
    if found.withheld:
        advice = f'a withheld number is empty: compare with "", or ask `{WITHHELD}`'
        checker.refuse(node, problems.NO_NUMBER, f"no caller has the number `{text}`", advice)
    elif is_mask(text):
        advice = f'a mask stands in matches({phone}, "{text}")'
        checker.refuse(node, problems.NO_NUMBER, f"no caller has the number `{text}`", advice)
    else:
        checker.refuse(node, problems.NO_NUMBER, f"no caller has the number `{text}`: {found.problem}")
    return frozenset()


def covering(called: str, arguments: Sequence[Part], country: str) -> Run | None:
    """`matches` and `starts_with` of a phone and a written mask or beginning, read as people write numbers."""
    if called not in _SUFFIXES or arguments[0].type != PHONE or not arguments[1].literal:
        return None
    written = f"{arguments[1].value}{_SUFFIXES[called]}"
    if not is_mask(written):
        number = read_number(written, country).number
        known = frozenset({number, other_form(number)}) if number else frozenset()
        return _asking(arguments[0].run, lambda value: value in known) if number else None
    compiled = [mask for form in mask_forms(written, country) if (mask := compile_mask(form)) is not None]
    if not compiled:
        return None
    return _asking(arguments[0].run, lambda value: any(mask.matches(value) for mask in compiled))


def _asking(phone: Run, test: Callable[[Any], bool]) -> Run:
    return lambda scope: test(phone(scope))


def _among(known: frozenset[str], *, phone_first: bool, negated: bool) -> Compare:
    def compare(left: Any, right: Any) -> bool:
        return ((left if phone_first else right) in known) != negated

    return compare


def _read_when_compared(country: str, *, negated: bool) -> Compare:
    def compare(left: Any, right: Any) -> bool:
        same = left == right or comparable(left, country) == comparable(right, country)
        return same != negated

    return compare
