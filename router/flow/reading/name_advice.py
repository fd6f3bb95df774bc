"""Advice that needs to know the flow or the file: variables that it does not declare, secrets where they may stand, the
quotes that a text needs.
"""

import re
from collections import ChainMap
from dataclasses import replace
from typing import Final

from router.flow.expressions import Problem, compile_expression
from router.flow.expressions.foreign import translated
from router.flow.expressions.problems import UNKNOWN_NAME
from router.flow.expressions.types import BOOL, NUMBER, TEXT, Names
from router.flow.suggestions.advice import Advice, Suggestion, as_scalar, instead_of, offer, quoted, words_of
from router.flow.yaml.node import Node

_VARIABLE: Final = re.compile(r"vars\.([a-z_][a-z0-9_]*)", re.ASCII)
_ENVIRONMENT: Final = re.compile(
    r"(?:(?:env|secrets?|process\.env|vault|environ|credentials|config)\.)?([A-Za-z_][A-Za-z0-9_]*)"
)


def undeclared(source: str, problems: list[Problem], names: Names, expect: str | None) -> list[Problem]:
    """The problems of an expression; a variable that is not declared is one, with its type as it is used."""
    unknown = [problem for problem in problems if problem.code == UNKNOWN_NAME and instead_of(problem.advice) is None]
    if len(problems) != 1 or not unknown:
        return problems
    first = unknown[0]
    written = source[first.offset : first.offset + first.length]
    found = _VARIABLE.fullmatch(written) or _VARIABLE.fullmatch((translated(written, names) or "").lower())
    if found is None:
        return problems
    whole = (0, len(source))
    source = source.replace(written, found[0])
    for kind in (NUMBER, BOOL, TEXT):
        more: Names = ChainMap({found[0]: kind}, dict(names))
        for said in dict.fromkeys((source, translated(source, more) or source)):
            if compile_expression(said, more, expect)[0] is not None:
                words = f"write `{said}`, and declare it: vars: {{{found[1]}: {{type: {kind}}}}}"
                advice = Advice(words, said, span=whole, declares=(found[1], kind))
                return [replace(first, advice=advice)]
    return problems


def in_place(problem: Problem, text: str, *, secrets: bool) -> Problem:
    """The problem of a text; where secrets may stand, a name of the environment is one, and a variable may lack its
    declaration."""
    if problem.code != UNKNOWN_NAME or instead_of(problem.advice) is not None:
        return problem
    written = text[problem.offset : problem.offset + problem.length]
    variable, environment = _VARIABLE.fullmatch(written), _ENVIRONMENT.fullmatch(written)
    if variable is not None:
        words = f"declare it: vars: {{{variable[1]}: {{type: text}}}}"
        return replace(problem, advice=Advice(words, written, declares=(variable[1], TEXT)))
    if secrets and environment is not None and ("." in written or written.isupper()):
        return replace(problem, advice=offer([f"secrets.{environment[1].lower()}"]))
    return problem


def as_typed(node: Node, advice: Suggestion) -> str:
    """The words of an advice; where it concerns the whole text, in the quotes that it needs."""
    if isinstance(advice, Advice) and advice.instead is not None and advice.span == (0, len(node.text)):
        typed = quoted(advice.instead) if node.quoted else as_scalar(advice.instead)
        return advice.words if typed == advice.instead else advice.words.replace(f"`{advice.instead}`", typed)
    return words_of(advice)


def typed(node: Node, offset: int, text: str) -> Advice:
    """The advice to write `text` from the character `offset` of a scalar on, in the quotes that the whole needs."""
    whole = node.text[:offset] + text
    return Advice(f"write {whole if node.quoted or as_scalar(whole) == whole else quoted(whole)}", text)
