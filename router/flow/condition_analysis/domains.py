"""What the names and functions of the language can be."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import ceil, floor
from typing import Any, Final

from router.flow.expressions.forms import form_of
from router.flow.expressions.syntax import MOST_CHARACTERS
from router.flow.expressions.types import BOOL
from router.flow.expressions.values import MOST

Cut = tuple[Any, int]
"""Between two values: just below a value with 0, just above it with 1."""


@dataclass(frozen=True, slots=True)
class Spans:
    """A part of an ordered domain."""

    spans: tuple[tuple[Cut, Cut], ...]

    def __and__(self, other: "Spans") -> "Spans":
        meeting = ((max(low, left), min(high, right)) for low, high in self.spans for left, right in other.spans)
        return Spans(tuple((low, high) for low, high in meeting if low < high))

    def __bool__(self) -> bool:
        return bool(self.spans)


@dataclass(frozen=True, slots=True)
class Interval:
    """An ordered domain: from `low` to `high`, both included."""

    low: Any = -MOST
    high: Any = MOST
    whole: bool = False

    def divided(self, word: str, value: Any) -> tuple[Spans, Spans]:
        """(where the comparison with the value holds, where it does not)."""
        if word in (">", ">=", "!="):
            return self.divided(_OPPOSITE[word], value)[::-1]
        below, above = ((ceil(value), 0), (floor(value) + 1, 0)) if self.whole else ((value, 0), (value, 1))
        low, high = (self.low, 0), (self.high, 1)
        if word == "==":
            return self._spans((below, above)), self._spans((low, below), (above, high))
        cut = below if word == "<" else above
        return self._spans((low, cut)), self._spans((cut, high))

    def _spans(self, *spans: tuple[Cut, Cut]) -> Spans:
        low, high = (self.low, 0), (self.high, 1)
        return Spans(
            tuple((max(low, one), min(high, other)) for one, other in spans if max(low, one) < min(high, other))
        )

    def against(self, other: "Interval") -> tuple[int, int]:
        """The least and the greatest sign of the difference to a number of the other interval."""
        least = -1 if self.low < other.high else int(self.low > other.high)
        return least, 1 if self.high > other.low else -int(self.high < other.low)


_OPPOSITE: Final = {"!=": "==", ">=": "<", ">": "<="}
TEXTS: Final = Interval("", "\U0010ffff" * (MOST_CHARACTERS + 1))  # its end is above any text that a condition writes
DAYS: Final = Interval(0, date.max.toordinal(), whole=True)  # 0 is the empty text, of hours that never open
_COUNT: Final = Interval(0, whole=True)
_SECONDS: Final = Interval(0)
_NUMBERS: Final[tuple[tuple[re.Pattern[str], Interval], ...]] = (
    (re.compile(r"visits\.\w+|result\.code|call\.(dct_type|talk_seconds|end_reason)|len\(.*\)"), _COUNT),
    (re.compile(r"call\.age|limits\.\w+\.wait|hours\.\w+\.opens_in"), _SECONDS),
    (re.compile(r"hash_percent\(.*\)"), Interval(0, 99, whole=True)),
)
CLOCK: Final[Mapping[str, Callable[[int], Any]]] = {
    "now.hour": lambda minute: minute // 60,
    "now.minute": lambda minute: minute % 60,
    "now.time": lambda minute: f"{minute // 60:02d}:{minute % 60:02d}",
}
"""What the minute of the day is called."""


def interval_of(text: str) -> Interval:
    """What the number can be that a name or a function stands for."""
    return next((interval for pattern, interval in _NUMBERS if pattern.fullmatch(text)), Interval())


@lru_cache(maxsize=1024)
def values_of(name: str, kind: str) -> tuple[str, tuple[Any, ...]]:
    """(what the name is about, its values in the order of their bits); no values where they are many. All values but
    minutes are in their order."""
    if name in CLOCK:
        return "the time of the day", tuple(map(CLOCK[name], range(24 * 60)))
    if name == "now.weekday":
        return name, tuple(range(1, 8))
    return name, (False, True) if kind == BOOL else words_of(name)


def words_of(text: str) -> tuple[str, ...]:
    """The few words that a name or a function stands for, or the empty text; none where it can be anything."""
    form = form_of(text)
    return ("", *sorted(form.sample)) if form is not None and form.sample else ()


def ranked(values: Sequence[Any], word: str, value: Any) -> tuple[int, int]:
    """(the bits of the values for which the comparison holds, all others), of values in their order."""
    below, all_of_them = (1 << bisect_left(values, value)) - 1, (1 << len(values)) - 1
    up_to = (1 << bisect_right(values, value)) - 1
    yes = {"<": below, "<=": up_to, "==": up_to - below}.get(word)
    if yes is None:
        return ranked(values, _OPPOSITE[word], value)[::-1]
    return yes, all_of_them - yes


@lru_cache(maxsize=1024)
def cases_of(kinds: frozenset[tuple[str, str]]) -> tuple[tuple[Mapping[str, Any], int], ...]:
    """(the values of names, the bits for which they have them) of the names (name, type) that are about one thing."""
    names = {name: values_of(name, kind)[1] for name, kind in kinds}
    bits: dict[tuple[Any, ...], int] = {}
    for bit, values in enumerate(zip(*names.values(), strict=True)):
        bits[values] = bits.get(values, 0) | 1 << bit
    return tuple((dict(zip(names, values, strict=True)), mask) for values, mask in bits.items())
