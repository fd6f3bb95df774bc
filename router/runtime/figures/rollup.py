"""Calls that are over go into the figures: once each, beside the traffic.

Theory of operation. An event writes nothing for the figures. Every worker looks now and then for calls that have ended
and are in no figure yet, by the index of what changed; it reads what is kept of a few of them, makes cells of that, and
then, in one transaction, notes the calls as counted and adds the cells of those that were not counted before. So a
call counts once whoever looks, whenever a process dies, and however often it is looked at; how far the looking has come
is only a mark that spares work. A mark is moved back by MARGIN, for transactions that commit late; a clock that is set
back moves it back, too.

A call belongs to the local day of its beginning, in its account's time zone. Calls that are deleted stay in the
figures: they are sums without a caller in them.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from router.errors import StoreUnavailable
from router.history.call_facts import facts_of
from router.logs import get_logger
from router.runtime.background import Background
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Store
from router.runtime.ports_figures import PURGED, Cell, Changed, EndedHistory

PERIOD_SECONDS: Final = 15.0
SETTLING_SECONDS: Final = 5.0  # after its last change: what comes last of a call comes close together
MARGIN_SECONDS: Final = 600.0
AT_ONCE: Final = 50
REST: Final = 4.0  # times as long as the work

LOOKED: Final = "looked"
"""Name of the mark up to which calls were looked at; it belongs to no account."""

NO_ACCOUNT: Final = ""
NO_ENTRY: Final = ""

log = get_logger()


class Rollup:
    """Keeps the figures. `zones` are the accounts' time zones; `clock` measures work, and `rest` waits; a
    transaction has `at_once` calls."""

    def __init__(
        self,
        store: Store,
        zones: Mapping[str, str],
        *,
        clock: Callable[[], float],
        rest: Callable[[float], object],
        at_once: int = AT_ONCE,
    ) -> None:
        self._store = store
        self._at_once = at_once
        self._zones = {account: ZoneInfo(zone) for account, zone in zones.items()}
        self._clock = clock
        self._rest = rest
        self._stopping = threading.Event()
        self._background = Background("figures", self._run)

    def start(self) -> None:
        """Look every few seconds, in a thread of this process, until `stop`."""
        self._background.start()

    def stop(self) -> None:
        """End after the transaction that is under way."""
        self._stopping.set()
        self._background.stop()

    def run_once(self) -> int:
        """Count all that is over; answers how many calls that were."""
        until = self._store.now() - SETTLING_SECONDS
        looked = self._store.figure_mark(NO_ACCOUNT, LOOKED)
        place = Changed(max(0.0, min(looked, until) - MARGIN_SECONDS), "", "")
        counted = 0
        while not self._stopping.is_set():
            found = self._store.uncounted_calls(place, until, self._at_once)
            if found:
                counted += self._count(found)
                place = found[-1]
            if len(found) < self._at_once:
                if counted or until - looked > MARGIN_SECONDS:
                    self._note(until)
                break
        return counted

    def rebuild(self, account: str) -> tuple[date, int] | None:
        """Make an account's figures anew, of all days of which every call is kept as it was: neither deleted nor
        masked. Answers the first of these days and how many calls were counted; None without any."""
        kept = self._store.kept_calls_began(account)
        if kept is None:
            return None
        oldest, masked = kept
        spoilt = max(masked, self._store.figure_mark(account, PURGED))
        first = self._day(account, spoilt) + timedelta(days=1) if spoilt else self._day(account, oldest)
        last = self._day(account, self._store.now()) + timedelta(days=1)
        begin = first if spoilt else first - timedelta(days=1)  # its calls may have counted there, in another zone
        for number in range((last - begin).days + 1):
            self._forget(account, begin + timedelta(days=number))
        with self._store.transaction() as tx:
            tx.set_figure_mark(NO_ACCOUNT, LOOKED, 0.0)
        return first, self.run_once()

    # inside

    def _count(self, found: Sequence[Changed]) -> int:
        """One transaction for each account of these calls, and its rest."""
        of_accounts: dict[str, list[str]] = {}
        for one in found:
            of_accounts.setdefault(one.account, []).append(one.entry_id)
        counted = 0
        for account, entry_ids in of_accounts.items():
            began = self._clock()
            cells = {
                history.call.entry_id: self._cells_of(account, history)
                for history in self._store.ended_histories(account, entry_ids)
            }
            with self._store.transaction() as tx:
                new = tx.count_calls(account, cells)
                tx.add_figures(account, [cell for entry_id in new for cell in cells[entry_id]])
            counted += len(new)
            self._rest(REST * (self._clock() - began))
        return counted

    def _cells_of(self, account: str, history: EndedHistory) -> list[Cell]:
        call = history.call
        at = datetime.fromtimestamp(call.started, self._zone(account))
        where = (number_of_day(at.date()), at.hour, call.flow, call.line, call.version)
        try:
            facts = facts_of(call, history.trace, history.commands)
        except Exception:  # one call that cannot be read must not keep all others out
            log.exception("a call is in no figure", account=account, entry_id=call.entry_id)
            return []
        return [Cell(fact, *where, 1, int(is_first), seconds) for fact, seconds, is_first in facts]

    def _note(self, until: float) -> None:
        with self._store.transaction() as tx:
            tx.set_figure_mark(NO_ACCOUNT, LOOKED, until)

    def _forget(self, account: str, day: date) -> None:
        began = self._clock()
        zone = self._zone(account)
        begins, ends = (
            datetime(one.year, one.month, one.day, tzinfo=zone).timestamp() for one in (day, day + timedelta(days=1))
        )
        with self._store.transaction() as tx:
            tx.forget_figures(account, number_of_day(day), begins, ends)
        self._rest(REST * (self._clock() - began))

    def _zone(self, account: str) -> ZoneInfo:
        return self._zones.get(account) or ZoneInfo("UTC")  # it is in no configuration any more

    def _day(self, account: str, at: float) -> date:
        return datetime.fromtimestamp(at, self._zone(account)).date()

    def _turn(self) -> None:
        """Look, unless another process has just done so."""
        if self._store.now() - self._store.figure_mark(NO_ACCOUNT, LOOKED) > PERIOD_SECONDS:
            self.run_once()

    def _run(self, stop: threading.Event) -> None:
        self._stopping = stop
        while not stop.wait(PERIOD_SECONDS):
            try:
                self._turn()
            except StoreUnavailable as error:
                database_away(error, "the figures")
            except Exception:  # the next turn may find it better
                log.exception("the figures start over")


def number_of_day(day: date) -> int:
    """As the store has it: 20261130."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of_number(number: int) -> date:
    """The inverse of `number_of_day`."""
    return date(number // 10_000, number // 100 % 100, number % 100)
