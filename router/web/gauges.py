"""The gauges of /metrics: how the router stands at the scrape, the same whichever worker answers.

They are read from the database, the disk and the memory that the workers share. Asking the database or a directory may
hang, and the page must come all the same, so each is asked in a thread of its own and waited for as long as
ASK_SECONDS. What always holds: `ivr_database_up` says whether the database takes a write; without an answer the gauges
that are read from it are absent, which is honest, where zeros were not; all others exist from the first scrape on.
"""

import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final, TypeVar

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from router.errors import StoreUnavailable
from router.protocol.commands import LIMITED
from router.runtime.limits.limits_view import Window, limits_in_use
from router.runtime.monitoring.metrics import OTHER, account_label, account_marks
from router.runtime.ports import Store
from router.runtime.records import Activation
from router.web.in_time import InTime
from router.web.router_parts import RouterParts

ASK_SECONDS: Final = 1.5
OLD_SECONDS: Final = 60.0  # how old an answer of /readyz may be told while the next one does not come
LOOK_BACK: Final = 10_000  # events among which the last one of each account is looked for after a start
LOOK_BACK_SECONDS: Final = 300.0  # between two such looks

_Found = Mapping[tuple[str, str], float]
_Key = TypeVar("_Key", bound=tuple[str, ...])  # the values of labels


class RouterGauges(Collector):
    """All of one process's router; kept between scrapes."""

    def __init__(self, parts: RouterParts) -> None:
        self._parts = parts
        self._database = InTime("metrics-database", self._ask_database, ASK_SECONDS)
        self._ready = InTime("metrics-readiness", parts.ready, ASK_SECONDS)
        self._local = InTime("metrics-disk", self._ask_disk, ASK_SECONDS)
        self._drift = InTime("metrics-directories", self._ask_directories, ASK_SECONDS)
        self._looked_at = -math.inf
        self._looked_back: Mapping[str, float] = {}

    def collect(self) -> Iterator[Metric]:
        """Everything; takes ASK_SECONDS at most, and little more."""
        asked = (self._database, self._ready, self._local, self._drift)
        for one in asked:
            one.begin()
        yield _one("ivr_build_info", "The program that serves.", 1.0, version=_version(), python=_PYTHON)
        yield _one("ivr_enabled", "0 with IVR_ENABLED=0.", float(self._parts.settings.enabled))
        yield _one("ivr_clock_seconds", "The database's clock as far as it is known here.", self._parts.store.now())
        yield from self._heartbeats()
        yield from self._local.answer(math.inf) or ()
        yield self._drift.answer(math.inf) or _drift(dict.fromkeys(account_marks().names, False))
        yield from self._database.answer() or ()
        yield from self._readiness()

    # each kind

    def _heartbeats(self) -> Iterator[Metric]:
        """Nothing for a role that is not played, as with IVR_ENABLED=0."""
        for role, age in self._parts.heartbeats.ages().items():
            text = f"Since the {role} of some worker of this machine could read and write the database."
            yield _one(f"ivr_{role}_heartbeat_age_seconds", text, age)

    def _readiness(self) -> Iterator[Metric]:
        """Of a /readyz that hangs its last answer is told, and that the database does not take a write."""
        answer = self._ready.answer()
        is_up = answer is not None and self._parts.takes_writes()
        status, _ = answer or self._ready.answer(OLD_SECONDS) or ("no answer", "")
        yield _one("ivr_database_up", "Whether the database takes a write.", float(is_up))
        text = "Whether /readyz answers 200: the next event would be kept."
        yield _one("ivr_ready", text, float(status in ("ready", "degraded")))
        text = "Whether /readyz says degraded: events are kept, and nothing acts on them yet."
        yield _one("ivr_degraded", text, float(status == "degraded"))

    def _ask_disk(self) -> list[Metric]:
        waiting, set_aside = self._parts.ingest.standing()
        room = self._parts.disk_room()
        return [
            _one("ivr_spooled_events", "Events that wait here for the database.", waiting),
            _one("ivr_spool_set_aside_files", "Files of the spool that could not be taken in.", set_aside),
            _many("ivr_disk_free_bytes", "Room for what the router keeps there.", ["volume"],
                  {(volume,): free for volume, (free, _) in room.items()}),
            _many("ivr_disk_size_bytes", "The size of that file system.", ["volume"],
                  {(volume,): size for volume, (_, size) in room.items()}),
        ]  # fmt: skip

    def _ask_directories(self) -> Metric | None:
        try:
            return _drift({name: self._parts.versions.has_drifted(name) for name in account_marks().names})
        except StoreUnavailable:  # what was told last stands
            return None

    def _ask_database(self) -> list[Metric]:
        store = self._parts.store
        try:
            active, depths, live = store.active_versions(), store.queue_depths(), store.live_calls()
            return [*self._of_limits(store), *self._of_accounts(active), *self._of_calls(active, depths, live)]
        except StoreUnavailable:
            return []

    def _of_accounts(self, active: Mapping[str, Activation]) -> Iterator[Metric]:
        marks, now = account_marks(), time.time()
        rows = {name: active.get(name, Activation()) for name in marks.names}
        paused = {(name,): float(row.paused) for name, row in rows.items()}
        yield _many("ivr_paused", "Whether `ivr pause` has stopped the account.", ["account"], paused)
        ages = {(name,): now - at if (at := self._last_event(name)) else math.inf for name in marks.names}
        text = "Since the account's last event; +Inf when none is known."
        yield _many("ivr_last_event_age_seconds", text, ["account"], {key: max(0.0, age) for key, age in ages.items()})
        last = {name: marks.last_publication(name, row.activated) for name, row in rows.items()}
        text = "Whether the account's last publication went well; 0 when there was none."
        went_well = {(name,): float(succeeded) for name, (_, succeeded) in last.items()}
        yield _many("ivr_last_publication_success", text, ["account"], went_well)
        text = "When the account's last publication ended, Unix seconds."
        ended = {(name,): at for name, (at, _) in last.items()}
        yield _many("ivr_last_publication_timestamp_seconds", text, ["account"], ended)
        text = "The last year of which the holidays' calendar of the account's active version knows moved days."
        yield _many("ivr_calendar_known_until_year", text, ["account", "country"], self._years(rows))

    def _of_calls(self, active: Mapping[str, Activation], depths: _Found, live: _Found) -> Iterator[Metric]:
        names = account_marks().names
        usual = {(name, command): 0.0 for name in names for command in LIMITED.values()}
        yield _by_account("ivr_queue_depth", "Commands that wait to be sent.", "command", {**usual, **depths})
        idle = {
            (name, flow): 0.0
            for name in names
            if (row := active.get(name)) is not None
            for flow in self._parts.versions.flows(name, row.version)
        }
        yield _by_account("ivr_live_calls", "Calls that a flow has now.", "flow", {**idle, **live})

    def _of_limits(self, store: Store) -> Iterator[Metric]:
        """Only windows that are in use, lowered or paused: thousands of idle accounts cost nothing."""
        with store.snapshot() as reading:
            in_use, shift = limits_in_use(reading, self._parts.limits), reading.clock_shift()
        yield _one("ivr_clock_shift_seconds", "By how much the database's clock was set in all.", shift)
        for name, (text, of_window) in _WINDOW_GAUGES.items():
            values = {(account, window.name): of_window(window, in_use.now) for account, window in in_use.windows}
            yield _many(name, text, ["account", "window"], values)
        seconds = {(name,): 0.0 for name in account_marks().names}
        seconds |= {(name,): max(0.0, until - in_use.now) for name, until in in_use.paused.items()}
        yield _many("ivr_paused_seconds", "How long a paused key stays so.", ["account"], seconds)

    def _years(self, rows: Mapping[str, Activation]) -> dict[tuple[str, ...], float]:
        known = self._parts.versions.calendar_years
        return {
            (name, country): year for name, row in rows.items() for country, year in known(name, row.version).items()
        }

    def _last_event(self, account: str) -> float:
        """Unix seconds, 0.0 for none. Before its first event since the start the journal is asked."""
        told = account_marks().last_event(account)
        if told:
            return told
        if time.monotonic() - self._looked_at > LOOK_BACK_SECONDS:
            self._looked_back = self._parts.store.last_events(LOOK_BACK)
            self._looked_at = time.monotonic()
        return self._looked_back.get(account, 0.0)


