"""Large sets and maps of texts, packed: a few bytes objects instead of an object for each entry.

A table of 200,000 rows as dictionaries takes 110 MB and most of a second to make, in every worker and for every version
that it keeps. Packed it takes what its text takes, and it is there as soon as its bytes are. An entry is found by
bisection, in some microseconds.

Nothing of a buffer is copied when it is opened. Keys lie sorted by their UTF-8 bytes, one behind the other; `ends` says
where each of them ends, in four bytes each.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import msgspec

Buffer = bytes | memoryview
"""Where packed texts lie: in an object of their own, or in a part that is mapped into memory."""

BLOCK: Final = 64  # texts among which is searched here; the block is found by the language's own search
_WIDTH: Final = "I"  # of an end in an `array`
_decode: Final = msgspec.msgpack.decode
_encode: Final = msgspec.msgpack.encode


class PackedTexts(Collection[str]):
    """Distinct texts in the order of their bytes."""

    __slots__ = ("_ends", "_joined", "_last")

    def __init__(self, parts: Sequence[Buffer]) -> None:
        self._joined, self._ends = parts[0], _numbers(parts[1])
        self._last = [self._at(place) for place in range(BLOCK - 1, len(self._ends), BLOCK)]  # of each full block

    @classmethod
    def of(cls, texts: Iterable[str]) -> "PackedTexts":
        """These texts."""
        return cls(_joined(sorted(text.encode() for text in texts)))

    def parts(self) -> list[Buffer]:
        """For `PackedTexts(…)`."""
        return [self._joined, _bytes(self._ends)]

    def place(self, text: object) -> int:
        """Where the text stands in the order; -1 when it is none of them."""
        if not isinstance(text, str):
            return -1
        wanted = text.encode(errors="surrogatepass")  # what no text of a file holds, and a caller might send
        first = BLOCK * bisect_left(self._last, wanted)
        found = bisect_left(range(len(self._ends)), wanted, first, min(first + BLOCK, len(self._ends)), key=self._at)
        return found if found < len(self._ends) and self._at(found) == wanted else -1

    def _at(self, place: int) -> bytes:
        return bytes(self._joined[self._ends[place - 1] if place else 0 : self._ends[place]])

    def __contains__(self, text: object) -> bool:
        return self.place(text) >= 0

    def __iter__(self) -> Iterator[str]:
        return (self._at(place).decode() for place in range(len(self._ends)))

    def __len__(self) -> int:
        return len(self._ends)


class PackedMap(Mapping[str, Any]):
    """Plain values by text; each is unpacked when it is asked for."""

    __slots__ = ("_ends", "_keys", "_values")

    def __init__(self, parts: Sequence[Buffer]) -> None:
        self._keys, self._values, self._ends = PackedTexts(parts[:2]), parts[2], _numbers(parts[3])

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "PackedMap":
        """These values."""
        keys = sorted(values)  # texts have the order of their UTF-8
        packed = list(map(_encode, map(values.__getitem__, keys)))
        return cls([*_joined(list(map(str.encode, keys))), *_joined(packed)])

    def parts(self) -> list[Buffer]:
        """For `PackedMap(…)`."""
        return [*self._keys.parts(), self._values, _bytes(self._ends)]

    def __getitem__(self, key: str) -> Any:
        place = self._keys.place(key)
        if place < 0:
            raise KeyError(key)
        return _decode(self._values[self._ends[place - 1] if place else 0 : self._ends[place]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class TableRows(Mapping[str, Mapping[str, str]]):
    """A table's rows by their key, as they were read, or packed: the names of the columns are put to a row that is
    asked for."""

    __slots__ = ("_columns", "cells")

    def __init__(self, columns: Sequence[str], cells: Mapping[str, Sequence[str]]) -> None:
        self._columns, self.cells = columns, cells

    def __getitem__(self, key: str) -> Mapping[str, str]:
        return dict(zip(self._columns, self.cells[key], strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)


def _joined(parts: Sequence[bytes]) -> list[bytes]:
    return [b"".join(parts), _bytes(array(_WIDTH, accumulate(map(len, parts))))]


def _numbers(ends: Buffer) -> Sequence[int]:
    if sys.byteorder == "little":
        return memoryview(ends).cast(_WIDTH)
    numbers = array(_WIDTH)
    numbers.frombytes(ends)
    numbers.byteswap()
    return numbers


def _bytes(numbers: Sequence[int]) -> bytes:
    """As `_numbers` reads it, on every machine."""
    if isinstance(numbers, memoryview):
        return numbers.tobytes()
    numbers = array(_WIDTH, numbers)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
