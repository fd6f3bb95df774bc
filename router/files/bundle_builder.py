"""Checks a bundle and makes its image: a small one here, a large one in another process (`builder`)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from router.files.builder import ask, be_child
from router.flow.load_cache import LoadCache
from router.runtime.versions.publish import Built, build

SMALL_BYTES: Final = 32 * 1024  # of all files; reading so much here takes less than starting a process
BUILD_SECONDS: Final = 120.0


def build_apart(files: Mapping[str, bytes], idle_seconds: float | None = None) -> Built:
    """What becomes of the files. Raises ConfigurationError when that could not be found out. The process that checks
    large ones stays `idle_seconds` for the next; with None it ends."""
    if sum(map(len, files.values())) <= SMALL_BYTES:
        return build(files)
    return ask("router.files.bundle_builder", msgspec.msgpack.encode(files), Built, BUILD_SECONDS, idle_seconds)


def answer(task: bytes, cache: LoadCache) -> Built:
    """In the other process."""
    return build(msgspec.msgpack.decode(task, type=dict[str, bytes]), cache)


if __name__ == "__main__":
    be_child(answer)
