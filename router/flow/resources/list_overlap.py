"""What two lists have in common, for lines that two flows would take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from router.flow.resources.masks import RUN, parse_span, parse_tokens
from router.flow.resources.number_lists import CompiledList, blocks
from router.flow.resources.phone_masks import is_mask, mask_forms
from router.protocol.dial_plan import DEFAULT_COUNTRY

MOST_MEETINGS: Final = 10_000  # pairs of masks of two lists that are held against each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list with its entries as they were written."""

    name: str
    entries: Sequence[str]
    numbers: CompiledList
    country: str = DEFAULT_COUNTRY

    def shared_with(self, other: "Listed") -> str:
        """An entry of one that the other holds too; masks are held against masks while they are few. "" is none."""
        for one, held in ((self, other.numbers), (other, self.numbers)):
            found = next((entry for entry in one.entries if not is_mask(entry) and entry in held), "")
            if found:
                return found
        pairs = islice(product(self._masks(), other._masks()), MOST_MEETINGS)
        return next((entry for (entry, tokens), (_, others) in pairs if meet(tokens, others)), "")

    def _masks(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(the entry, place by place) of every mask."""
        for entry in filter(is_mask, self.entries):
            for form in mask_forms(entry, self.country):
                span = parse_span(form)
                yield from ((entry, tokens) for tokens in (blocks(span) if span else [parse_tokens(form) or ()]))


def meet(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether some number fits both masks, given place by place."""
    reached, waiting = set[tuple[int, int]](), [(0, 0)]
    while waiting:
        here, there = place = waiting.pop()
        if place in reached:
            continue
        reached.add(place)
        left, right = one[here : here + 1], other[there : there + 1]
        if not left and not right:
            return True
        if left and left[0] == RUN:
            waiting += [(here + 1, there), *([(here, there + 1)] if right else [])]
        elif right and right[0] == RUN:
            waiting += [(here, there + 1), *([(here + 1, there)] if left else [])]
        elif left and right and set(left[0]) & set(right[0]):
            waiting.append((here + 1, there + 1))
    return False
