"""A running router: ports and their adapters put together, and what one process starts and stops.

Every gunicorn worker has a router of its own; they share nothing but the database.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from router.bootstrap.outgoing import outgoing
from router.bootstrap.readiness import Readiness
from router.bootstrap.store_clock import StoreClock
from router.bootstrap.version_threads import VersionThreads
from router.bootstrap.versions import Versions
from router.bootstrap.workbench import Workbench
from router.config.settings import SQLITE, Settings
from router.engine.effects import StartLookup
from router.files.room import room_at
from router.history.call_pages import WHOLE, Page, call_view
from router.history.journal import CommandRow
from router.logs import get_logger
from router.runtime.administration.audit import COMMAND, THE_ROUTER, Actor, note
from router.runtime.calls.apply import Calls
from router.runtime.calls.encryption import SaltSealer
from router.runtime.calls.retention import Upkeep
from router.runtime.calls.timers import Timers
from router.runtime.figures.rollup import Rollup
from router.runtime.group_commit import GroupCommit
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.intake.spooling import NO_SPOOL, Spool, Spooling
from router.runtime.limits.limiter import Limits
from router.runtime.limits.pauses import pause_of
from router.runtime.monitoring.account_marks import Numbers
from router.runtime.monitoring.heartbeats import DISPATCHER, TIMERS, Heartbeats
from router.runtime.monitoring.metrics import name_accounts, worker_starts_total
from router.runtime.monitoring.outage import OutageWatch
from router.runtime.outbox.forecast import FAR_SIGHTED, Asked, wait_seconds
from router.runtime.outbox.manual_command import ManualCommand, take
from router.runtime.outbox.manual_delivery import cancel, redeliver
from router.runtime.ports import Store, Transaction
from router.runtime.versions.canary import CanaryWatch
from router.tracing import EndedCalls
from router.tracing.ended_calls import Exporting

TOKEN_BYTES: Final = 9  # of chance in a call's token: unique over all hosts

log = get_logger()


class Router:
    """Everything that one process runs. Thread-safe; nothing of it runs before `start`.

    With `starts_itself` the first accepted event starts the threads: for servers that do not call our hooks.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        spool: Spool = NO_SPOOL,
        *,
        heartbeats: Heartbeats | None = None,
        share: Callable[[Sequence[str]], Numbers | None] = lambda _: None,
        exporter: Exporting | None = None,
        starts_itself: bool = True,
    ) -> None:
        accounts = settings.accounts
        name_accounts((account.name for account in accounts), share)
        sealers = {account.name: SaltSealer(account.salts) for account in accounts}
        clock = StoreClock(store)
        group = GroupCommit(store)  # one for all: what waits in this process at the same time shares a commit
        self._starts_itself = starts_itself
        self._started_in = 0
        self._starting = threading.Lock()
        self.settings = settings
        self.store = store
        self.heartbeats = heartbeats or Heartbeats()
        self.limits = {account.name: Limits.of_account(account) for account in accounts}
        self.versions = Versions(store, accounts, settings.builder_idle_seconds)
        self.workbench = Workbench()
        self._traces = EndedCalls(self.view, exporter) if exporter is not None else None
        self.calls = self._new_calls(sealers)
        self._outgoing = outgoing(
            accounts,
            store,
            self.calls,
            limits=self.limits,
            sealers=sealers,
            clock=clock,
            group=group,
            pulse=self.heartbeats.pulse(DISPATCHER),
        )
        self.lookups = self._outgoing.lookups
        self._wake = self._outgoing.dispatcher.wake
        watch_clock = self._outgoing.dispatcher.database.watch  # it looks every second, and so knows the clock best
        ingest = self._new_ingest(group, watch_clock)
        self.ingest = Spooling(ingest, spool, sealers, now=clock.now, spooled=lambda: self._accepted(False))
        self._readiness = Readiness(
            store, self.ingest, self.versions, late=self.heartbeats.late, is_enabled=settings.enabled
        )
        self.timers = self._new_timers(clock, group, watch_clock)
        self._canaries = CanaryWatch(store)
        self._outage = OutageWatch(store)
        self._publishing = VersionThreads(settings, store, self.versions)
        self._upkeep = Upkeep(
            store,
            retention_seconds=settings.retention_seconds,
            mask_after_seconds=settings.mask_after_seconds,
            clock=time.monotonic,
            rest=time.sleep,
        )
        zones = {account.name: account.timezone for account in accounts}
        self._figures = Rollup(store, zones, clock=time.monotonic, rest=time.sleep)

    def _new_calls(self, sealers: Mapping[str, SaltSealer]) -> Calls:
        return Calls(
            self.versions.bundles,
            new_token=_new_token,
            forecast=self._forecast,
            sealers=sealers,
            ask=self._ask,
            reconcile=self._reconcile,
            ended=self._traces.add if self._traces is not None else None,
            queued=self._queued,
            enabled=self.settings.enabled,
            reorder_seconds=self.settings.reorder_seconds,
            stale_seconds=self.settings.stale_after_seconds,
            values={account.name: account.values for account in self.settings.accounts if account.values},
        )

    def _new_timers(self, clock: StoreClock, group: GroupCommit, watch_clock: Callable[[], None]) -> Timers:
        return Timers(
            self.store,
            self.calls,
            clock,
            self._wake,
            group,
            may_fire=self.ingest.is_empty,
            watch_clock=watch_clock,
            pulse=self.heartbeats.pulse(TIMERS),
        )

    def _new_ingest(self, group: GroupCommit, watch_clock: Callable[[], None]) -> Ingest:
        accounts = self.settings.accounts
        return Ingest(
            self.store,
            self.calls,
            wake=self._accepted,
            digests={account.name: Digests(account.salts) for account in accounts},
            group=group,
            directory=self.lookups.directory if self.settings.enabled else None,
            api_urls={account.name: account.api_url for account in accounts},
            watch_clock=watch_clock,
        )

    # running

    def start(self) -> None:
        """Start the threads of this process, once, and publish beside them what was never published. Of few accounts
        that is done when this returns."""
        with self._starting:
            if self._started_in == os.getpid():
                return
            self._started_in = os.getpid()
            worker_starts_total.inc()
            self.ingest.start()
            if self.settings.enabled:
                self.heartbeats.start()
                self._outgoing.start()
                self.timers.start()
                self._canaries.start()
            self._publishing.start()
            self._upkeep.start()
            self._figures.start()
            self._outage.start()
            if self._traces is not None:
                self._traces.start()
            self._publishing.wait()

    def stop(self) -> None:
        """Finish what is on the wire and end the threads."""
        self.workbench.close()
        with self._starting:
            if self._started_in != os.getpid():
                return
            self._publishing.stop()
            if self.settings.enabled:
                self.heartbeats.stop()
                self._canaries.stop()
                self.timers.stop()
                self._outgoing.stop()
            self._upkeep.stop()
            self._figures.stop()
            self._outage.stop()
            self.ingest.stop()
            if self._traces is not None:
                self._traces.stop()
            self._started_in = 0

    def _accepted(self, has_commands: bool) -> None:
        if self._starts_itself and self._started_in != os.getpid():
            self.start()
        if has_commands:
            self._wake()

    def ready(self) -> tuple[str, str]:
        """How it stands and why: `ready`; `degraded`, when events are accepted and nothing acts on them yet; or
        `not ready`."""
        return self._readiness.report()

    def takes_writes(self) -> bool:
        """Whether the database took one when `ready` last found out."""
        return self._readiness.takes_writes

    def disk_room(self) -> dict[str, tuple[int, int]]:
        """`spool`, and `database` where it is a file -> (free bytes, all bytes) of the file system that it is on."""
        places = {"spool": self.settings.spool_directory}
        if self.settings.database.startswith(SQLITE):
            places["database"] = self.settings.database.removeprefix(SQLITE)
        return {name: room for name, place in places.items() if (room := room_at(Path(place))) is not None}

    # what a step of the engine may ask for

    def _ask(self, account: str, entry_id: str, request: StartLookup) -> None:
        self.lookups.ask(account, entry_id, request)

    def _queued(self, tx: Transaction, account: str) -> None:
        self._outgoing.dispatcher.immediate.queued(tx, account)

    def _reconcile(self, account: str, entry_id: str, started: float) -> None:
        self._outgoing.reconciler.ask(account, entry_id, started)

    def _forecast(self, tx: Transaction, account: str, asked: Asked) -> float:
        return wait_seconds(
            asked,
            tx.candidates(account, FAR_SIGHTED),
            tx.slots(account),
            self.limits[account].lowered(tx.shares(account), tx.now),
            tx.now,
            pause_of(tx, account)[0],
            self._outgoing.dispatcher.trips.pace(account),
        )

    # by hand

    def pause(self, account: str, paused: bool, by: Actor = THE_ROUTER) -> None:
        """Stop or resume (`Versions.pause`); what is queued leaves at once then."""
        self.versions.pause(account, paused, by)
        self._wake()

    def command(self, entry_id: str, account: str | None, asked: ManualCommand, by: Actor = THE_ROUTER) -> bytes | None:
        """Queue a command for a call; its object as JSON, None when there is no such call. Raises CommandInvalid,
        BetweenLegs or RequestDiffers."""
        found = self.store.call(account, entry_id)
        if found is None:
            return None
        with self.store.transaction() as tx:
            given = take(tx, self.calls, found.account, entry_id, asked)
            if given.row is not None:
                facts = {"command": given.row.command, "command_id": given.row.command_id}
                note(tx, by, COMMAND, account=found.account, subject=entry_id, **facts)
        self._wake()
        return given.answer

    def redeliver(self, account: str, delivery_id: str, by: Actor) -> CommandRow | None:
        """Send a notification again, at once; None when there is no such one. Raises DeliveryBusy."""
        with self.store.transaction() as tx:
            row = redeliver(tx, account, delivery_id, by)
        self._outgoing.notifier.wake()
        return row

    def cancel_delivery(self, account: str, delivery_id: str, by: Actor) -> CommandRow | None:
        """Do not send a notification that waits; None when there is no such one. Raises DeliveryBusy."""
        with self.store.transaction() as tx:
            row = cancel(tx, account, delivery_id, by)
        self._outgoing.notifier.wake()
        return row

    def view(self, entry_id: str, account: str | None = None, page: Page = WHOLE) -> dict[str, Any] | None:
        """A page of one call as one object, None when there is no such call."""
        return call_view(self.store, entry_id, account, page)


def _new_token() -> str:
    return f"ivr-{secrets.token_urlsafe(TOKEN_BYTES)}"
