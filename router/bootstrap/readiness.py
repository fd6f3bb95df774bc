"""What /readyz tells: what would become of the next event, found out by doing what an event does.

A read proves nothing: a full disk, a file that became read-only and a standby all answer reads. So the database is
asked to commit a change, and, where it does not, the spool to keep something. What always holds: `not ready` when the
next event would be answered 503 or an account has no active bundle (decision 0189), `degraded` when it would be kept
and nothing acts on it yet.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from router.bootstrap.versions import Versions
from router.errors import SpoolUnavailable, StoreUnavailable
from router.runtime.intake.spooling import Spooling
from router.runtime.ports import Store

READY: Final = "ready"
DEGRADED: Final = "degraded"
NOT_READY: Final = "not ready"

MOST_NAMED: Final = 10  # accounts

FRESH_SECONDS: Final = 0.05  # however often it is asked for, the disk is written to no more often than this


class Readiness:
    """`late` tells what does not happen although the router runs (`Heartbeats.late`); `is_enabled` is whether it acts
    at all (IVR_ENABLED)."""

    def __init__(
        self,
        store: Store,
        spooling: Spooling,
        versions: Versions,
        *,
        late: Callable[[], Sequence[str]] = tuple,
        is_enabled: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._spooling = spooling
        self._versions = versions
        self._late = late
        self._is_enabled = is_enabled
        self._now = now
        self._lock = threading.Lock()
        self._last = (NOT_READY, "not asked yet")
        self.takes_writes = False
        """Whether the database took one when that was last found out."""
        self._asked = float("-inf")

    def report(self) -> tuple[str, str]:
        """How the router stands and why."""
        with self._lock:
            if self._now() - self._asked >= FRESH_SECONDS:
                self._last = self._found()
                self._asked = self._now()
            return self._last

    def _found(self) -> tuple[str, str]:
        try:
            self._write()
        except StoreUnavailable as away:
            self.takes_writes = False
            return self._without_database(away.message)
        self.takes_writes = True
        try:
            missing = self._versions.missing()
            paused = self._versions.paused()
            refused = self._versions.refused()
        except StoreUnavailable as error:
            return self._without_database(f"it cannot be read: {error.message}")
        if missing:
            return NOT_READY, self._told(missing)
        if not self._spooling.is_empty():
            why = f" ({self._spooling.trouble})" if self._spooling.trouble else ""
            return DEGRADED, f"the database was away: events wait in the spool{why}"
        if not self._is_enabled:
            return DEGRADED, "IVR_ENABLED is 0: events are recorded, and nothing is sent"
        if late := self._late():
            return DEGRADED, f"{'; '.join(late)}: events are recorded"
        if paused:
            return DEGRADED, f"paused: {', '.join(paused)}: events are recorded, and nothing is sent (`ivr resume`)"
        if refused:
            named = "; ".join(refused[:MOST_NAMED])
            return DEGRADED, f"{named}: events are recorded, and nothing is sent for a while (`ivr limits`)"
        return READY, "ready"

    def _told(self, missing: Sequence[str]) -> str:
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        going_on = "; directories are being published" if self._versions.is_following() else ""
        return f"no active bundle for {', '.join(missing[:MOST_NAMED])}{more}{going_on}"

    def _without_database(self, why: str) -> tuple[str, str]:
        try:
            self._spooling.probe()
        except SpoolUnavailable as error:
            return NOT_READY, f"{why}; {error.message}"
        return DEGRADED, f"{why}: events wait in the spool, and nothing is sent"

    def _write(self) -> None:
        with self._store.transaction() as tx:
            tx.touch()
