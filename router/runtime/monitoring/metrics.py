"""What this process counts for Prometheus; the gauges are `web.gauges`.

With PROMETHEUS_MULTIPROC_DIR set (gunicorn.conf.py sets it) they are added up over all workers. Label values are
bounded: nothing that a peer writes becomes one, and of the accounts the first MOST_ACCOUNTS of the configuration have
labels of their own.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, mmap_dict, values

from router.catalogue.methods import METHODS
from router.private_files import create_private
from router.runtime.monitoring.account_marks import AccountMarks, Numbers
from router.runtime.monitoring.counter_files import CounterFile

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
KEPT: Final = frozenset({"stored", "duplicate", "conflict", "spooled"})  # of EVENT_OUTCOMES: an event has come

_process: Final[list[int]] = []  # its id


def _note_process() -> None:
    _process[:] = [os.getpid()]


_note_process()
os.register_at_fork(after_in_child=_note_process)


class _PrivateFile(mmap_dict.MmapedDict):
    """The counts of one process, in a file that only this user reads."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if not read_mode:
            create_private(filename)
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]


if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    values.MmapedDict = _PrivateFile  # type: ignore[attr-defined]
    # Each count asks whether the process was forked meanwhile, by a system call; being told of it is cheaper.
    values.MmapedDict = CounterFile  # type: ignore[attr-defined]  # the name by which it makes its files
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
    "Requests for console or API that were refused: a wrong token, password or role, too many wrong ones, not by our"
    " page, or not from here.",
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
worker_starts_total: Final = Counter(
    "ivr_worker_starts_total", "Workers of this master that have begun to serve.", registry=registry
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
_marks: Final[list[AccountMarks]] = [AccountMarks(())]


def name_accounts(names: Iterable[str], share: Callable[[Sequence[str]], Numbers | None] = lambda _: None) -> None:
    """Say which accounts there are, in the order of the configuration, before anything is counted. `share` makes the
    numbers that the workers' marks of the labelled ones are kept in."""
    labelled = list(names)[:MOST_ACCOUNTS]
    _accounts.clear()
    _accounts.update({"": ""}, **{name: name for name in labelled})
    _marks[0] = AccountMarks(labelled, share(labelled))
    for name in labelled:  # so that the first of them is an increase
        _event_counter("call", "stored", "", name)
        _event_counter("call", "refused", "wrong-sign", name)
    for reason in ("unknown-key", "unknown-sender"):
        _event_counter("call", "refused", reason, "")
    for reason in ("token", "slowed", "role", "password", "csrf"):
        admin_refusals_total.labels(reason)


def account_label(account: str) -> str:
    """The account's own label, OTHER of those that have none, "" of none at all."""
    return _accounts.get(account, OTHER)


def account_marks() -> AccountMarks:
    """When the labelled accounts last had an event, and how their last publication ended."""
    return _marks[0]


Counted = tuple[str, str, str, str]
"""How a notification ended: path of the service; outcome; why it was refused or not kept, "" when it was; account, ""
when the key is no account's."""


def count_events(counts: Mapping[Counted, int], seconds: float) -> None:
    """Notifications that were answered together after so long, with how many there were of each kind."""
    for (path, outcome, reason, account), count in counts.items():
        _event_counter(event_kind(path), outcome, reason, account_label(account)).inc(count)
        if outcome in KEPT:
            _marks[0].had_event(account)
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
