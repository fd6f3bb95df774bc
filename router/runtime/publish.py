"""Publishing a bundle: checked whole, stored whole, active at one commit, or refused whole.

A version is the hash of its content, so publishing what is already stored only activates it again. At start-up and
when files change only content that was never published is activated: a restart does not undo a rollback.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from router.errors import BundleRefused
from router.flow.loader import load
from router.flow.model import Bundle
from router.runtime.ports import Store

log = structlog.get_logger()

Files = Mapping[str, bytes]

CACHED: Final = 16
"""Compiled versions that a process keeps: those of the live calls are few."""


class VersionBundles:
    """Compiled bundles by version, from the database: the directory may be gone."""

    def __init__(self, store: Store, unpack: Callable[[bytes], Files]) -> None:
        self._store = store
        self._unpack = unpack
        self._cache: OrderedDict[tuple[str, str], Bundle] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, account: str, version: str) -> Bundle | None:
        """The bundle, or None when the database does not have it or this program cannot load it any more."""
        key = (account, version)
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        bundle = self._load(account, version)
        if bundle is not None:
            self._keep(key, bundle)
        return bundle

    def _load(self, account: str, version: str) -> Bundle | None:
        content = self._store.version_content(account, version)
        if content is None:
            return None
        try:
            return load(self._unpack(content)).bundle
        except Exception:  # a damaged row must not cost the event that asked for it
            log.exception("a stored version cannot be loaded", account=account, version=version)
            return None

    def _keep(self, key: tuple[str, str], bundle: Bundle) -> None:
        with self._lock:
            self._cache[key] = bundle
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)


class Publisher:
    """Puts bundles into the database and makes them active."""

    def __init__(self, store: Store, pack: Callable[[Files], bytes]) -> None:
        self._store = store
        self._pack = pack

    def publish(self, account: str, files: Files, *, only_new: bool = False) -> tuple[str, bool]:
        """Check and store the files; answers the version and whether it is now active through this call.

        With `only_new`, content that was published before is left as it is. Raises BundleRefused with all findings.
        """
        loaded = load(files)
        if loaded.bundle is None:
            errors = sum(finding.severity == "error" for finding in loaded.findings)
            raise BundleRefused(f"the bundle has {errors} errors; nothing was published", loaded.findings)
        version = loaded.bundle.version
        with self._store.transaction() as tx:
            activate = not (only_new and self._is_known(account, version))
            if activate:
                tx.store_version(account, version, self._pack(files), activate=True)
        return version, activate

    def _is_known(self, account: str, version: str) -> bool:
        return self._store.version_content(account, version) is not None
