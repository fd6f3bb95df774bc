"""The database is away: one line for the whole machine that says so, and one when it is back.

Everything that needs the database fails in its own way and at its own pace while it is away. All of it is one trouble,
so all of it is one topic of the log. It is over when a write succeeds, as an event's would.
"""

import threading
from typing import Final

from router.errors import StoreUnavailable
from router.logs import get_logger, recovered
from router.runtime.background import Background
from router.runtime.ports import Store

TOPIC: Final = "database"
AWAY: Final = "the database is away: events are spooled, commands and timers wait until it is back"
BACK: Final = "the database is back"
TRY_SECONDS: Final = 1.0

log = get_logger()
_noticed: Final = threading.Event()


def database_away(error: StoreUnavailable, noticed_by: str) -> None:
    """Something could not be done for want of the database; `noticed_by` says what, in a word or two."""
    _noticed.set()
    log.error(AWAY, topic=TOPIC, error=error.message, noticed_by=noticed_by)


def database_is_away() -> bool:
    """Whether it was when this process needed it last."""
    return _noticed.is_set()


class OutageWatch:
    """Looks, while this process knows of an outage, whether it is over."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._background = Background("outage", self._run)

    def start(self) -> None:
        self._background.start()

    def stop(self) -> None:
        self._background.stop()

    def look(self) -> None:
        """Say that the outage is over, if there was one and it is."""
        if not _noticed.is_set():
            return
        try:
            with self._store.transaction() as tx:
                tx.touch()
        except StoreUnavailable:
            return
        _noticed.clear()
        recovered(TOPIC, BACK)

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(TRY_SECONDS):
            try:
                self.look()
            except Exception:  # the next look may find it better
                log.exception("the database cannot be asked whether it is back")
