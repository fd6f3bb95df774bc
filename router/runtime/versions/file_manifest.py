"""A large bundle's files as the database keeps them: a list of names, and parts that versions share.

A file that a version has in common with another one of the account costs nothing: the list names its content
(`flow.image_parts`). Small files stand in the list itself. The list is the same for the same files, so it also tells
whether a directory holds what was published before.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from router.flow.image_parts import PART_BYTES, Reference, pieces_of, reference_to

MARK: Final = b"IVR\x02"
"""What such a list begins with. An older program kept all files in one, compressed by zlib, as is still done where they
are few."""

INLINE_BYTES: Final = 64 * 1024
"""Content of up to so many bytes, compressed, stays in the version's own row."""

Pieces = Mapping[str, bytes]  # digest -> piece
Fetch = Callable[[Iterable[str]], Pieces]
"""Gives the pieces of these digests, uncompressed; those that are gone are absent."""


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """The list of these files."""
    return MARK + msgspec.msgpack.encode([[name, _entry(content)] for name, content in sorted(files.items())])


def is_manifest(content: bytes) -> bool:
    return content.startswith(MARK)


def references_of(content: bytes) -> list[Reference]:
    """The parts that a list names; none of what is no list."""
    if not is_manifest(content):
        return []
    return [_reference(entry) for _, entry in _entries(content) if not isinstance(entry, bytes)]


def files_of(content: bytes, fetch: Fetch) -> dict[str, bytes]:
    """The files of a list. Raises KeyError when a piece is gone, and msgspec.DecodeError for what is no list."""
    pieces = fetch([piece for reference in references_of(content) for piece in reference.pieces])
    return {name: _content(entry, pieces) for name, entry in _entries(content)}


def file_pieces(files: Mapping[str, bytes]) -> dict[str, memoryview]:
    """Digest -> piece, of all files that are kept apart."""
    found = {}
    for content in files.values():
        if len(content) >= PART_BYTES:
            found.update(named_pieces(content))
    return found


def named_pieces(content: bytes) -> dict[str, memoryview]:
    """Digest -> piece, of one part."""
    return dict(zip(reference_to(content).pieces, pieces_of(content), strict=True))


def _entry(content: bytes) -> Any:
    return content if len(content) < PART_BYTES else reference_to(content)


def _entries(content: bytes) -> list[tuple[str, Any]]:
    return msgspec.msgpack.decode(content[len(MARK) :], type=list[tuple[str, Any]])


def _reference(entry: list[Any]) -> Reference:
    digest, size, pieces = entry
    return Reference(digest, size, tuple(pieces))


def _content(entry: Any, pieces: Pieces) -> bytes:
    return entry if isinstance(entry, bytes) else b"".join(pieces[digest] for digest in _reference(entry).pieces)
