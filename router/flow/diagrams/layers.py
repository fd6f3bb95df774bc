"""Layers of a drawing: which row each thing stands in, and in what order within its row.

The steps of the method: edges that would close a circle are turned round; steps get rows such that every edge points
down (by the longest path, then drawn towards where most of their edges are); an edge becomes a chain through all
rows between its ends, with its label as one link of it; and rows are sorted over and over by where their neighbours
stand, keeping the order with the fewest crossings. Steps stand in even rows, labels in odd ones, so a label never
covers anything. In a tangle the longest edges are left away, to be told in words: nobody could follow them with the
eye, and they are what takes the time.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

SWEEPS: Final = 16
MOST_POINTS: Final = 3000  # that all edges of a drawing may pass through
NEAR_ROWS: Final = 1  # an edge down to the next row of steps is always drawn

Ends = tuple[str, str]


@dataclass(slots=True, eq=False)
class Item:
    """One thing in a row: a step, a label, or a point that an edge passes through."""

    row: int
    key: Hashable
    above: list["Item"] = field(default_factory=list)
    below: list["Item"] = field(default_factory=list)
    place: int = 0  # in its row, from the left


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One edge as the items that it passes, from its source to its target."""

    ends: Ends
    items: tuple[Item, ...]
    label: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The rows from the top, each from the left; the items of steps by name; and the edges as chains."""

    rows: tuple[tuple[Item, ...], ...]
    steps: Mapping[str, Item]
    chains: tuple[Chain, ...]
    away: frozenset[Ends]  # edges that are not drawn


def layered(names: Sequence[str], edges: Sequence[Ends]) -> Layers:
    """Lay out steps and edges; `names` in the order written, edges without those from a step to itself."""
    turned = _turned(names, edges)
    away = _too_far(edges, _levels(names, _downward(edges, turned)))
    drawn = [ends for ends in edges if ends not in away]
    level = _levels(names, _downward(drawn, turned))
    steps = {name: Item(2 * level[name], name) for name in names}
    chains = tuple(_chain(steps, ends, ends in turned) for ends in drawn)
    items = [*steps.values(), *dict.fromkeys(item for chain in chains for item in chain.items[1:-1])]
    return Layers(rows=_sorted_rows(items), steps=steps, chains=chains, away=away)


def _too_far(edges: Iterable[Ends], level: Mapping[str, int]) -> frozenset[Ends]:
    """The longest edges, as many as it takes for the others to be drawn."""
    points, away = 0, set()
    rows = {(source, target): abs(level[target] - level[source]) for source, target in edges}
    for ends in sorted(rows, key=rows.__getitem__):
        points += 2 * rows[ends] - 1
        if points > MOST_POINTS and rows[ends] > NEAR_ROWS:
            away.add(ends)
    return frozenset(away)


# rows


def _downward(edges: Sequence[Ends], turned: Set[Ends]) -> list[Ends]:
    return [(target, source) if (source, target) in turned else (source, target) for source, target in edges]


def _turned(names: Sequence[str], edges: Sequence[Ends]) -> set[Ends]:
    """The edges that lead back to a step that is still being walked from: without them there is no circle."""
    following: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        following[source].append(target)
    back: set[Ends] = set()
    done: set[str] = set()
    for root in _roots_first(names, edges):
        if root not in done:
            _walk(root, following, done, back)
    return back


def _roots_first(names: Sequence[str], edges: Sequence[Ends]) -> list[str]:
    """Steps that nothing leads to come first, then all others in the order written."""
    targets = {target for _, target in edges}
    return sorted(names, key=lambda name: name in targets)


def _walk(root: str, following: Mapping[str, list[str]], done: set[str], back: set[Ends]) -> None:
    """Depth first, without recursion."""
    path = {root: iter(following[root])}
    while path:
        name = next(reversed(path))
        for target in path[name]:
            if target in path:
                back.add((name, target))
            elif target not in done:
                path[target] = iter(following[target])
                break
        else:
            done.add(name)
            del path[name]


def _levels(names: Sequence[str], downward: Sequence[Ends]) -> dict[str, int]:
    """The longest path from the top; then steps whose edges mostly lead down are moved down to meet them."""
    above: dict[str, list[str]] = {name: [] for name in names}
    below: dict[str, list[str]] = {name: [] for name in names}
    for source, target in downward:
        above[target].append(source)
        below[source].append(target)
    order = _topological(names, above, below)
    level = dict.fromkeys(names, 0)
    for name in order:
        level[name] = max((level[other] + 1 for other in above[name]), default=0)
    for name in reversed(order):
        if len(below[name]) > len(above[name]):
            level[name] = min(level[other] for other in below[name]) - 1
    return level


def _topological(names: Sequence[str], above: Mapping[str, list[str]], below: Mapping[str, list[str]]) -> list[str]:
    missing = {name: len(above[name]) for name in names}
    ready = [name for name in names if not missing[name]]
    for name in ready:  # it grows while it is walked
        for other in below[name]:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return ready


def _chain(steps: Mapping[str, Item], ends: Ends, turned: bool) -> Chain:
    """The items of one edge; its label stands next to its source, where the eye looks for it."""
    source, target = steps[ends[0]], steps[ends[1]]
    upper, lower = (target, source) if turned else (source, target)
    between = [Item(row, (ends, row)) for row in range(upper.row + 1, lower.row)]
    down = (upper, *between, lower)
    for one, other in pairwise(down):
        one.below.append(other)
        other.above.append(one)
    return Chain(ends=ends, items=down[::-1] if turned else down, label=between[-1] if turned else between[0])


# order


def _sorted_rows(items: Iterable[Item]) -> tuple[tuple[Item, ...], ...]:
    kept = list(items)
    rows: list[list[Item]] = [[] for _ in range(max(item.row for item in kept) + 1)]
    for item in _as_walked(kept):
        rows[item.row].append(item)
    _number(rows)
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS):
        _sweep(rows, downward=sweep % 2 == 0)
        count = _crossings(rows)
        if count < fewest:
            best, fewest = [list(row) for row in rows], count
    _number(best)
    return tuple(map(tuple, best))


def _as_walked(items: Sequence[Item]) -> list[Item]:
    """Depth first from the top: neighbours begin side by side."""
    seen: dict[Item, None] = {}
    waiting = sorted(items, key=lambda item: (bool(item.above), item.row))[::-1]
    while waiting:
        item = waiting.pop()
        if item not in seen:
            seen[item] = None
            waiting += item.below[::-1]
    return list(seen)


def _number(rows: Iterable[Sequence[Item]]) -> None:
    for row in rows:
        for place, item in enumerate(row):
            item.place = place


def _sweep(rows: list[list[Item]], *, downward: bool) -> None:
    """Sort each row by the mean place of its neighbours in the row before it; who has none stays where it is."""
    for row in rows if downward else rows[::-1]:
        means = {item: _mean(item.above if downward else item.below, item.place) for item in row}
        row.sort(key=means.__getitem__)
        _number([row])


def _mean(neighbours: Sequence[Item], otherwise: float) -> float:
    return sum(item.place for item in neighbours) / len(neighbours) if neighbours else otherwise


def _crossings(rows: Sequence[Sequence[Item]]) -> int:
    """How many pairs of lines between neighbouring rows cross: inversions of the lower ends, read from the left."""
    return sum(_inversions([item.place for upper in row for item in _by_place(upper.below)]) for row in rows)


def _by_place(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.place)


def _inversions(places: Sequence[int]) -> int:
    """By a tree of counts, so that a row of hundreds costs little."""
    size = max(places, default=-1) + 1
    counts = [0] * (size + 1)
    found = 0
    for seen, place in enumerate(places):
        at, not_after = place + 1, 0
        while at:
            not_after += counts[at]
            at &= at - 1
        found += seen - not_after
        at = place + 1
        while at <= size:
            counts[at] += 1
            at += at & -at
    return found
