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

FLOW_TIMES: Final = 50
OTHER_TIMES: Final = 30
"""So many times as large as its bytes is what is kept of a file (measured)."""


class Kept:
    """Results that were computed from one thing."""

    __slots__ = ("_results", "earlier")

    def __init__(self, earlier: "Kept | None" = None) -> None:
        self._results: dict[str, dict[Hashable, Any]] = {}  # kind -> key -> result
        self.earlier = earlier  # of the content that the file had before, until the end of the load

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
        self._files: dict[tuple[str, bytes], tuple[Kept, int]] = {}  # in the order of their last use; with bytes held
        self._used: set[tuple[str, bytes]] = set()  # since the last `forget`
        self._latest: dict[str, tuple[str, bytes]] = {}  # file -> its last content

    def of(self, file: str, content: bytes) -> Kept:
        """What is known of a file of this name and content."""
        name = file, blake2b(content, digest_size=16).digest()
        times = FLOW_TIMES if file.endswith(".yaml") else OTHER_TIMES
        kept = self._files.pop(name, None) or (Kept(self._earlier(file)), len(content) * times)
        self._files[name] = kept
        self._latest[file] = name
        self._used.add(name)
        return kept[0]

    def _earlier(self, file: str) -> Kept | None:
        found = self._files.get(self._latest.get(file, (file, b"")))
        return found[0] if found is not None else None

    def forget(self, most_bytes: int) -> None:
        """To be called after each load: drop what this one did not use, the oldest first, until all takes about so many
        bytes; where what it used takes more, drop that, too."""
        total = sum(size for _, size in self._files.values())
        for name in [*(name for name in self._files if name not in self._used), *self._files]:
            if total <= most_bytes:
                break
            if name in self._files:
                total -= self._files.pop(name)[1]
        self._end_load()

    def forget_unused(self) -> None:
        """To be called after each load: drop what this one did not use."""
        self._files = {name: kept for name, kept in self._files.items() if name in self._used}
        self._end_load()

    def _end_load(self) -> None:
        for name in self._used & self._files.keys():
            self._files[name][0].earlier = None
        self._latest = {file: name for file, name in self._latest.items() if name in self._files}
        self._used.clear()
