"""How the calls of a canary ended beside those of the active version, and the chance that the two truly differ.

The more calls there are, the better a share of them is known. With no opinion beforehand (a uniform prior) a share of
which `hits` of `calls` were seen is Beta(hits + 1, calls - hits + 1), and the chance that one share is higher than
another is a finite sum. The difference has an interval of 95 % by Newcombe's method 10, of two Wilson intervals
(Statistics in Medicine 17, 1998, 873-890), which holds for few calls and for shares near 0 and 1, where the usual one
does not.

This judges nothing: when a canary ends by itself stands in `canary`.
"""

from dataclasses import dataclass
from math import erfc, exp, lgamma, log, sqrt
from typing import Final

from router.runtime.records import Figures

OUTCOMES: Final = ("answered", "missed", "hung_up", "released", "undecided", "failing")
"""Of `Figures`. Each call has one of the first five; any may have had a command that failed, too."""

LEAST_CALLS: Final = 20
"""Of each version, before anything is said about the two."""

SURE: Final = 0.9
"""From this chance on a difference is named. Of two equal versions one outcome in five comes so far by chance alone: it
is a reason to look closer, and none to act."""

ALIKE: Final = 0.05
"""Shares that surely differ by less are called the same."""

MOST_TERMS: Final = 20_000
"""Of the sum; with more calls than that the chance is that of two normal distributions, to four digits."""

Z95: Final = 1.959963984540054

TOO_FEW, MORE, FEWER, SAME, UNCLEAR = "too-few", "more", "fewer", "same", "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One outcome of the two versions."""

    name: str  # of OUTCOMES
    active: int  # calls that ended so
    canary: int
    difference: float  # the canary's share of its calls less the active version's, -1 to 1
    low: float  # where the true difference is, with a chance of 95 %
    high: float
    chance_higher: float  # that the canary's true share is the higher one, 0 to 1
    verdict: str  # TOO_FEW, MORE, FEWER, SAME or UNCLEAR

    @property
    def told(self) -> str:
        """The verdict in words."""
        if self.verdict == TOO_FEW:
            return f"too few calls to tell (at least {LEAST_CALLS} of each version are needed)"
        if self.verdict in (MORE, FEWER):
            chance = self.chance_higher if self.verdict == MORE else 1 - self.chance_higher
            return f"{percent_of(chance)} likely {self.verdict}"
        return "the same, within 5 points" if self.verdict == SAME else "no difference can be told yet"


def compare(active: Figures, canary: Figures) -> tuple[Compared, ...]:
    """Every outcome; nothing while one of the two has no call that is over."""
    if not active.calls or not canary.calls:
        return ()
    return tuple(_compared(name, active, canary) for name in OUTCOMES)


def _compared(name: str, active: Figures, canary: Figures) -> Compared:
    before, now = getattr(active, name), getattr(canary, name)
    low, high = interval(now, canary.calls, before, active.calls)
    chance = chance_higher(now, canary.calls, before, active.calls)
    return Compared(
        name=name,
        active=before,
        canary=now,
        difference=now / canary.calls - before / active.calls,
        low=low,
        high=high,
        chance_higher=chance,
        verdict=_verdict(min(active.calls, canary.calls), chance, low, high),
    )


def _verdict(calls: int, chance: float, low: float, high: float) -> str:
    if calls < LEAST_CALLS:
        return TOO_FEW
    if max(chance, 1 - chance) >= SURE:
        return MORE if chance >= SURE else FEWER
    return SAME if low > -ALIKE and high < ALIKE else UNCLEAR


def chance_higher(hits: int, calls: int, other_hits: int, other_calls: int) -> float:
    """The chance that the first of two shares is truly the higher one."""
    a, b = hits + 1, calls - hits + 1
    c, d = other_hits + 1, other_calls - other_hits + 1
    # The same sum begins at each of the four counts: it is as short as the smallest of them.
    least = min(a, b, c, d)
    if least > MOST_TERMS:
        return _normal(a, b, c, d)
    if least == a:
        return _sum(a, b, c, d)
    if least == d:
        return _sum(d, c, b, a)
    return 1 - (_sum(c, d, a, b) if least == c else _sum(b, a, d, c))


def _sum(a: int, b: int, c: int, d: int) -> float:
    """P(X > Y) for X of Beta(a, b) and Y of Beta(c, d), in `a` terms: X is the `a`-th of a + b - 1 even throws, so it
    is higher than Y when fewer than `a` of them are lower."""
    term = lgamma(b + d) + lgamma(c + d) - lgamma(b + c + d) - lgamma(d)  # as a logarithm: the first may be 1e-5000
    total = exp(term)
    for i in range(a - 1):
        term += log((c + i) / (b + c + d + i) * ((b + i) / (1 + i)))
        total += exp(term)
    return min(total, 1.0)


def _normal(a: int, b: int, c: int, d: int) -> float:
    """The same by the means and variances of the two."""
    spread = sqrt(a * b / (a + b) ** 2 / (a + b + 1) + c * d / (c + d) ** 2 / (c + d + 1))
    return erfc((c / (c + d) - a / (a + b)) / spread / sqrt(2)) / 2


def interval(hits: int, calls: int, other_hits: int, other_calls: int) -> tuple[float, float]:
    """Where the true difference of the first share and the second one is, with a chance of 95 %."""
    share, other = hits / calls, other_hits / other_calls
    low, high = _wilson(share, calls)
    other_low, other_high = _wilson(other, other_calls)
    difference = share - other
    return (
        max(-1.0, difference - sqrt((share - low) ** 2 + (other_high - other) ** 2)),
        min(1.0, difference + sqrt((high - share) ** 2 + (other - other_low) ** 2)),
    )


def _wilson(share: float, calls: int) -> tuple[float, float]:
    """Wilson's interval of one share."""
    middle = share + Z95**2 / (2 * calls)
    reach = Z95 * sqrt((share * (1 - share) + Z95**2 / (4 * calls)) / calls)
    scale = 1 + Z95**2 / calls
    return (middle - reach) / scale, (middle + reach) / scale


def percent_of(chance: float) -> str:
    """A high chance for people: never quite 100 %, which no number of calls gives."""
    return "over 99.9%" if chance > 0.999 else f"{chance:.1%}"
