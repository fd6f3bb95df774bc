"""Masks over phone numbers, for lists and for `matches(text, mask)`.

    *          any run of characters, also an empty one
    x X #      one digit
    a-b        between single digits: one digit from a to b, as in 749511122-5xx
    low-high   as the whole mask, two numbers of equal length: every number of that length between them

Everything else stands for itself. `10-20` is therefore a range of two-digit numbers, `7-9*` one digit from 7 to 9 and
whatever follows. A mask always covers the whole text. Matching never backtracks over more than one run, so its cost
is linear in the text for a given mask.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

RUN: Final = "*"
ANY: Final = "0123456789"

_WHOLE_RANGE: Final = re.compile(r"([0-9]+)-([0-9]+)", re.ASCII)
_TOKEN: Final = re.compile(r"([0-9])-([0-9])|.", re.ASCII | re.DOTALL)
_ONE_DIGIT: Final = frozenset("xX#")


@dataclass(frozen=True, slots=True)
class Span:
    """All numbers of one length from `low` to `high`, both included."""

    low: str
    high: str  # as long as `low`, and not below it


def parse_span(mask: str) -> Span | None:
    """The span that the whole mask is, or None when it is no span."""
    found = _WHOLE_RANGE.fullmatch(mask)
    if found is None or len(found[1]) != len(found[2]) or found[1] > found[2]:
        return None
    return Span(found[1], found[2])


def parse_tokens(mask: str) -> tuple[str, ...] | None:
    """The mask, place by place: RUN, or the characters that fit there; None for a digit range that falls."""
    tokens: list[str] = []
    for found in _TOKEN.finditer(mask):
        low, high = found[1], found[2]
        if low is None:
            tokens.append(ANY if found[0] in _ONE_DIGIT else found[0])
        elif low > high:
            return None
        else:
            tokens.append(ANY[int(low) : int(high) + 1])
    return tuple(tokens)


class Mask:
    """A compiled mask."""

    __slots__ = ("_pattern", "_span", "written")

    def __init__(self, written: str, pattern: re.Pattern[str], span: Span | None = None) -> None:
        self.written = written
        self._pattern = pattern
        self._span = span

    def matches(self, text: str) -> bool:
        """Whether the mask covers the whole of `text`."""
        if self._pattern.fullmatch(text) is None:
            return False
        return self._span is None or self._span.low <= text <= self._span.high


def compile_mask(mask: str) -> Mask | None:
    """The compiled mask, or None when it holds a digit range that falls (`9-5`)."""
    span = parse_span(mask)
    if span is not None:
        return Mask(mask, re.compile(f"[0-9]{{{len(span.low)}}}"), span)
    tokens = parse_tokens(mask)
    return None if tokens is None else Mask(mask, re.compile(_regular_expression(tokens), re.DOTALL))


def matches(text: str, mask: str) -> bool:
    """Whether `mask` covers the whole of `text`; a mask that makes no sense covers nothing."""
    compiled = _compiled(mask)
    return compiled is not None and compiled.matches(text)


_compiled = lru_cache(maxsize=1024)(compile_mask)


def _regular_expression(tokens: Sequence[str]) -> str:
    """Every run but the last takes the nearest place where what follows it fits, once and for all.

    For masks of this kind the nearest place is always good enough, and an atomic group keeps the regular expression
    from ever trying another one.
    """
    segments = [""]
    for token in tokens:
        if token == RUN:
            segments.append("")
        else:
            segments[-1] += f"[{token}]" if len(token) > 1 else re.escape(token)
    if len(segments) == 1:
        return segments[0]
    first, *middle, last = segments
    return first + "".join(f"(?>.*?{segment})" for segment in middle if segment) + ".*" + last
