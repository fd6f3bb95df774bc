"""What Prometheus sees. Counters and histograms live in each process and are added up at the scrape; gauges of shared
state are read from the store at the scrape, so they are the same whichever worker answers.

With PROMETHEUS_MULTIPROC_DIR set (gunicorn.conf.py sets it) the former are correct over all workers. Label values are
bounded: nothing that a peer writes becomes one, and of the accounts the first MOST_ACCOUNTS of the configuration have
labels of their own.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from router.catalogue.methods import METHODS
from router.errors import StoreUnavailable
from router.runtime.limits import Limits
from router.runtime.limits_view import Window, limits_in_use
from router.runtime.ports import Store

OTHER: Final = "other"
MOST_ACCOUNTS: Final = 100  # with labels of their own; the others are counted together as OTHER
EVENT_KINDS: Final[Mapping[str, str]] = {  # path of a notification -> label
    "events/call": "call",
    "events/dtmf": "dtmf",
    "events/summary": "summary",
    "events/recording": "recording",
    "events/sms": "sms",
    "events/record/added": "recording",
    "events/record/tagged": "recording",
    "events/ab": "address_book",
    "events/user/status_changed": "presence",
    "events/user/session_end": "presence",
    "ping": "ping",
}
EVENT_OUTCOMES: Final = frozenset({"stored", "duplicate", "conflict", "refused", "unavailable", "answered", "spooled"})

_process: Final[list[int]] = []  # its id


def _note_process() -> None:
    _process[:] = [os.getpid()]


_note_process()
os.register_at_fork(after_in_child=_note_process)
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    # Each count asks whether the process was forked meanwhile, by a system call; being told of it is cheaper.
    values.ValueClass = values.MultiProcessValue(lambda: _process[0])  # type: ignore[no-untyped-call]

registry: Final = CollectorRegistry()
events_total: Final = Counter(
    "ivr_events_total",
    "Notifications by kind, by what became of them and why, and by account.",
    ["kind", "outcome", "reason", "account"],
    registry=registry,
)
event_seconds: Final = Histogram(
    "ivr_event_seconds",
    "From a notification's first byte read to its answer.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
    registry=registry,
)
commands_total: Final = Counter(
    "ivr_commands_total",
    "Commands by name, by what the peer answered or what became of them and why, and by account.",
    ["command", "outcome", "reason", "account"],
    registry=registry,
)
commands_dropped_total: Final = Counter(
    "ivr_commands_dropped_total",
    "Commands that came to nothing, by the reason.",
    ["command", "reason"],
    registry=registry,
)
command_wait_seconds: Final = Histogram(
    "ivr_command_wait_seconds",
    "How long a command waited in the queue.",
    ["command"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60),
    registry=registry,
)
admin_refusals_total: Final = Counter(
    "ivr_admin_refusals_total",
    "Requests for console or API that were refused: a wrong token, too many of them, or not from this machine.",
    ["reason"],
    registry=registry,
)
lookups_total: Final = Counter(
    "ivr_lookups_total",
    "Lookups by kind, step and outcome: found, not_found, failed; cached; stale, an old answer after a failure.",
    ["kind", "step", "outcome"],
    registry=registry,
)
lookup_seconds: Final = Histogram(
    "ivr_lookup_seconds",
    "From the wish of a step to the answer, its wait for a thread and for the limits included.",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
    registry=registry,
)


reconciled_total: Final = Counter(
    "ivr_stale_calls_total",
    "Calls without news that the PBX's statistics were asked about: ended, unknown there, or failed to be asked.",
    ["outcome"],
    registry=registry,
)


def event_kind(path: str) -> str:
    """The label for a notification's path."""
    return "result" if path.startswith("result/") else EVENT_KINDS.get(path, OTHER)


_accounts: Final[dict[str, str]] = {"": ""}  # of no account -> no label


def name_accounts(names: Iterable[str]) -> None:
    """Say which accounts there are, in the order of the configuration, before anything is counted."""
    _accounts.clear()
    _accounts.update({"": ""}, **{name: name for name in list(names)[:MOST_ACCOUNTS]})


def account_label(account: str) -> str:
    """The account's own label, OTHER of those that have none, "" of none at all."""
    return _accounts.get(account, OTHER)


Counted = tuple[str, str, str, str]
"""How a notification ended: path of the service; outcome; why it was refused or not kept, "" when it was; account, ""
when the key is no account's."""


def count_events(counts: Mapping[Counted, int], seconds: float) -> None:
    """Notifications that were answered together after so long, with how many there were of each kind."""
    for (path, outcome, reason, account), count in counts.items():
        _event_counter(event_kind(path), outcome, reason, account_label(account)).inc(count)
        for _ in range(count):
            event_seconds.observe(seconds)


@cache
def _event_counter(kind: str, outcome: str, reason: str, account: str) -> Counter:
    """The counter of one set of labels, looked up once: finding it by labels costs as much as counting."""
    return events_total.labels(kind, outcome if outcome in EVENT_OUTCOMES else OTHER, reason, account)


class CountCommand(Protocol):
    """Counts what became of a command; see `count_command`."""

    def __call__(
        self, command: str, outcome: str, *, account: str, reason: str = "", wait_seconds: float | None = None
    ) -> None: ...


