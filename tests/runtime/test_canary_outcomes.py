"""Whether two shares truly differ, held against judges that know nothing of the sums in the module: published intervals,
whole numbers alone, chance itself, and every result that two equal versions can have."""

import random
from fractions import Fraction
from itertools import product
from math import comb

import pytest

from router.runtime.records import Figures
from router.runtime.versions.canary_outcomes import (
    FEWER,
    MORE,
    OUTCOMES,
    SAME,
    SURE,
    TOO_FEW,
    UNCLEAR,
    chance_higher,
    compare,
    interval,
)

PUBLISHED = {  # Newcombe, Statistics in Medicine 17 (1998), table II, method 10
    (56, 70, 48, 80): (0.0524, 0.3339),
    (9, 10, 3, 10): (0.1705, 0.8090),
    (6, 7, 2, 7): (0.0582, 0.8062),
    (5, 56, 0, 29): (-0.0381, 0.1926),
    (0, 10, 0, 20): (-0.1611, 0.2775),
    (0, 10, 0, 10): (-0.2775, 0.2775),
    (10, 10, 0, 20): (0.6791, 1.0000),
    (10, 10, 0, 10): (0.6075, 1.0000),
}


@pytest.mark.parametrize("counts", PUBLISHED)
def test_the_interval_is_the_published_one(counts: tuple[int, int, int, int]) -> None:
    assert interval(*counts) == pytest.approx(PUBLISHED[counts], abs=5e-5)


def exactly(hits: int, calls: int, other_hits: int, other_calls: int) -> Fraction:
    """The chance by integrating the product of the two densities as a polynomial, in whole numbers: nothing is rounded."""
    a, b, c, d = hits, calls - hits, other_hits, other_calls - other_hits
    total = Fraction(0)
    for j in range(b + 1):  # (1 - x)^b as a polynomial; the inner integral of y^c (1 - y)^d from 0 to x as well
        for k in range(d + 1):
            sign = (-1) ** (j + k)
            total += Fraction(sign * comb(b, j) * comb(d, k), (c + k + 1) * (a + j + c + k + 2))
    return total * (calls + 1) * comb(calls, hits) * (other_calls + 1) * comb(other_calls, other_hits)


def test_the_chance_is_the_integral() -> None:
    """Of every result of two small samples, and of some larger ones."""
    small = [(h, n, o, m) for n, m in product(range(6), range(5)) for h in range(n + 1) for o in range(m + 1)]
    for counts in [*small, (18, 20, 90, 100), (3, 40, 30, 31), (25, 25, 60, 61), (0, 20, 0, 90)]:
        assert chance_higher(*counts) == pytest.approx(float(exactly(*counts)), abs=1e-12), counts


def test_the_chance_is_what_chance_does() -> None:
    throw = random.Random(7)
    for hits, calls, other_hits, other_calls in ((30, 40, 320, 360), (9, 200, 110, 1800), (480, 900, 510, 1000)):
        draws = 20_000
        higher = sum(
            throw.betavariate(hits + 1, calls - hits + 1)
            > throw.betavariate(other_hits + 1, other_calls - other_hits + 1)
            for _ in range(draws)
        )
        assert chance_higher(hits, calls, other_hits, other_calls) == pytest.approx(higher / draws, abs=0.015)


def test_it_is_the_same_from_both_sides_and_at_any_size() -> None:
    for hits, calls, other_hits, other_calls in ((1, 30, 700, 9000), (29, 30, 100, 9000), (15, 30, 8999, 9000)):
        there = chance_higher(hits, calls, other_hits, other_calls)
        back = chance_higher(other_hits, other_calls, hits, calls)
        missed = chance_higher(calls - hits, calls, other_calls - other_hits, other_calls)
        assert (back, missed) == pytest.approx((1 - there, 1 - there), abs=1e-9)
    summed = chance_higher(19_990, 40_100, 20_150, 40_100)  # on this side of where the sum becomes too long
    assert chance_higher(20_010, 40_140, 20_170, 40_140) == pytest.approx(summed, abs=1e-3)
    assert chance_higher(900_000, 1_000_000, 1, 1_000_000) == 1


def test_two_equal_versions_rarely_look_different() -> None:
    """Over every result of 30 and 60 calls of one true share: the interval misses nothing in some 95 of 100, and a
    difference is named in one of five at the most."""
    for share in (0.1, 0.5, 0.85):
        of_canary, of_active = (
            [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)] for n in (30, 60)
        )
        held = named = 0.0
        for (hits, chance), (other, other_chance) in product(enumerate(of_canary), enumerate(of_active)):
            low, high = interval(hits, 30, other, 60)
            higher = chance_higher(hits, 30, other, 60)
            held += chance * other_chance * (low <= 0 <= high)
            named += chance * other_chance * (max(higher, 1 - higher) >= SURE)
        assert held > 0.94
        assert named < 0.21


def verdicts(active: Figures, canary: Figures) -> dict[str, str]:
    return {one.name: one.verdict for one in compare(active, canary)}


def test_what_is_said() -> None:
    active = Figures(calls=360, answered=320, missed=30, hung_up=10, failing=4)
    canary = Figures(calls=40, answered=30, missed=9, hung_up=1, failing=0)
    found = verdicts(active, canary)
    assert tuple(found) == OUTCOMES
    assert (found["answered"], found["missed"], found["hung_up"]) == (FEWER, MORE, UNCLEAR)
    told = {one.name: one.told for one in compare(active, canary)}
    assert told["answered"] == f"{1 - float(exactly(30, 40, 320, 360)):.1%} likely fewer"
    assert told["hung_up"] == "no difference can be told yet"
    alike = verdicts(Figures(calls=9000, answered=8100, missed=900), Figures(calls=1000, answered=899, missed=101))
    assert (alike["answered"], alike["failing"]) == (SAME, SAME)


def test_few_calls_tell_nothing() -> None:
    for active, canary in ((500, 19), (19, 500)):
        found = compare(Figures(calls=active, answered=active), Figures(calls=canary, missed=canary))
        assert {one.verdict for one in found} == {TOO_FEW}
        assert found[0].told == "too few calls to tell (at least 20 of each version are needed)"
    assert compare(Figures(), Figures(calls=500, answered=500)) == ()


def test_each_call_is_in_one_outcome() -> None:
    figures = Figures(calls=10, answered=3, missed=2, hung_up=1, released=1)
    assert figures.undecided == 3
