"""`GET /api/alarms`: what stands in the way of calls now.

While the database is away, what does not need it is told all the same. An answer is kept for a moment, so that many
screens cost what one does.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from flask import Blueprint, Response

from router.errors import StoreUnavailable
from router.history.journal import FAILED
from router.runtime.limits.limits_view import limits_in_use
from router.runtime.monitoring import alarms
from router.runtime.monitoring.alarms import ERROR, Alarm
from router.runtime.monitoring.metrics import account_marks
from router.runtime.monitoring.refusals import refusals
from router.web.api_objects import reply
from router.web.in_time import InTime
from router.web.queries import account_name
from router.web.router_parts import RouterParts

ASK_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 2.0
OLD_SECONDS: Final = 60.0  # how old the directories' answer may be while the next one does not come
MOST_DELIVERIES: Final = 500


def alarms_path(blueprint: Blueprint, parts: RouterParts) -> None:
    present = PresentAlarms(parts)

    @blueprint.get("/alarms")
    def alarms() -> Response:
        """The worst first."""
        chosen = account_name(parts)
        found = [one for one in present.all() if one.account in ("", chosen) or chosen is None]
        return reply({"alarms": [asdict(one) for one in found]})


class PresentAlarms:
    """Those of one process's router, as it sees them. Thread-safe."""

    def __init__(self, parts: RouterParts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._database = InTime("alarms-database", self._ask_database, ASK_SECONDS)
        self._ready = InTime("alarms-readiness", parts.ready, ASK_SECONDS)
        self._directories = InTime("alarms-directories", self._ask_directories, ASK_SECONDS)
        self._kept: tuple[float, Sequence[Alarm]] = (-KEPT_SECONDS, ())

    def all(self) -> Sequence[Alarm]:
        with self._lock:
            at, kept = self._kept
            if time.monotonic() - at >= KEPT_SECONDS:
                kept = sorted(self._find(), key=lambda one: one.severity != ERROR)
                self._kept = (time.monotonic(), kept)
            return kept

    def _find(self) -> Iterator[Alarm]:
        asked = (self._ready, self._database, self._directories)
        for one in asked:
            one.begin()
        parts = self._parts
        status, reason = self._ready.answer() or ("not ready", "the database does not answer")
        yield from alarms.of_readiness(status, reason, enabled=parts.settings.enabled)
        yield from alarms.of_heartbeats(parts.heartbeats.ages())
        yield from alarms.of_spool(*parts.ingest.standing())
        yield from alarms.of_disks(parts.disk_room())
        yield from self._database.answer() or ()
        yield from alarms.of_drift(self._directories.answer(OLD_SECONDS) or ())
        yield from alarms.of_refusals(refusals.last_hour())

    def _ask_database(self) -> list[Alarm]:
        parts, store = self._parts, self._parts.store
        names = [account.name for account in parts.settings.accounts]
        try:
            active = store.active_versions()
            with store.snapshot() as reading:
                in_use, asked_to_wait = limits_in_use(reading, parts.limits), reading.pauses()
            failed = store.deliveries(None, state=FAILED, limit=MOST_DELIVERIES)[0]
        except StoreUnavailable:  # readiness says so
            return []
        marks = account_marks()
        last = {
            name: marks.last_publication(name, row.activated) for name, row in active.items() if name in marks.names
        }
        return [
            *alarms.of_accounts(active, names),
            *alarms.of_limits(in_use, asked_to_wait),
            *alarms.of_publications(name for name, (at, succeeded) in last.items() if at and not succeeded),
            *alarms.of_deliveries(failed, in_use.now),
        ]

    def _ask_directories(self) -> list[str]:
        try:
            return [name for name in account_marks().names if self._parts.versions.has_drifted(name)]
        except StoreUnavailable:
            return []
