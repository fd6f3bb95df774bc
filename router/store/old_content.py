"""How much is old, without looking at all of it.

The journal's lines are numbered in the order of their coming, so the place where the old ones end is found by halving.
A few hundred lines up to there, one by chance in each of as many equal parts, stand for all: a line of an old call
counts as one line, as the 1/n-th part of a call that has n lines, and as so much of its commands. Where there are no
more lines than that, they are all looked at.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from router.runtime.records import EndedCall, OldContent
from router.store import statements
from router.store.statement import Row

SAMPLE: Final = 500
MOST_STRAYS: Final = 20_000  # commands of no call that are counted
Rows = Callable[..., list[Row]]  # of a statement with its values


def count_old(rows: Rows, before: float) -> OldContent:
    """What was over by then, as sums."""
    strays = int(rows(statements.STRAY_COMMANDS, before, MOST_STRAYS)[0][0])
    first, last = _old_lines(rows, before)
    numbers = _spread(first, last, SAMPLE) if first <= last else []
    found = rows(statements.SAMPLED_LINES, before, msgspec.json.encode(numbers).decode()) if numbers else []
    share = len(numbers) / (last + 1 - first) if numbers else 1.0
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
    )


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
    """At most so many numbers: one in each of equal parts, where a regular pattern of the lines cannot mislead."""
    total = last + 1 - first
    count, chance = min(most, total), random.Random(total)  # the same answer to the same question
    edges = [first + total * place // count for place in range(count + 1)]
    return [chance.randrange(low, high) for low, high in pairwise(edges)]


def entry_ids_by_account(calls: Iterable[EndedCall]) -> dict[str, list[str]]:
    """The statements are by account."""
    found: dict[str, list[str]] = {}
    for call in calls:
        found.setdefault(call.account, []).append(call.entry_id)
    return found
