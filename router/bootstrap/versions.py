"""Which bundle each account's new calls get: published from files, activated, paused. Every change is one commit."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog

from router.errors import BundleRefused, ConfigurationError, StoreUnavailable
from router.files.bundle import alone_in, pack, read_directory, unpack
from router.files.workshop import build_apart
from router.flow.findings import render_text
from router.runtime.ports import Store
from router.runtime.publish import Publisher, VersionBundles
from router.runtime.settings import AccountSettings

log = structlog.get_logger()


class Versions:
    """The versions of these accounts' bundles. Thread-safe; a command that only publishes needs nothing else."""

    def __init__(self, store: Store, accounts: Iterable[AccountSettings]) -> None:
        self._store = store
        self._accounts = tuple(accounts)
        self._publisher = Publisher(store, pack, build_apart)
        self.bundles = VersionBundles(store, unpack)

    def publish_new(self) -> bool:
        """Publish each account's directory if its content was never published: a restart undoes no rollback. Answers
        whether the database could be asked."""
        asked = [self._publish_new(account) for account in self._accounts]
        return all(asked)

    def _publish_new(self, account: AccountSettings) -> bool:
        directory = Path(account.flows)
        try:
            with alone_in(directory):  # a file's change wakes every worker, and one of them is enough
                version, activated = self._publisher.publish_new(account.name, read_directory(directory))
        except BundleRefused as refused:
            told = render_text(refused.findings)
            log.error("the bundle was not published", account=account.name, error=refused.message, findings=told)
        except StoreUnavailable as error:
            log.error("the bundle was not published", account=account.name, error=error.message)
            return False
        except (ConfigurationError, OSError) as error:
            log.error("the bundle was not published", account=account.name, error=str(error))
        except Exception:  # whatever stands in a directory, the worker has calls to serve
            log.exception("the bundle was not published", account=account.name)
        else:
            if activated:
                log.info("published", account=account.name, version=version)
        return True

    def publish(self, account: str, directory: str, share: float = 1.0) -> dict[str, Any]:
        """Check and store a bundle and give it to new calls, or to a share of the callers; its line of the list of
        versions. Raises BundleRefused with every finding."""
        return self.publish_files(account, read_directory(Path(directory)), share)

    def publish_files(self, account: str, files: Mapping[str, bytes], share: float = 1.0) -> dict[str, Any]:
        """The same for files that are at hand: relative name -> content."""
        return self._version(account, self._publisher.publish(account, files, share))

    def activate(self, account: str, version: str, share: float = 1.0) -> dict[str, Any] | None:
        """Give a stored version to new calls, or to a share of the callers (also a rollback); None when there is no
        such version."""
        if all(row["version"] != version for row in self._store.versions(account)):
            return None
        self._publisher.activate(account, version, share)
        return self._version(account, version)

    def _version(self, account: str, version: str) -> dict[str, Any]:
        return next(row for row in self._store.versions(account) if row["version"] == version)

    def pause(self, account: str, paused: bool) -> None:
        """Stop or resume: while paused, events are recorded, no new call is taken and nothing is sent to the PBX."""
        with self._store.transaction() as tx:
            tx.save_serving(account, msgspec.structs.replace(tx.serving(account), paused=paused))

    def missing(self) -> list[str]:
        """The accounts that can take no call: without an active bundle that this program opens."""
        return [account.name for account in self._accounts if not self._can_take(account.name)]

    def _can_take(self, account: str) -> bool:
        version = self._store.serving(account).active
        return version is not None and self.bundles.get(account, version) is not None
