"""Watching the bundles' directories: an author saves a file, and the callback publishes what has changed.

The watching library waits in the kernel. Under gevent, where threads are greenlets of one thread, that would stop all
of them, so it is asked there without waiting, again and again.
"""

import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

import watchfiles

from router.logs import get_logger
from router.runtime.background import Background

SETTLE_MILLISECONDS: Final = 300  # an editor writes several files, or one in several steps
AGAIN_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 2.0
"""Between two looks at what the directories' names stand for; the kernel tells of their files at once."""

Places = dict[str, tuple[int, int]]

log = get_logger()


class Watcher:
    """Calls `changed` after files in any of the directories have changed; one that does not exist is waited for.

    It is called once more when watching has begun, for what changed before that, and again and again while it answers
    False: it could not do its work yet. A directory that appears, or another one in its place (a link that leads to the
    next release), is watched from then on.
    """

    def __init__(self, directories: Iterable[str], changed: Callable[[], bool]) -> None:
        self._directories = list(dict.fromkeys(directories))
        self._changed = changed
        self._background = Background("watcher", self._run)

    def start(self) -> None:
        """Watch in a thread of this process until `stop`."""
        if self._directories:
            self._background.start()

    def stop(self) -> None:
        self._background.stop()

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            places = self._places()
            try:
                self._watch(places, stop)
            except FileNotFoundError:  # one has gone just now
                stop.wait(AGAIN_SECONDS)

    def _watch(self, places: Places, stop: threading.Event) -> None:
        """As long as these are the directories."""
        looked_at = time.monotonic()
        for number, has_changed in enumerate(self._changes(list(places), stop)):
            if has_changed or (number == 0 and places):  # the first time, when it surely watches
                while not self._is_done() and not stop.wait(AGAIN_SECONDS):
                    pass
            if time.monotonic() - looked_at >= LOOK_SECONDS:
                looked_at = time.monotonic()
                if self._places() != places:
                    return

    def _places(self) -> Places:
        """The directories that there are, with what stands there: device and inode."""
        found = {}
        for directory in self._directories:
            with suppress(OSError):
                there = os.stat(directory)
                if stat.S_ISDIR(there.st_mode):
                    found[directory] = there.st_dev, there.st_ino
        return found

    def _changes(self, directories: list[str], stop: threading.Event) -> Iterator[bool]:
        """Whether files have changed, now and then."""
        if not directories:
            return self._nothing(stop)
        return self._asked_again(directories, stop) if _are_threads_greenlets() else self._waited_for(directories, stop)

    @staticmethod
    def _nothing(stop: threading.Event) -> Iterator[bool]:
        while not stop.wait(AGAIN_SECONDS):
            yield False

    @staticmethod
    def _waited_for(directories: list[str], stop: threading.Event) -> Iterator[bool]:
        options: dict[str, Any] = {"step": SETTLE_MILLISECONDS, "rust_timeout": 500, "yield_on_timeout": True}
        for change in watchfiles.watch(*directories, stop_event=stop, **options):
            yield bool(change)

    @staticmethod
    def _asked_again(directories: list[str], stop: threading.Event) -> Iterator[bool]:
        options: dict[str, Any] = {"step": 1, "debounce": 1, "rust_timeout": 1, "yield_on_timeout": True}
        is_settling = False
        for change in watchfiles.watch(*directories, stop_event=stop, **options):
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
