"""Number lists of any size, asked once or more for every call.

Whole numbers lie in a set. A mask is kept under its *shape*, that is the places where its digits stand and whether
its length is open: all masks of one shape share one set of keys, and asking costs one look-up per shape, however many
masks there are. A list of 100,000 prefixes of eleven lengths costs eleven look-ups. Only a mask with several runs
(`*12*34*`) has to be tried by itself.

Entries and questions are compared as `router.protocol.phone_numbers` reads them in the country of the bundle, so
`8 (495) 123-45-67` is 74951234567. SIP addresses are compared as text, without `sip:` and their parameters and
regardless of case; in them `*` is the only wildcard. The empty number (a withheld one) is in no list.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

from router.flow.resources.list_entries import ADDRESS, entry_problem, is_digits
from router.flow.resources.masks import ANY, RUN, Mask, Span, compile_mask, parse_span, parse_tokens
from router.flow.resources.packed_texts import Buffer, PackedTexts
from router.flow.resources.phone_masks import is_mask, is_plain_prefix, mask_forms
from router.protocol.dial_plan import DEFAULT_COUNTRY, complete
from router.protocol.phone_numbers import number_of, usual_number

MOST_KEYS: Final = 1000  # a mask whose digit ranges make more keys than this is tried by itself
MANY: Final = 1000  # so many entries of an image stay packed


class _Shape(NamedTuple):
    """Where a mask has its digits."""

    length: int  # the number's, or the least one with `open`
    open: bool  # the mask has a run
    places: tuple[tuple[int, int | None], ...]  # slices; what lies behind the run counts from the right


class _Shelf:
    """The keys of all masks of one shape."""

    __slots__ = ("_length", "_open", "_places", "keys")

    def __init__(self, shape: _Shape) -> None:
        self._length, self._open = shape.length, shape.open
        self._places = tuple(slice(begin, end) for begin, end in shape.places)
        self.keys: set[str] = set()

    def holds(self, number: str) -> bool:
        """Whether a mask of this shape covers `number`."""
        if len(number) < self._length or (len(number) > self._length and not self._open):
            return False
        if len(self._places) == 1:  # a prefix, the usual mask
            return number[self._places[0]] in self.keys
        return "".join([number[place] for place in self._places]) in self.keys


class CompiledList:
    """A list of numbers, masks and SIP addresses; implements `flow.model.NumberList`.

    An entry that `entry_problem` objects to can match nothing and is left out.
    """

    __slots__ = ("__weakref__", "_count", "_country", "_exact", "_masks", "_shelves", "_text_masks", "keep_seconds")

    def __init__(
        self, entries: Iterable[str], keep_seconds: float | None = None, country: str = DEFAULT_COUNTRY
    ) -> None:
        self.keep_seconds = keep_seconds
        self._country = country
        self._exact: set[str] = set()
        self._shelves: dict[_Shape, _Shelf] = {}
        self._masks: list[Mask] = []
        self._text_masks: list[Mask] = []
        self._count = sum(self._add(entry.strip()) for entry in entries)

    def __len__(self) -> int:
        """How many usable entries were given, a mask counting as one."""
        return self._count

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, str):
            return False
        asked = number_of(number, self._country)
        if asked != number and number.isdecimal() and self._holds(number):
            return True  # the PBX says 84 912 345 678 of a caller from Vietnam, where people would write a +
        return bool(asked) and self._holds(asked)

    def _holds(self, asked: str) -> bool:
        if asked in self._exact:
            return True
        if not asked.isdecimal():
            return any(mask.matches(asked) for mask in self._text_masks)
        for shelf in self._shelves.values():
            if shelf.holds(asked):
                return True
        return any(mask.matches(asked) for mask in self._masks)

    def numbers(self) -> Collection[str]:
        """The entries that are one number or address each, normalised; masks are not among them."""
        return sorted(self._exact)

    def parts(self) -> list[Any]:
        """What the list is made of, as plain values and bytes: sorting 100,000 entries in anew takes seconds."""
        return [
            self.keep_seconds,
            self._country,
            self._count,
            _packed(self._exact),
            [[*shape, _packed(shelf.keys)] for shape, shelf in self._shelves.items()],
            [mask.written for mask in self._masks],
            [mask.written for mask in self._text_masks],
        ]

    @classmethod
    def of_parts(cls, parts: Sequence[Any]) -> "CompiledList":
        """The inverse of `parts`."""
        keep_seconds, country, count, exact, shelves, masks, text_masks = parts
        made = cls((), keep_seconds, country)
        made._count = count
        made._exact = _unpacked(exact)
        for length, is_open, places, keys in shelves:
            shape = _Shape(length, is_open, tuple((begin, end) for begin, end in places))
            made._shelves[shape] = shelf = _Shelf(shape)
            shelf.keys = _unpacked(keys)
        made._masks = [compiled for mask in masks if (compiled := compile_mask(mask)) is not None]
        made._text_masks = [_address_mask(address) for address in text_masks]
        return made

    def _add(self, entry: str) -> bool:
        if is_digits(entry):
            self._exact.add(complete(entry, self._country))
            return True
        if is_plain_prefix(entry, self._country):
            self._add_mask(entry)
            return True
        if number := usual_number(entry, self._country):
            self._exact.add(number)
            return True
        if entry_problem(entry, self._country):
            return False
        if ADDRESS.fullmatch(entry) or entry == RUN:
            self._add_address(number_of(entry, self._country) or entry)
        if is_mask(entry):
            for form in mask_forms(entry, self._country):
                self._add_mask(form)
        elif not ADDRESS.fullmatch(entry):
            self._exact.add(number_of(entry, self._country))
        return True

    def _add_address(self, address: str) -> None:
        if RUN not in address:
            self._exact.add(address)
            return
        self._text_masks.append(_address_mask(address))

    def _add_mask(self, mask: str) -> None:
        if mask.endswith(RUN) and is_digits(mask[:-1]):
            self._shelf(_prefix_of(len(mask) - 1)).keys.add(mask[:-1])
            return
        span = parse_span(mask)
        for tokens in blocks(span) if span else [parse_tokens(mask) or ()]:
            keys = _keys(tokens)
            if keys is None:
                compiled = compile_mask(mask)
                self._masks.extend([compiled] if compiled else [])
            else:
                self._shelf(_shape(tokens)).keys.update(keys)

    def _shelf(self, shape: _Shape) -> _Shelf:
        return self._shelves.get(shape) or self._shelves.setdefault(shape, _Shelf(shape))


def _packed(texts: Collection[str]) -> list[list[str] | list[Buffer]]:
    """For `_unpacked`: [texts, parts of packed ones], one of them empty."""
    if len(texts) < MANY:
        return [sorted(texts), []]
    return [[], PackedTexts.of(texts).parts()]


def _unpacked(packed: Sequence[Any]) -> set[str]:
    few, many = packed
    return PackedTexts(many) if many else set(few)  # type: ignore[return-value]  # nothing is added to an opened list


def _address_mask(address: str) -> Mask:
    literal = ".*".join(re.escape(part) for part in address.split(RUN))
    return Mask(address, re.compile(literal, re.DOTALL))


def _keys(tokens: Sequence[str]) -> list[str] | None:
    """Every combination of the digits that the mask asks for; None when they are too many, or it has several runs."""
    wanted = [token for token in tokens if token not in (RUN, ANY)]
    combinations = 1
    for token in wanted:
        combinations *= len(token)
    if tokens.count(RUN) > 1 or combinations > MOST_KEYS:
        return None
    return ["".join(choice) for choice in product(*wanted)]


def _shape(tokens: Sequence[str]) -> _Shape:
    run = tokens.index(RUN) if RUN in tokens else len(tokens)
    behind = len(tokens) - run - 1  # -1 without a run, and then no place lies behind it
    begins = _slices([place for place in range(run) if tokens[place] != ANY])
    ends = _slices([place - behind for place in range(behind) if tokens[run + 1 + place] != ANY])
    length = sum(token != RUN for token in tokens)
    places = (*begins, *((begin, end or None) for begin, end in ends))
    return _Shape(length, RUN in tokens, places)


@cache
def _prefix_of(length: int) -> _Shape:
    """The shape of so many digits and a run behind them, the usual mask."""
    return _Shape(length, True, ((0, length),))


def _slices(places: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring places joined to slices: [0, 1, 2, 5] gives [(0, 3), (5, 6)]."""
    slices: list[tuple[int, int]] = []
    for place in places:
        if slices and slices[-1][1] == place:
            slices[-1] = (slices[-1][0], place + 1)
        else:
            slices.append((place, place + 1))
    return slices


def blocks(span: Span) -> Iterator[tuple[str, ...]]:
    """The span cut into masks that end in free digits: 0995-1012 is 099[5-9], 100x, 101[0-2].

    From both ends towards the middle, so there are at most two per digit of the number.
    """
    low, high, free = span.low, span.high, 0
    while True:
        shared = low[:-1] == high[:-1]
        if shared or low[-1] != "0":
            yield _block(low, high[-1] if shared else "9", free)
        if not shared and high[-1] != "9":
            yield _block(high[:-1] + "0", high[-1], free)
        if shared:
            return
        # What is left is made of whole tens: count on in tens.
        above = int(low[:-1]) + (low[-1] != "0")
        below = int(high[:-1]) - (high[-1] != "9")
        if above > below:
            return
        width = len(low) - 1
        low, high, free = f"{above:0{width}}", f"{below:0{width}}", free + 1


def _block(first: str, last_digit: str, free: int) -> tuple[str, ...]:
    return (*first[:-1], ANY[int(first[-1]) : int(last_digit) + 1], *(ANY,) * free)
