"""How much is old, without looking at all of it.

The journal's lines are numbered in the order of their coming, so the place where the old ones end is found by halving.
A few hundred lines up to there, one by chance in each of as many equal parts, stand for all: a line of an old call
counts as one line, as the 1/n-th part of a call that has n lines, and as so much of its commands. Where there are no
more lines than that, they are all looked at.

A line of a database that nobody has read for months is a few turns of the disk. So the sample is read in an
order of chance, some lines at a time, and what was seen by the end of a certain time does.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from router.runtime.records import EndedCall, OldContent
from router.store import statements
from router.store.statement import Row

SAMPLE: Final = 500
ROUNDS: Final = 20  # 25 lines each, about 20 ms on a disk that has not read them yet
MOST_SECONDS: Final = 0.12
MOST_STRAYS: Final = 20_000  # commands of no call that are counted
Rows = Callable[..., list[Row]]  # of a statement with its values


def count_old(rows: Rows, before: float, clock: Callable[[], float] = time.monotonic) -> OldContent:
    """What was over by then, as sums."""
    until = clock() + MOST_SECONDS
    strays = int(rows(statements.STRAY_COMMANDS, before, MOST_STRAYS)[0][0])
    first, last = _old_lines(rows, before)
    numbers = _spread(first, last, SAMPLE) if first <= last else []
    is_whole = len(numbers) == last + 1 - first
    found, asked = _sampled(rows, before, numbers, time_is_up=lambda: not is_whole and clock() >= until)
    share = asked / (last + 1 - first) if numbers else 1.0
    calls = events = commands = 0.0
    for lines, its_commands, call_is_old in found:
        if call_is_old is None:  # it belongs to no call
            events += 1
        elif call_is_old:
            events, calls, commands = events + 1, calls + 1 / lines, commands + its_commands / lines
    return OldContent(
        calls=round(calls / share),
        events=round(events / share),
        commands=round(commands / share) + strays,
        is_estimate=share < 1.0 or strays == MOST_STRAYS,
        lines=len(found),
    )


def _sampled(
    rows: Rows, before: float, numbers: Sequence[int], time_is_up: Callable[[], bool]
) -> tuple[list[Row], int]:
    """(what the lines say, how many numbers were asked for): one round at least, and then until time is up."""
    found: list[Row] = []
    asked = 0
    for start in range(min(ROUNDS, len(numbers))):
        part = numbers[start::ROUNDS]
        found += rows(statements.SAMPLED_LINES, before, msgspec.json.encode(part).decode())
        asked += len(part)
        if time_is_up():
            break
    return found, asked


def _old_lines(rows: Rows, before: float) -> tuple[int, int]:
    """(the first number, the last one that may be old); the last is the smaller one when there is none."""
    oldest, newest = rows(statements.LINE_FROM, 0), rows(statements.LAST_LINE)
    if not oldest or not newest:
        return 1, 0
    first, after = int(oldest[0][0]), int(newest[0][0]) + 1
    low, high = first, after  # the first line that is not old has a number from `low` to `high`
    while low < high:
        middle = (low + high) // 2
        found = rows(statements.LINE_FROM, middle)
        if found and found[0][1] < before:
            low = int(found[0][0]) + 1
        else:
            high = middle
    return first, low - 1


def _spread(first: int, last: int, most: int) -> Sequence[int]:
    """At most so many numbers: one in each of equal parts, where a regular pattern of the lines cannot mislead, and in
    no order, so that the first of them are a fair sample too."""
    total = last + 1 - first
    count, chance = min(most, total), random.Random(total)  # the same answer to the same question
    edges = [first + total * place // count for place in range(count + 1)]
    numbers = [chance.randrange(low, high) for low, high in pairwise(edges)]
    chance.shuffle(numbers)
    return numbers


def entry_ids_by_account(calls: Iterable[EndedCall]) -> dict[str, list[str]]:
    """The statements are by account."""
    found: dict[str, list[str]] = {}
    for call in calls:
        found.setdefault(call.account, []).append(call.entry_id)
    return found
