"""The estimate of what is old, beside the exact sums of random histories."""

import json
import random
from collections.abc import Callable
from itertools import chain, repeat
from math import sqrt
from statistics import pstdev

import pytest

from router.runtime.records import OldContent
from router.store import statements
from router.store.old_content import MOST_SECONDS, count_old
from router.store.statement import Row

OLD, NEW = 100.0, 200.0
BEFORE = 150.0


class History:
    """A journal of old lines and then new ones; some old lines are of calls that still live, or were deleted."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        lines: list[Row] = []  # as the store says of each: lines of its call, commands of its call, whether it is old
        self.calls = self.commands = 0
        for _ in range(chance.randrange(500, 3000)):
            size, commands = chance.choice((1, 2, 7, 40)), chance.randrange(6)
            is_old = chance.random() < 0.8
            lines += [(size, commands, is_old)] * size
            self.calls += is_old
            self.commands += commands * is_old
        chance.shuffle(lines)
        self.lines = dict(enumerate(lines, start=1))
        for number in chance.sample(range(2, len(lines)), len(lines) // 10):
            self.lines[number] = (1, 0, None)  # it belongs to no call
        self.last = len(lines) + chance.randrange(1000)
        self.statements = 0

    def rows(self, statement: object, *values: object) -> list[Row]:
        self.statements += 1
        if statement is statements.STRAY_COMMANDS:
            return [(0,)]
        if statement is statements.LAST_LINE:
            return [(self.last, NEW)]
        if statement is statements.LINE_FROM:
            number = max(1, int(str(values[0])))
            return [(number, OLD if number in self.lines else NEW)] if number <= self.last else []
        asked = json.loads(str(values[1]))
        return [self.lines[number] for number in asked if number in self.lines]

    def error(self, value: Callable[[Row], float], sample: int) -> float:
        """The standard error of a sum that is estimated from so many of the lines."""
        return len(self.lines) * pstdev(map(value, self.lines.values())) / sqrt(sample)

    def exact(self, value: Callable[[Row], float]) -> float:
        return sum(map(value, self.lines.values()))


def of_calls(line: Row) -> float:
    return 1 / line[0] if line[2] else 0


def of_events(line: Row) -> float:
    return line[2] is not False


def of_commands(line: Row) -> float:
    return line[1] / line[0] if line[2] else 0


def assert_near(history: History, found: OldContent) -> None:
    """Five standard errors: by chance one estimate in a million is farther off."""
    for value, estimate in ((of_calls, found.calls), (of_events, found.events), (of_commands, found.commands)):
        assert abs(estimate - history.exact(value)) <= 5 * history.error(value, found.lines) + 1


@pytest.mark.parametrize("seed", range(20))
def test_an_estimate_is_as_near_as_its_sample_allows(seed: int) -> None:
    history = History(seed)
    found = count_old(history.rows, BEFORE, clock=lambda: 0.0)
    assert (found.is_estimate, found.lines) == (True, 500)
    assert_near(history, found)


@pytest.mark.parametrize("seed", range(20))
def test_a_slow_disk_has_a_smaller_sample(seed: int) -> None:
    history = History(seed)
    times = chain((0.0, MOST_SECONDS / 2, MOST_SECONDS * 0.9), repeat(MOST_SECONDS))
    found = count_old(history.rows, BEFORE, clock=lambda: next(times))
    assert (found.is_estimate, found.lines) == (True, 75)
    assert_near(history, found)


def test_the_disk_is_asked_no_more_when_time_is_up() -> None:
    quick, slow = History(1), History(1)
    count_old(quick.rows, BEFORE, clock=lambda: 0.0)
    times = chain((0.0,), repeat(MOST_SECONDS))
    assert count_old(slow.rows, BEFORE, clock=lambda: next(times)).lines == 25
    assert quick.statements - slow.statements == 19
