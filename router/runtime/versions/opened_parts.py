"""The parts of open versions in one process: each is read once, lies where all workers of the machine can map it, and
is the same object in all versions that have it.

A part comes from a file that another worker has left, else from the database, which leaves it for the others. Whoever
holds no open version any more holds none of its parts either.
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

from router.flow.image_parts import Buffer, Reference, Source, digest_of
from router.runtime.ports import Store

ON_DISK_BYTES: Final = 256 * 1024
"""What is smaller lies in the memory of each process."""


class PartFiles(Protocol):
    """Where the processes of one machine leave parts for each other."""

    def get(self, reference: Reference) -> Buffer | None:
        """A part that is there, whole; None when it is not."""

    def put(self, reference: Reference, content: bytes) -> Buffer:
        """Leave a part; answers it from where it lies now."""


class NoFiles:
    """Each process for itself."""

    def get(self, reference: Reference) -> Buffer | None:
        return None

    def put(self, reference: Reference, content: bytes) -> Buffer:
        return content


class OpenedParts:
    """Thread-safe."""

    def __init__(self, store: Store, files: PartFiles) -> None:
        self._store = store
        self._files = files
        self._values: WeakValueDictionary[str, Any] = WeakValueDictionary()

    def of(self, account: str) -> Source:
        """The parts of the versions of an account. Raises StoreUnavailable, and LookupError for one that is gone."""

        def value(reference: Reference, make: Callable[[Buffer], Any]) -> Any:
            found = self._values.get(reference.digest)
            if found is None:
                found = self._values.setdefault(reference.digest, make(self._buffer(account, reference)))
            return found

        return value

    def _buffer(self, account: str, reference: Reference) -> Buffer:
        is_large = reference.size >= ON_DISK_BYTES
        found = self._files.get(reference) if is_large else None
        if found is not None:
            return found
        pieces = fetch_pieces(self._store, account, reference.pieces)
        content = b"".join(pieces[digest] for digest in reference.pieces)
        return self._files.put(reference, content) if is_large else content


def fetch_pieces(store: Store, account: str, digests: Iterable[str]) -> dict[str, bytes]:
    """The pieces of these digests out of the database; one that is damaged is absent."""
    kept = store.parts(account, list(digests))
    found = {}
    for digest, content in kept.items():
        try:
            piece = zlib.decompress(content)
        except zlib.error:
            continue
        if digest_of(piece) == digest:
            found[digest] = piece
    return found
