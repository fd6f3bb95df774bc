"""Places of a drawing: where the items of sorted rows stand, so that edges run straight and nothing overlaps.

Every item wants to stand under (or above) the middle of its neighbours. A row gives all of them as much of that as
the order and the gaps between them allow: that is least squares under an order, which pooling neighbours solves
exactly. Rows are adjusted downwards and upwards in turn until it no longer matters.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from router.flow.diagrams.layers import Item, Layers

SWEEPS: Final = 24
GAP: Final = 22.0
STRAIGHT: Final = 40.0  # how much more a long edge wants to run straight on than a step wants to be in the middle
BENT: Final = 2.0  # the same of the piece of an edge that is next to a step

Width = Callable[[Item], float]


def across(layers: Layers, width: Width) -> dict[Item, float]:
    """The horizontal middle of every item; the leftmost edge of all is at 0."""
    middle: dict[Item, float] = {}
    offsets: dict[Item, float] = {}
    for row in layers.rows:
        offsets |= offsets_of(row, width)
        middle |= spread(row, dict.fromkeys(row, 0.0), offsets, {})
    steps = frozenset(layers.steps.values())
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        for row in layers.rows if downward else layers.rows[::-1]:
            wishes, weights = {}, {}
            for item in row:
                wishes[item], weights[item] = _wish(item, middle, steps, downward=downward)
            middle |= spread(row, wishes, offsets, weights)
    left = min(middle[item] - width(item) / 2 for item in middle)
    return {item: x - left for item, x in middle.items()}


def _wish(item: Item, middle: Mapping[Item, float], steps: frozenset[Item], *, downward: bool) -> tuple[float, float]:
    """(where the item wants to be, how much)."""
    near, far = (item.above, item.below) if downward else (item.below, item.above)
    neighbours = near or far
    if not neighbours:
        return middle[item], 0.1
    weight = float(len(neighbours)) if item in steps else BENT if neighbours[0] in steps else STRAIGHT
    return sum(middle[other] for other in neighbours) / len(neighbours), weight


def spread(
    row: Sequence[Item], wishes: Mapping[Item, float], offsets: Mapping[Item, float], weights: Mapping[Item, float]
) -> dict[Item, float]:
    """The middles in the row's order, as near to the wishes as the widths allow, of which the offsets are made."""
    blocks: list[tuple[float, float, list[Item]]] = []  # (place, weight, its items), ascending
    for item in row:
        place, weight, together = wishes[item] - offsets[item], weights.get(item, 1.0), [item]
        while blocks and blocks[-1][0] > place:
            before, heavy, items = blocks.pop()
            place = (before * heavy + place * weight) / (heavy + weight)
            weight += heavy
            together = [*items, *together]
        blocks.append((place, weight, together))
    return {item: place + offsets[item] for place, _, items in blocks for item in items}


def offsets_of(row: Sequence[Item], width: Width) -> dict[Item, float]:
    """Where each item's middle would be if all stood side by side."""
    offsets, at = {}, 0.0
    for item in row:
        offsets[item] = at + width(item) / 2
        at += width(item) + GAP
    return offsets


def down(
    rows: Iterable[Sequence[Item]], height: Callable[[Item], float], gap: float, at: float
) -> list[tuple[float, float]]:
    """(top, bottom) of every row, the first one beginning `at`."""
    places = []
    for row in rows:
        tallest = max((height(item) for item in row), default=0.0)
        places.append((at, at + tallest))
        at += tallest + gap
    return places
