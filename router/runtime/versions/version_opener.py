"""Opens what other processes are about to make active, so that the first event of a new version finds it open.

Who publishes stores a version first, opens it itself, and makes it active a moment later. In between every other
process, on this host or another one, sees that it was stored and opens it in a thread beside its events. Nothing relies
on that: a version that is not open by then is opened by the first event that needs it.
"""

import threading
from collections.abc import Callable
from typing import Final

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.runtime.background import Background
from router.runtime.ports import Bundles, Store

POLL_SECONDS: Final = 0.1
NOTICE_SECONDS: Final = 0.15
"""So long a version is stored before it becomes active, where opening it takes more than a moment."""

LARGE_BYTES: Final = 256 * 1024
"""Of new parts: what opens in a moment without is less."""

SLACK_SECONDS: Final = 10.0  # clocks of hosts differ, and a look may fail

log = get_logger()


class VersionOpener:
    """A thread of this process."""

    def __init__(self, store: Store, bundles: Bundles) -> None:
        self._store = store
        self._bundles = bundles
        self._since = 0.0
        self._background = Background("version opener", self._run)
        self.start, self.stop = self._background.start, self._background.stop

    def look(self) -> int:
        """Open what was stored since the last look; answers how many versions that were."""
        now = self._store.now()
        found = self._store.announced(self._since - SLACK_SECONDS if self._since else now - SLACK_SECONDS)
        for account, version in found:
            self._bundles.get(account, version)
        self._since = now
        return len(found)

    def _run(self, stop: threading.Event) -> None:
        seen: int | None = None
        while not stop.wait(POLL_SECONDS):
            try:
                changed = self._store.changed()
                if changed != seen:
                    seen = changed
                    self.look()
            except StoreUnavailable:
                seen = None  # others of this process say so
            except Exception:
                log.exception("a version could not be opened before it is active")


def give_notice(new_bytes: int, wait: Callable[[float], object]) -> None:
    """To be called between storing a version of which so many bytes are new and making it active."""
    if new_bytes >= LARGE_BYTES:
        wait(NOTICE_SECONDS)
