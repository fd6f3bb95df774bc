"""Advice about an expression is tried out before it is given: what it makes of the source has to compile.

Where the suggestions of the problems do that, they are kept as they are. Otherwise the source may be that of another
language (`foreign`), and one problem shows the whole of it in ours. A suggestion that only leads to another problem is
left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from router.flow.expressions.foreign import LONGEST, translated
from router.flow.expressions.problems import UNKNOWN_FUNCTION, UNKNOWN_NAME, Problem
from router.flow.expressions.types import Names
from router.flow.suggestions.advice import Advice

Problems = Callable[[str], list[Problem]]
"""What is wrong with a source; nothing when it compiles."""


def advised(source: str, found: list[Problem], names: Names, problems_of: Problems) -> list[Problem]:
    """The problems of a source, with advice that holds."""
    if len(source) > LONGEST:
        return found
    followed = _followed(source, found)
    holds = followed != source and _advised(found) == len(found) and not problems_of(followed)
    meant = _meant(source, found, names, problems_of)  # a word of another language means more than one that looks alike
    if holds and meant in (None, followed):
        return found
    if meant is not None:
        advice = Advice(f"write `{meant}`", meant, span=(0, len(source)))
        return [replace(found[0], advice=advice)]
    return [_tried(source, problem, found, problems_of) for problem in found]


def _meant(source: str, found: Sequence[Problem], names: Names, problems_of: Problems) -> str | None:
    """The source in our language, or None when that cannot be found out. A guess is not built upon another one."""
    said = translated(source, names)
    if said is not None:
        left = problems_of(said)
        sure = not any(problem.code in (UNKNOWN_NAME, UNKNOWN_FUNCTION) for problem in left)
        followed = _followed(said, left) if sure else said
        for attempt in dict.fromkeys((said, followed, translated(followed, names) or followed)):
            if not problems_of(attempt):
                return attempt
    followed = _followed(source, found)
    left = problems_of(followed)
    if {problem.message for problem in left} <= {problem.message for problem in found}:  # a word that is told once
        followed = _followed(followed, left)
    for attempt in (followed, translated(followed, names) or followed) if followed != source else ():
        if not problems_of(attempt):
            return attempt
    return None


def _followed(source: str, found: Sequence[Problem]) -> str:
    """The source after every suggestion that leaves no choice."""
    for problem in sorted(found, key=lambda one: one.offset, reverse=True):
        if isinstance(problem.advice, Advice) and problem.advice.instead is not None:
            start, length = problem.advice.span or (problem.offset, problem.length)
            source = source[:start] + problem.advice.instead + source[start + length :]
    return source


def _advised(found: Sequence[Problem]) -> int:
    return sum(isinstance(problem.advice, Advice) and problem.advice.instead is not None for problem in found)


def _tried(source: str, problem: Problem, found: Sequence[Problem], problems_of: Problems) -> Problem:
    """The problem, without its suggestion where that only leads to another one."""
    if not _advised([problem]):
        return problem
    others = {(other.code, other.message) for other in found if other is not problem}
    left = {(other.code, other.message) for other in problems_of(_followed(source, [problem]))}
    return problem if left <= others else replace(problem, advice="")
