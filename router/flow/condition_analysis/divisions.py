"""Formulas of divided domains, and the search for a way in which they are true or false."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

MOST_RELATED: Final = 50  # conditions about one thing that are looked at together
EFFORT: Final = 100_000  # narrowings for one flow


@dataclass(frozen=True, slots=True)
class Division:
    """Something that divides the domain of its subject in two.

    A side is a bit for each value where the values are few, and `Spans` where they are ordered and many.
    """

    subject: str
    yes: Any
    no: Any


@dataclass(frozen=True, slots=True)
class Junction:
    """`or` if a part that is true decides it, `and` if one that is false does; without parts it is the other value."""

    decides: bool
    parts: "tuple[Formula, ...]" = ()


Formula = Division | Junction
Narrowed = Mapping[str, Any]
"""Subject -> the side of its domain that is left."""
TRUE: Final = Junction(False)
FALSE: Final = Junction(True)


class _Spent(Exception):
    """The effort is spent: everything is possible."""


@dataclass(slots=True)
class Effort:
    """How much looking is left."""

    left: int = EFFORT

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Spent


def negated(formula: Formula) -> Formula:
    if isinstance(formula, Division):
        return Division(formula.subject, formula.no, formula.yes)
    return Junction(not formula.decides, tuple(negated(part) for part in formula.parts))


def outcomes(formula: Formula, effort: Effort) -> frozenset[bool]:
    """What the condition can be: both, or only one."""
    return frozenset(value for value in (True, False) if _is_possible([(formula, value)], effort))


@dataclass(slots=True)
class Before:
    """The conditions of the lines above, by what they are about."""

    about: dict[str, dict[Formula, None]] = field(default_factory=dict)

    def add(self, formula: Formula) -> None:
        for subject in _subjects(formula):
            self.about.setdefault(subject, {})[formula] = None

    def leave(self, formula: Formula, effort: Effort) -> bool:
        """Whether the condition can be true while none of these is. Of those about its subjects the latest count:
        leaving some out never makes one too sure."""
        about = [self.about.get(subject, {}) for subject in _subjects(formula)]
        related = dict.fromkeys(other for known in about for other in islice(reversed(known), MOST_RELATED))
        again = any(formula in known for known in about)
        return not again and _is_possible([(formula, True), *((other, False) for other in related)], effort)


def _subjects(formula: Formula) -> list[str]:
    if isinstance(formula, Division):
        return [formula.subject]
    return list(dict.fromkeys(subject for part in formula.parts for subject in _subjects(part)))


def _is_possible(wanted: Sequence[tuple[Formula, bool]], effort: Effort) -> bool:
    try:
        return next(_all(wanted, {}, effort), None) is not None
    except _Spent:
        return True


def _all(wanted: Sequence[tuple[Formula, bool]], narrowed: Narrowed, effort: Effort) -> Iterator[Narrowed]:
    """The ways in which every formula has the value that is wanted of it."""
    if not wanted:
        yield narrowed
        return
    for narrower in _ways(*wanted[0], narrowed, effort):
        yield from _all(wanted[1:], narrower, effort)


def _ways(formula: Formula, value: bool, narrowed: Narrowed, effort: Effort) -> Iterator[Narrowed]:
    effort.spend()
    if isinstance(formula, Division):
        left = formula.yes if value else formula.no
        if formula.subject in narrowed:
            left = narrowed[formula.subject] & left
        if left:
            yield {**narrowed, formula.subject: left}
    elif value == formula.decides:
        for part in formula.parts:
            yield from _ways(part, value, narrowed, effort)
    else:
        yield from _all([(part, value) for part in formula.parts], narrowed, effort)
