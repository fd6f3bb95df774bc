"""Watching the bundles' directories: an author saves a file, and the callback publishes what has changed.

The watching library waits in the kernel. Under gevent, where threads are greenlets of one thread, that would stop all
of them, so it is asked there without waiting, again and again.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

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
        changes = self._asked_again(stop) if _are_threads_greenlets() else self._waited_for(stop)
        for number, has_changed in enumerate(changes):
            if has_changed or number == 0:  # the first time, when it surely watches
                while not self._is_done() and not stop.wait(AGAIN_SECONDS):
                    pass

    def _waited_for(self, stop: threading.Event) -> Iterator[bool]:
        """Whether files have changed, now and then."""
        options: dict[str, Any] = {"step": SETTLE_MILLISECONDS, "rust_timeout": 500, "yield_on_timeout": True}
        for change in watchfiles.watch(*self._directories, stop_event=stop, **options):
            yield bool(change)

    def _asked_again(self, stop: threading.Event) -> Iterator[bool]:
        options: dict[str, Any] = {"step": 1, "debounce": 1, "rust_timeout": 1, "yield_on_timeout": True}
        is_settling = False
        for change in watchfiles.watch(*self._directories, stop_event=stop, **options):
            yield is_settling and not change
            is_settling = bool(change)
            stop.wait(SETTLE_MILLISECONDS / 1000)

    def _is_done(self) -> bool:
        try:
            return self._changed()
        except Exception:  # a fault while publishing must not end the watching
            log.exception("the changed bundle could not be published")
            return True


def _are_threads_greenlets() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))
