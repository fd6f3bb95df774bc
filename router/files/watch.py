"""Watching the bundles' directories: an author saves a file, and the callback publishes what is new."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog
import watchfiles

from router.runtime.background import Background

SETTLE_MILLISECONDS: Final = 300  # an editor writes several files, or one in several steps

log = structlog.get_logger()


class Watcher:
    """Calls `changed` after files in any of the directories have changed; those that do not exist are left out."""

    def __init__(self, directories: Iterable[str], changed: Callable[[], object]) -> None:
        self._directories = [directory for directory in directories if Path(directory).is_dir()]
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
            yield_on_timeout=False,
        )
        for _ in changes:
            try:
                self._changed()
            except Exception:  # a fault while publishing must not end the watching
                log.exception("the changed bundle could not be published")