def count_command(
    command: str, outcome: str, *, account: str, reason: str = "", wait_seconds: float | None = None
) -> None:
    """A command came to its outcome: a state of `ports`, or what the peer answered. `reason` is one of a few words
    (`answers.reason_of`, `Answer.reason`). Waits are counted when known."""
    name = command if command in METHODS else OTHER
    _command_counter(name, outcome, reason, account_label(account)).inc()
    if wait_seconds is not None:
        command_wait_seconds.labels(name).observe(wait_seconds)


@cache
def _command_counter(name: str, outcome: str, reason: str, account: str) -> Counter:
    return commands_total.labels(name, outcome, reason, account)


def count_drop(command: str, reason: str) -> None:
    """A command came to nothing; `reason` is one of a few words (`answers.drop_reason`)."""
    commands_dropped_total.labels(command if command in METHODS else OTHER, reason).inc()


def count_lookup(kind: str, step: str, outcome: str, seconds: float) -> None:
    """A lookup was answered. Steps are named by authors, so there are as many as the bundles have."""
    lookups_total.labels(kind, step, outcome).inc()
    lookup_seconds.labels(kind).observe(max(0.0, seconds))


def count_reconciled(outcome: str) -> None:
    """The statistics were asked about a stale call: ended, unknown or failed."""
    reconciled_total.labels(outcome).inc()


class StoreCollector(Collector):
    """The gauges that are read from the store. Of `limits` (account -> its limits) only those that are in use, lowered
    or paused are shown: thousands of idle accounts cost nothing."""

    def __init__(self, store: Store, limits: Mapping[str, Limits]) -> None:
        self._store = store
        self._limits = limits

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Nothing while the database does not answer: an absent gauge is honest, a zero is not."""
        try:
            depths, live = self._store.queue_depths(), self._store.live_calls()
            with self._store.snapshot() as reading:
                in_use, shift = limits_in_use(reading, self._limits), reading.clock_shift()
        except StoreUnavailable:
            return
        yield _gauge("ivr_queue_depth", "Commands that wait to be sent.", "command", depths)
        yield _gauge("ivr_live_calls", "Calls that a flow has now.", "flow", live)
        clock = GaugeMetricFamily(
            "ivr_clock_shift_seconds", "By how much the database's clock was set in all.", value=shift
        )
        yield clock
        for name, (text, of_window) in _WINDOW_GAUGES.items():
            family = GaugeMetricFamily(name, text, labels=["account", "window"])
            for account, window in in_use.windows:
                family.add_metric([account, window.name], of_window(window, in_use.now))
            yield family
        paused = GaugeMetricFamily("ivr_paused_seconds", "How long a paused key stays so.", labels=["account"])
        for account, until in in_use.paused.items():
            paused.add_metric([account], until - in_use.now)
        yield paused


_WINDOW_GAUGES: Final[Mapping[str, tuple[str, Callable[[Window, float], float]]]] = {
    "ivr_limit_count": ("Requests that a window lets through now.", lambda window, _now: window.count),
    "ivr_limit_seconds": ("The length of a window.", lambda window, _now: window.seconds),
    "ivr_limit_share": ("What others leave to us of our share of a window.", lambda window, _now: window.share),
    "ivr_limit_used": ("Occupied slots of a window.", lambda window, _now: len(window.free_at)),
    "ivr_limit_free_seconds": (
        "Until one more request may go in a window.",
        lambda window, now: max(0.0, window.next_free_at - now),
    ),
}


class SpoolCollector(Collector):
    """The gauges of this machine's spool; `standing` answers (events that wait, files that were set aside)."""

    def __init__(self, standing: Callable[[], tuple[int, int]]) -> None:
        self._standing = standing

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Both, always: a zero is what one wants to see."""
        waiting, set_aside = self._standing()
        yield GaugeMetricFamily("ivr_spooled_events", "Events that wait here for the database.", value=waiting)
        yield GaugeMetricFamily(
            "ivr_spool_set_aside_files", "Files of the spool that could not be taken in.", value=set_aside
        )


class HeartbeatCollector(Collector):
    """How long ago the dispatcher and the timers of this machine had their last good round, by role."""

    def __init__(self, ages: Callable[[], Mapping[str, float]]) -> None:
        self._ages = ages

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Nothing for a role that is not played, as with IVR_ENABLED=0."""
        for role, age in self._ages().items():
            yield GaugeMetricFamily(
                f"ivr_{role}_heartbeat_age_seconds",
                f"Since the {role} of some worker of this machine could read and write the database.",
                value=age,
            )


def _gauge(name: str, text: str, label: str, found: Mapping[tuple[str, str], int]) -> GaugeMetricFamily:
    """One value for each label, over all accounts."""
    sums: dict[str, int] = {}
    for (_account, value), count in found.items():
        sums[value] = sums.get(value, 0) + count
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in sums.items():
        family.add_metric([value], count)
    return family


def exposition(
    store: Store,
    limits: Mapping[str, Limits],
    spool: Callable[[], tuple[int, int]],
    heartbeats: Callable[[], Mapping[str, float]],
    *,
    multiprocess: bool,
) -> bytes:
    """The page that Prometheus reads, in its text format; `spool` tells how the spool stands, `heartbeats` how old
    those of each role are."""
    page = CollectorRegistry()
    if multiprocess:
        MultiProcessCollector(page)  # type: ignore[no-untyped-call]
    else:
        page.register(registry)
    page.register(StoreCollector(store, limits))
    page.register(SpoolCollector(spool))
    page.register(HeartbeatCollector(heartbeats))
    return generate_latest(page)
