"""Watching the bundles' directories: an author saves a file, and the callback publishes what has changed."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog
import watchfiles

from router.runtime.background import Background

SETTLE_MILLISECONDS: Final = 300  # an editor writes several files, or one in several steps
AGAIN_SECONDS: Final = 1.0

log = structlog.get_logger()


class Watcher:
    """Calls `changed` after files in any of the directories have changed; those that do not exist are left out.

    It is called once more when watching has begun, for what changed before that, and again and again while it answers
    False: it could not do its work yet.
    """

    def __init__(self, directories: Iterable[str], changed: Callable[[], bool]) -> None:
        self._directories = [directory for directory in dict.fromkeys(directories) if Path(directory).is_dir()]
        self._changed = changed
        self._background = Background("watcher", self._run)

    def start(self) -> None:
        """Watch in a thread of this process until `stop`."""
        if self._directories:
            self._background.start()

    def stop(self) -> None:
        self._background.stop()

    def _run(self, stop: threading.Event) -> None:
        changes = watchfiles.watch(
            *self._directories,
            stop_event=stop,
            step=SETTLE_MILLISECONDS,
            rust_timeout=500,
            yield_on_timeout=True,  # the first time, when it surely watches
        )
        for number, change in enumerate(changes):
            if change or number == 0:
                while not self._is_done() and not stop.wait(AGAIN_SECONDS):
                    pass

    def _is_done(self) -> bool:
        try:
            return self._changed()
        except Exception:  # a fault while publishing must not end the watching
            log.exception("the changed bundle could not be published")
            return True
