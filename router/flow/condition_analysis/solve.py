"""Trying a formula out: every variable in every place that it can have among the values it is compared with."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import floor, inf, prod
from typing import Any, Final

from router.flow.condition_analysis.formula import RELATIONS, All, Constant, Fact, Formula, Not, Relation, Some

MOST_TRIALS: Final = 1024  # of one question
EFFORT: Final = 100_000  # trials for one flow
MOST_RELATED: Final = 50  # conditions about one thing that are looked at together


@dataclass(frozen=True, slots=True)
class Range:
    """What a number of the language can be."""

    low: float
    high: float
    whole: bool


RANGES: Final[tuple[tuple[re.Pattern[str], Range], ...]] = (
    (re.compile(r"now\.hour"), Range(0, 23, True)),
    (re.compile(r"now\.minute"), Range(0, 59, True)),
    (re.compile(r"now\.weekday"), Range(1, 7, True)),
    (re.compile(r"hash_percent\([^()]*\)"), Range(0, 99, True)),
    (
        re.compile(r"visits\.\w+|len\([^()]*\)|result\.code|call\.(dct_type|talk_seconds|end_reason)"),
        Range(0, inf, True),
    ),
    (re.compile(r"call\.age|limits\.\w+\.wait|hours\.\w+\.opens_in"), Range(0, inf, False)),
)

Place = tuple[Any, int]
"""(the value at or below which it stands, 0 at it and 1 above it); None is below all values."""


@dataclass(slots=True)
class Effort:
    """How much trying is left; when nothing is, everything is possible."""

    trials: int = EFFORT


def outcomes(told: Formula, effort: Effort) -> frozenset[bool]:
    """What the condition can be: both, or only one."""
    possible = frozenset((True, False))
    found = set()
    for outcome in _trials((told,), effort):
        found.add(outcome[0])
        if found == possible:
            return possible
    return frozenset(found) or possible


class Before:
    """The conditions of the lines above, by what they are about."""

    def __init__(self, formulas: Iterable[Formula] = ()) -> None:
        self.all: set[Formula] = set()
        self._about: dict[str, list[Formula]] = {}
        for told in formulas:
            self.add(told)

    def add(self, told: Formula) -> None:
        if told not in self.all:
            self.all.add(told)
            for text in variables_of((told,)):
                self._about.setdefault(text, []).append(told)

    def related(self, told: Formula) -> tuple[Formula, ...]:
        """The latest of those that share a variable with `told`; leaving some out never makes one too sure."""
        found = dict.fromkeys(
            other for text in variables_of((told,)) for other in self._about.get(text, ())[-MOST_RELATED:]
        )
        return tuple(found)


def can_hold(told: Formula, before: Before, effort: Effort) -> bool:
    """Whether the condition can be true while none of those `before` it is."""
    if told in before.all:
        return False
    related = before.related(told)
    if not related:
        return True
    tried = False
    for outcome in _trials((told, *related), effort):
        tried = True
        if outcome[0] and not any(outcome[1:]):
            return True
    return not tried


def range_of(text: str) -> Range | None:
    """What the number can be, where the language says so."""
    return next((found for pattern, found in RANGES if pattern.fullmatch(text)), None)


def variables_of(formulas: Iterable[Formula]) -> dict[str, set[Any]]:
    """Each variable with the values that it is compared with; none of what is only true or false."""
    found: dict[str, set[Any]] = {}
    waiting = list(formulas)
    while waiting:
        match waiting.pop():
            case Fact(text):
                found.setdefault(text, set())
            case Relation(text, _, value):
                found.setdefault(text, set()).add(value)
            case Not(part):
                waiting.append(part)
            case All(parts) | Some(parts):
                waiting.extend(parts)
    return found


def _trials(formulas: Sequence[Formula], effort: Effort) -> Iterator[list[bool]]:
    """What the formulas are in every case; nothing when there are too many to try."""
    places = {text: _places(text, values) for text, values in variables_of(formulas).items()}
    count = prod(len(options) for options in places.values())
    if count > MOST_TRIALS or count * len(formulas) > effort.trials:
        return
    effort.trials -= count * len(formulas)
    for chosen in product(*places.values()):
        case = dict(zip(places, chosen, strict=True))
        yield [_holds(told, case) for told in formulas]


def _places(text: str, values: set[Any]) -> list[Any]:
    """Where a variable can stand: True and False of a fact; at, between and around the values of any other."""
    if not values:
        return [True, False]
    written = sorted(values)
    allowed = range_of(text)
    places: list[Place] = []
    for index, value in enumerate([None, *written]):
        places += [(value, 0)] if value is not None and _is_possible(value, allowed) else []
        above = written[index] if index < len(written) else inf
        places += [(value, 1)] if _is_gap_possible(value, above, allowed) else []
    return places


def _is_possible(value: Any, allowed: Range | None) -> bool:
    if allowed is None:
        return True
    return allowed.low <= value <= allowed.high and (not allowed.whole or value == floor(value))


def _is_gap_possible(below: Any, above: Any, allowed: Range | None) -> bool:
    """Whether something lies strictly between the two; without a range, that is always believed."""
    if allowed is None:
        return True
    low, high = -inf if below is None else below, above
    if not allowed.whole:
        return low < allowed.high and high > allowed.low
    first = max(allowed.low, floor(low) + 1 if low != -inf else -inf)
    return bool(first < high and first <= allowed.high)


def _holds(told: Formula, case: Mapping[str, Any]) -> bool:
    match told:
        case Constant(value):
            return value
        case Fact(text):
            return bool(case[text])
        case Relation(text, word, value):
            return _compare(case[text], word, value)
        case Not(part):
            return not _holds(part, case)
        case All(parts):
            return all(_holds(part, case) for part in parts)
        case Some(parts):
            return any(_holds(part, case) for part in parts)


def _compare(place: Place, word: str, value: Any) -> bool:
    """The place against a value: as if the thing stood half a step above the value that the place names."""
    below, step = place
    if below is None:
        return RELATIONS[word](-1, 0)
    if below == value:
        return RELATIONS[word](step, 0)
    return RELATIONS[word](1 if below > value else -1, 0)
