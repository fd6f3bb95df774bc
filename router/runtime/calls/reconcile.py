"""What became of calls whose end never came: the PBX's statistics are asked, for all of an account at once (§3.3).

A call that went stale (`engine.stale`) is asked about once, by the process that noticed it, when that is on disk. Calls
go stale together when their news was lost together, so those of the same breath share one report. What always holds:

- a report is asked for within the account's limits, and its result no more often than every five seconds (§3.3.3);
- every call that was asked about is told something before its own timer gives up, unless the process ends: then the
  timer closes it;
- nothing here is done in a transaction or in a thread that takes events in.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from router.catalogue.csv_tables import read_rows
from router.catalogue.methods import METHODS
from router.engine.stale import ANSWER_SECONDS, ENDED, FAILED, UNKNOWN
from router.engine.state import Reconciled
from router.errors import StoreUnavailable
from router.logs import get_logger
from router.protocol.events import ABONENT
from router.runtime.group_commit import GroupCommit
from router.runtime.monitoring.metrics import count_reconciled
from router.runtime.monitoring.outage import database_away
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.limited_queries import Inquiries
from router.runtime.ports import Clock, Transaction
from router.runtime.thread_pool import BoundedPool

REQUEST: Final = "stats/request"
RESULT: Final = "stats/result"
COLUMNS: Final = ("start", "finish", "answer", "disconnect_reason", "location", "create", "entry_id")

GATHER_SECONDS: Final = 1.0
POLL_SECONDS: Final = 5.0  # §3.3.3
ASK_SECONDS: Final = 15.0
LATEST_SECONDS: Final = ANSWER_SECONDS - 2 * ASK_SECONDS
"""For the whole report: the timer of the call is the end of all patience."""

MARGIN_SECONDS: Final = 4 * 3600.0
"""The document calls its instants Unix time "of the zone UTC+3": the period has room for either meaning."""
MONTH_SECONDS: Final = 30 * 86_400.0  # §3.3.2: the longest period
HOUR: Final = 3600.0
NOT_READY: Final = 204
THREADS: Final = 4  # accounts that are asked at the same time

Apply = Callable[[Transaction, str, Reconciled], object]
"""Steps the call within the transaction: (transaction, account, event)."""

log = get_logger()


class NoReportError(Exception):
    """There is no report, and why."""


class Reconciler:
    """Asks what became of stale calls. `ask` comes from any thread; `wake` is called after answers, since commands may
    follow. `rest` waits for so many seconds and answers whether the process is to end; None: until `stop`."""

    def __init__(
        self,
        inquiries: Inquiries,
        apply: Apply,
        *,
        clock: Clock,
        wake: Callable[[], None],
        group: GroupCommit,
        rest: Callable[[float], bool] | None = None,
    ) -> None:
        self._inquiries = inquiries
        self._apply = apply
        self._clock = clock
        self._wake = wake
        self._group = group
        self._stopping = threading.Event()
        self._rest = rest or self._stopping.wait
        self._lock = threading.Lock()
        self._waiting: dict[str, dict[str, float]] = {}  # account -> entry_id -> the call's beginning
        self._pool = BoundedPool("statistics", THREADS, waiting=None)  # one piece of work for an account

    def ask(self, account: str, entry_id: str, started: float) -> None:
        """Find out what became of a call that began at `started` (Unix seconds); comes back at once."""
        with self._lock:
            is_first = account not in self._waiting
            self._waiting.setdefault(account, {})[entry_id] = started
        if is_first:
            self._pool.submit(lambda: self._reconcile(account))

    def stop(self) -> None:
        """End within one request; calls that were asked about are left to their timers."""
        self._stopping.set()
        self._pool.stop()
        self._stopping.clear()

    def _reconcile(self, account: str) -> None:
        if self._rest(GATHER_SECONDS):
            return
        with self._lock:
            calls = self._waiting.pop(account)
        try:
            rows = self._report(account, calls.values())
        except NoReportError as error:
            found = [Reconciled(entry_id=one, state=FAILED, reason=str(error)) for one in calls]
        except StoreUnavailable:
            found = [Reconciled(entry_id=one, state=FAILED, reason="the database does not answer") for one in calls]
        except Exception:  # a fault of ours: the calls' timers go on
            log.exception("stale calls could not be reconciled", account=account)
            return
        else:
            found = [_fate(entry_id, started, rows.get(entry_id, ())) for entry_id, started in calls.items()]
        self._tell(account, found)

    def _tell(self, account: str, found: Iterable[Reconciled]) -> None:
        for fate in found:
            try:
                self._group.run(partial(self._apply_to, account, fate))
            except StoreUnavailable as error:
                database_away(error, "stale calls")
            except Exception:
                log.exception("a stale call could not take its end", account=account, entry_id=fate.entry_id)
            else:
                count_reconciled(fate.state)
        self._wake()

    def _apply_to(self, account: str, fate: Reconciled, tx: Transaction) -> None:
        self._apply(tx, account, fate)

    # the report

    def _report(self, account: str, started: Iterable[float]) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """The legs of the calls that have ended since, by entry_id. Raises NoReportError."""
        now = self._clock.now()
        last, until = now + MARGIN_SECONDS, now + LATEST_SECONDS
        first = max(min(started) - MARGIN_SECONDS, last - MONTH_SECONDS)
        period = {"date_from": str(int(first)), "date_to": str(int(last)), "fields": ", ".join(COLUMNS)}
        key = _key(self._asked(account, REQUEST, period, until))
        return _by_entry(read_rows(METHODS[RESULT], self._asked(account, RESULT, {"key": key}, until).body, COLUMNS))

    def _asked(self, account: str, method: str, params: Mapping[str, Any], until: float) -> Answer:
        """The answer, asked for again while it is not ready or the PBX has trouble. Raises NoReportError."""
        while True:
            answer = self._inquiries.ask(account, method, params, self._clock.now() + ASK_SECONDS)
            if answer is not None and answer.kind == "accepted" and answer.status != NOT_READY:
                return answer
            is_final = answer is not None and answer.kind in ("refused", "banned", "not_sent")
            if is_final or self._clock.now() >= until:
                raise NoReportError(_problem(answer))
            if self._rest(POLL_SECONDS):
                raise NoReportError("the router was stopped meanwhile")


def _problem(answer: Answer | None) -> str:
    if answer is None:
        return "the limits left no room for the question"
    if answer.kind == "accepted":
        return "the report was not ready in time"
    code = f", code {answer.code}" if answer.code else ""
    return f"{answer.kind}, HTTP {answer.status}{code}" if answer.status else f"{answer.kind}: {answer.body}"


def _key(answer: Answer) -> str:
    try:
        tree = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        tree = None
    key = tree.get("key") if isinstance(tree, dict) else None
    if not isinstance(key, str) or not key:
        raise NoReportError("the PBX named no key for the report")
    return key


def _by_entry(rows: Iterable[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        found.setdefault(row.get("entry_id", ""), []).append(row)
    return found


def _fate(entry_id: str, started: float, legs: Sequence[Mapping[str, str]]) -> Reconciled:
    """What the legs of a call tell together; of a call without any that it has not ended, or never was."""
    if not legs:
        return Reconciled(entry_id=entry_id, state=UNKNOWN)
    last = max(legs, key=lambda leg: _whole(leg["finish"]))
    return Reconciled(
        entry_id=entry_id,
        state=ENDED,
        ended=_whole(last["finish"]) - _zone_shift(_whole(last["create"]), started),
        answered=any(_whole(leg["answer"]) > 0 and leg["location"] == ABONENT for leg in legs),
        disconnect_reason=_whole(last["disconnect_reason"]),
    )


def _zone_shift(created: int, started: float) -> float:
    """By how many hours the PBX's instants differ from Unix time: the one that both sides know tells."""
    return round((created - started) / HOUR) * HOUR if created else 0.0


def _whole(text: str) -> int:
    """A number, 0 for what is none: reasons come as words, too (the document's example)."""
    return int(text) if text.isascii() and text.isdecimal() else 0
