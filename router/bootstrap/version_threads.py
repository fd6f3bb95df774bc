"""The threads of a process that see to its versions.

What stands in the accounts' directories is published when the process starts and when it changes; what another process
is about to make active is opened.
"""

import threading
from typing import Final

from router.bootstrap.versions import Versions
from router.config.settings import Settings
from router.files.directory_watch import Watcher
from router.runtime.background import Background
from router.runtime.ports import Store
from router.runtime.versions.version_opener import VersionOpener

PUBLISH_AGAIN_SECONDS: Final = 1.0
PUBLISH_FIRST_SECONDS: Final = 1.0
"""So long a process that starts takes no events, so that the first of them finds what stands in few directories; many
are published beside the events."""


class VersionThreads:
    """Started once all else runs, and stopped with it."""

    def __init__(self, settings: Settings, store: Store, versions: Versions) -> None:
        self._versions = versions
        self.leaving = threading.Event()
        self.looked = threading.Event()  # at every account's directory, once since the start
        directories = [account.flows for account in settings.accounts] if settings.watch else []
        self._watcher = Watcher(directories, lambda: versions.follow(self.leaving))
        self._publishing = Background("publisher", self._publish)
        self._opener = VersionOpener(store, versions.bundles)

    def start(self) -> None:
        self.leaving.clear()
        self.looked.clear()
        self._publishing.start()
        self._opener.start()
        self._watcher.start()

    def wait(self) -> None:
        """Until what stands in the directories is published, but not for long."""
        self.looked.wait(PUBLISH_FIRST_SECONDS)

    def stop(self) -> None:
        self.leaving.set()
        self._watcher.stop()
        self._publishing.stop()
        self._opener.stop()

    def _publish(self, stop: threading.Event) -> None:
        """Again and again while the database is away."""
        while True:
            answered = self._versions.follow(self.leaving) and self._versions.are_open()
            self.looked.set()
            if answered:
                break
            if stop.wait(PUBLISH_AGAIN_SECONDS):
                return
        self._versions.adopt(stop)
