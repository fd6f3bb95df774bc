"""Whether a directory still is what callers get: edited and not published, refused, rolled back, or gone.

It is asked at every scrape of the metrics, so a directory is read again only when a name, a size or a time of change in
it differs from what was seen.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.errors import BundleRefused, ConfigurationError
from router.files.bundle import file_states, read_directory
from router.runtime.ports import Store
from router.runtime.versions.publish import Build, Files

States = tuple[tuple[str, int, int], ...]

UNREADABLE: Final = ""
"""The version of a directory that is no bundle: missing, refused, or with a file that cannot be read."""


@dataclass(frozen=True, slots=True)
class _Read:
    states: States
    version: str


class Drift:
    """Of the directories of these accounts (name -> directory)."""

    def __init__(
        self, store: Store, directories: Mapping[str, Path], pack: Callable[[Files], bytes], build: Build
    ) -> None:
        self._store = store
        self._directories = directories
        self._pack = pack
        self._build = build
        self._lock = threading.Lock()
        self._read: dict[Path, _Read] = {}

    def has_drifted(self, account: str) -> bool:
        """Whether the directory is neither the active version nor the canary. Raises StoreUnavailable."""
        serving = self._store.serving(account)
        return self.version_there(account) not in (serving.active, serving.canary or None)

    def version_there(self, account: str) -> str:
        """The version that publishing the directory would make; UNREADABLE when there is none."""
        directory = self._directories[account]
        with self._lock:
            try:
                states = file_states(directory)
            except OSError:
                return UNREADABLE
            known = self._read.get(directory)
            if known is None or known.states != states:
                known = self._read[directory] = _Read(states, self._version(account, directory))
            return known.version

    def _version(self, account: str, directory: Path) -> str:
        try:
            files = read_directory(directory)
            return self._store.version_of(account, self._pack(files)) or self._build(files).version
        except (BundleRefused, ConfigurationError, OSError):
            return UNREADABLE
