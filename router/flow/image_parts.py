"""The large values of an image, apart from it: named by their content, kept once, and read where they lie.

A list of 200,000 numbers is the same in every version that does not change it. So a list, a table, and the steps of a
flow are *parts* once they are large: the image has their digests in their places. Who opens the image gets the bytes of
a part from wherever they are, such as a file that all workers map into memory, and a part that is open for one version
is the same object in the next.

A part is `[skeleton, blobs]`: what is large in it (`packed_texts`) is a blob, of which nothing is copied when it is
opened, and the skeleton says where each belongs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")

Buffer = bytes | memoryview

PART_BYTES: Final = 16 * 1024
"""What is smaller stays in the image."""

PIECE_BYTES: Final = 1024 * 1024
"""Parts are cut into pieces for the database: none of its transactions is long."""

BLOB_BYTES: Final = 4 * 1024

VALUE: Final = 1  # codes of MessagePack's extensions: a part that is one value,
VALUES: Final = 2  # one that is several values by name,
BLOB: Final = 3  # and in a skeleton the number of a blob

_encode: Final = msgspec.msgpack.encode
_decode: Final = msgspec.msgpack.decode
_Ext: Final = msgspec.msgpack.Ext


class Reference(NamedTuple):
    """What stands for some bytes where they are too many to stand there themselves."""

    digest: str
    size: int
    pieces: tuple[str, ...]  # their digests, in order


Source = Callable[[Reference, Callable[[Buffer], Any]], Any]
"""Gives the value of a part; what makes it of its bytes is called unless the part is open already."""


def no_source(reference: Reference, _make: Callable[[Buffer], Any]) -> Any:
    """Of an image without parts."""
    raise LookupError(f"nothing has the part {reference.digest}")


def digest_of(content: Buffer) -> str:
    """The name of these bytes: 32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()


def reference_to(content: Buffer) -> Reference:
    """The reference that stands for these bytes."""
    pieces = tuple(digest_of(piece) for piece in pieces_of(content))
    return Reference(pieces[0] if len(pieces) == 1 else digest_of(content), len(content), pieces)


def pieces_of(content: Buffer) -> Iterator[memoryview]:
    """The bytes as the database keeps them."""
    view = memoryview(content)
    return (view[place : place + PIECE_BYTES] for place in range(0, max(1, len(view)), PIECE_BYTES))


class Opened(Mapping[str, T], Generic[T]):
    """Values by name, each unpacked when it is first asked for; its packed form goes then. Two threads may both unpack
    one: it is the same."""

    __slots__ = ("__weakref__", "_build", "_opened", "_packed", "packed_bytes")

    def __init__(
        self, packed: dict[str, Any], build: Callable[[Any], T], opened: Mapping[str, T] | None = None, size: int = 0
    ) -> None:
        """`opened` are values of the names that have nothing packed, of `size` bytes together."""
        self._packed = packed
        self._build = build
        self.packed_bytes = sum(map(len, packed.values())) + size  # of all values
        self._opened: dict[str, T] = dict(opened or {})

    def __getitem__(self, name: str) -> T:
        packed = self._packed[name]  # before the look at what is opened: it goes after that is there
        found = self._opened.get(name)
        if found is None:
            found = self._opened[name] = self._build(_decode(packed))
            self._packed[name] = b""
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


# packing


def apart(packed: Mapping[str, bytes], parts: dict[str, bytes], move: Callable[[str, bytes], Any] | None = None) -> Any:
    """Packed values by name as they stand in an image; those that are too large for it go into `parts`. `move` does
    that with one value, `moved` unless another way is given."""
    if any(len(value) >= PART_BYTES for value in packed.values()):
        return {name: move(name, value) if move else moved(value, parts) for name, value in packed.items()}
    if sum(map(len, packed.values())) < PART_BYTES:
        return packed
    return _part(VALUES, _encode({name: msgspec.Raw(value) for name, value in packed.items()}), parts)


def moved(packed: bytes, parts: dict[str, bytes]) -> Any:
    """A packed value, or what stands for it in its place."""
    if len(packed) < PART_BYTES:
        return packed
    blobs: list[bytes] = []
    skeleton = _lifted(_decode(packed), blobs)
    return _part(VALUE, _encode([skeleton, blobs]), parts)


def _part(code: int, content: bytes, parts: dict[str, bytes]) -> Any:
    reference = reference_to(content)
    parts[reference.digest] = content
    return _Ext(code, _encode(reference))


def _lifted(flat: Any, blobs: list[bytes]) -> Any:
    if isinstance(flat, bytes) and len(flat) >= BLOB_BYTES:
        blobs.append(flat)
        return _Ext(BLOB, _encode(len(blobs) - 1))
    return [_lifted(inner, blobs) for inner in flat] if isinstance(flat, list) else flat


# and back


def together(told: Any, build: Callable[[Any], Any], source: Source) -> Opened[Any]:
    """The inverse of `apart`."""
    if isinstance(told, _Ext):
        reference = _reference(told)
        opened: Opened[Any] = source(reference, lambda content: Opened(_values(content), build))
        return opened
    packed, opened_parts, size = dict(told), {}, 0
    for name, value in told.items():
        if isinstance(value, _Ext):
            reference = _reference(value)
            opened_parts[name] = source(reference, lambda content: build(_value(content)))
            packed[name] = b""
            size += reference.size
    return Opened(packed, build, opened_parts, size)


def _reference(told: Any) -> Reference:
    digest, size, pieces = _decode(told.data)
    return Reference(digest, size, tuple(pieces))


def _values(content: Buffer) -> dict[str, Any]:
    return _decode(content, type=dict[str, msgspec.Raw])  # views of `content`


def _value(content: Buffer) -> Any:
    skeleton, blobs = _decode(content, type=tuple[Any, list[memoryview]])
    return _filled(skeleton, blobs)


def _filled(skeleton: Any, blobs: Sequence[memoryview]) -> Any:
    if isinstance(skeleton, _Ext):
        return blobs[_decode(skeleton.data)]
    return [_filled(inner, blobs) for inner in skeleton] if isinstance(skeleton, list) else skeleton


def references_in(flat: Any) -> Iterator[Reference]:
    """Every part that an image's bundle refers to."""
    if isinstance(flat, _Ext):
        yield _reference(flat)
    elif isinstance(flat, dict):
        for inner in flat.values():
            yield from references_in(inner)
    elif isinstance(flat, list):
        for inner in flat:
            yield from references_in(inner)
