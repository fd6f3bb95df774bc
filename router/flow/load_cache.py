"""What earlier loads of bundles found out: an author changes one file, and the others are not read again.

Each result is kept with the content that it was computed from, under the key of whatever else it depends on: a flow
with the bytes of its file, under the names that the resources have and the flows that it runs. A load without a cache
of earlier ones takes the same path with an empty one, so both find the same; `tests/properties/test_load_cache.py`
holds them to it, byte for byte.

Nothing here is locked: a cache belongs to one thread.
"""

from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import Any, Final, TypeVar

T = TypeVar("T")

KEYS_KEPT: Final = 4
"""Of one kind of result: two bundles may have the same file beside different ones."""

HELD_TIMES: Final = 60
"""So many times as large as its bytes is what is kept of a file, about (measured: flows 50 to 60, tables 40)."""


class Kept:
    """Results that were computed from one thing."""

    __slots__ = ("_results",)

    def __init__(self) -> None:
        self._results: dict[str, dict[Hashable, Any]] = {}  # kind -> key -> result

    def get(self, kind: str, key: Hashable = None) -> Any:
        """The result; None when there is none."""
        of_kind = self._results.get(kind)
        return None if of_kind is None else of_kind.get(key)

    def put(self, kind: str, key: Hashable, result: T) -> T:
        """Keep the result, and of its kind only the latest others."""
        of_kind = self._results.setdefault(kind, {})
        of_kind[key] = result
        if len(of_kind) > KEYS_KEPT:
            del of_kind[next(iter(of_kind))]
        return result

    def keep(self, kind: str, make: Callable[[], T], key: Hashable = None) -> T:
        """The result, made unless it is there. It is never None."""
        found: T | None = self.get(kind, key)
        return self.put(kind, key, make()) if found is None else found


class LoadCache:
    """Results by the files that they were computed from."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, bytes], tuple[Kept, int]] = {}  # in the order of their last use; with its bytes
        self._used: set[tuple[str, bytes]] = set()  # since the last `forget`

    def of(self, file: str, content: bytes) -> Kept:
        """What is known of a file of this name and content."""
        name = file, blake2b(content, digest_size=16).digest()
        kept, size = self._files.pop(name, (Kept(), len(content)))
        self._files[name] = kept, size
        self._used.add(name)
        return kept

    def forget(self, most_bytes: int) -> None:
        """Drop what was not used since the last time, the oldest first, until the rest takes about so many bytes; and
        all of it when even the rest takes more."""
        held = {name: size * HELD_TIMES for name, (_, size) in self._files.items()}
        total = sum(held.values())
        for name in list(self._files):
            if total > most_bytes and name not in self._used:
                total -= held[name]
                del self._files[name]
        if total > most_bytes:
            self._files.clear()
        self._used.clear()