_WINDOW_GAUGES: Final[Mapping[str, tuple[str, Callable[[Window, float], float]]]] = {
    "ivr_limit_requests": ("Requests that a window lets through now.", lambda window, _now: window.count),
    "ivr_limit_seconds": ("The length of a window.", lambda window, _now: window.seconds),
    "ivr_limit_share": ("What others leave to us of our share of a window.", lambda window, _now: window.share),
    "ivr_limit_used": ("Occupied slots of a window.", lambda window, _now: len(window.free_at)),
    "ivr_limit_free_seconds": (
        "Until one more request may go in a window.",
        lambda window, now: max(0.0, window.next_free_at - now),
    ),
}
_PYTHON: Final = platform.python_version()


def _version() -> str:
    try:
        return version("ivr-router")
    except PackageNotFoundError:  # a checkout that is not installed
        return "unknown"


def _drift(found: Mapping[str, bool]) -> Metric:
    text = "Whether the account's directory is neither its active version nor its canary."
    return _many("ivr_directory_drift", text, ["account"], {(name,): float(value) for name, value in found.items()})


def _one(name: str, text: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(name, text, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _many(name: str, text: str, labels: list[str], values: Mapping[_Key, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), value)
    return family


def _by_account(name: str, text: str, label: str, found: _Found) -> Metric:
    """The sum of each account that has a label, and of all others together."""
    sums: dict[tuple[str, ...], float] = {}
    for (account, value), count in found.items():
        key = (account_label(account) or OTHER, value)
        sums[key] = sums.get(key, 0.0) + count
    return _many(name, text, ["account", label], sums)
