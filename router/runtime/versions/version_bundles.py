"""The versions that a process has open."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from router.flow.bundle_image import calendars_of, held_bytes, open_image
from router.flow.loader import load
from router.flow.model import Bundle
from router.flow.resources.holiday_calendar import Frozen, with_calendars
from router.logs import get_logger
from router.runtime.ports import Store
from router.runtime.versions.file_manifest import Fetch
from router.runtime.versions.opened_parts import NoFiles, OpenedParts, PartFiles, fetch_pieces

log = get_logger()

KEPT: Final = 3
KEPT_BYTES: Final = 32 * 1024 * 1024
"""Versions that a process keeps open: those that were asked for last, as those of new and of live calls are. So many in
any case (the active one, its canary, the one before), and more while all of them take no more memory than that: of a
thousand accounts each has a small one of its own, or all have the same."""

UNKNOWN_BYTES: Final = 256 * 1024  # what counts for a version whose image another program made

Unpack = Callable[[bytes, Fetch], Mapping[str, bytes]]
"""Gives the files of a version's content; its pieces are fetched."""


class VersionBundles:
    """Open bundles by version, from the database: the directory may be gone."""

    def __init__(self, store: Store, unpack: Unpack, files: PartFiles | None = None) -> None:
        """`files` is where the processes of this machine leave parts for each other."""
        self._store = store
        self._unpack = unpack
        self._parts = OpenedParts(store, files or NoFiles())
        self._opening: dict[str, threading.Lock] = {}
        self._cache: OrderedDict[str, tuple[Bundle, int]] = OrderedDict()  # a version is the same for every account
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, account: str, version: str) -> Bundle | None:
        """The bundle, or None when the database does not have it or this program cannot load it any more."""
        if (found := self._kept(version)) is not None:
            return found
        with self._lock:
            opening = self._opening.setdefault(version, threading.Lock())
        with opening:  # the second one that asks finds it open
            bundle = self._kept(version) or self._opened(account, version)
        with self._lock:
            self._opening.pop(version, None)
        return bundle

    def _kept(self, version: str) -> Bundle | None:
        with self._lock:
            if version not in self._cache:
                return None
            self._cache.move_to_end(version)
            return self._cache[version][0]

    def _opened(self, account: str, version: str) -> Bundle | None:
        image = self._store.version_image(account, version)
        bundle = open_image(image, self._parts.of(account)) or self._load(account, version, calendars_of(image))
        if bundle is not None:
            self._keep(version, bundle, held_bytes(bundle, len(image)) if image else UNKNOWN_BYTES)
        return bundle

    def _load(self, account: str, version: str, calendars: Mapping[str, Frozen]) -> Bundle | None:
        """From the files: another program made the image, or there is none yet. The version's own days stay."""
        content = self._store.version_content(account, version)
        if content is None:
            return None
        try:
            files = self._unpack(content, partial(fetch_pieces, self._store, account))
            return load(with_calendars(files, calendars)).bundle
        except Exception:  # a damaged row must not cost the event that asked for it
            log.exception("a stored version cannot be loaded", account=account, version=version)
            return None

    def _keep(self, version: str, bundle: Bundle, held: int) -> None:
        with self._lock:
            if version in self._cache:
                return  # another thread was faster
            self._cache[version] = bundle, held
            self._bytes += held
            while len(self._cache) > KEPT and self._bytes > KEPT_BYTES:
                self._bytes -= self._cache.popitem(last=False)[1][1]
