"""Applying events to calls inside a transaction: the one place where the pure engine meets the store.

Everything that happens to a call (a notification, a timer, the answer to a command) goes the same way: read the
call, `advance` it with its own version of the flow, write state, outbox and trace. The caller owns the transaction.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import msgspec

from router.engine.driver import advance
from router.engine.effects import AskStatistics, Effect, QueueCommand, StartLookup
from router.engine.environment import TYPED, Environment, Sealer
from router.engine.state import (
    ENDED,
    Call,
    CommandAnswered,
    CommandConcluded,
    LookupFinished,
    Reconciled,
    Step,
    TimerFired,
)
from router.engine.step import CallEvent, new_call
from router.flow.model import Bundle
from router.history.journal import QUEUED, SENT, CommandRow, Record
from router.protocol.events import LegChanged
from router.runtime.calls.read_environment import FoldedLegs, Forecast, World
from router.runtime.calls.write_effects import CARRY_OUT
from router.runtime.ports import Bundles, Transaction
from router.runtime.records import ActiveVersion
from router.runtime.versions.canary import version_for

OwnEvent = TimerFired | CommandAnswered | CommandConcluded | LookupFinished | Reconciled


Ask = Callable[[str, str, StartLookup], object]
"""Sets a lookup going: (account, entry_id, what to ask). Answers at once; the answer comes as a `LookupFinished`."""

Reconcile = Callable[[str, str, float], object]
"""Has the PBX's statistics asked what became of a call: (account, entry_id, its beginning in Unix seconds). Answers at
once; the answer comes as a `Reconciled`."""

CLOCK_SECONDS: Final = 900.0
"""How far the PBX's clock and the database's may be apart before an event counts as older than it is."""

NO_VALUES: Final[Mapping[str, str]] = {}

OWN_KINDS: Mapping[type, str] = {
    TimerFired: "timer",
    CommandAnswered: "answered",
    CommandConcluded: "concluded",
    LookupFinished: "lookup",
    Reconciled: "reconciled",
}


class Calls:
    """Steps calls within a transaction that the caller opened. `ask` is told of lookups once that is on disk, and
    `ended` of calls that are over; `queued`, at once, of a command that the transaction queues for an account."""

    def __init__(
        self,
        bundles: Bundles,
        *,
        new_token: Callable[[], str],
        forecast: Forecast,
        sealers: Mapping[str, Sealer],
        ask: Ask,
        reconcile: Reconcile | None = None,
        ended: Callable[[str, str], object] | None = None,
        queued: Callable[[Transaction, str], object] | None = None,
        enabled: bool = True,
        reorder_seconds: float = 0.3,
        stale_seconds: float = 14_400.0,
        values: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._bundles = bundles
        self._new_token = new_token
        self._forecast = forecast
        self._sealers = sealers
        self._ask = ask
        self._reconcile = reconcile
        self._ended = ended
        self._queued = queued
        self._enabled = enabled
        self._reorder_seconds = reorder_seconds
        self._stale_seconds = stale_seconds
        self._values = values or {}  # account -> what its configuration gives to flows

    def new(self, account: str, entry_id: str, now: float, clock_shift: float) -> Call:
        """A journey that was not seen before."""
        call = new_call(account, entry_id, self._new_token(), now)
        call.clock_shift = clock_shift
        return call

    def apply_own(self, tx: Transaction, account: str, event: OwnEvent) -> None:
        """Apply an event of our own making and record it; a call that is gone is nothing to us."""
        loaded = tx.load(account, entry_id=event.entry_id)
        if loaded.call is None:
            return
        trace = self.apply(tx, loaded.call, event, loaded.serving).trace
        if trace:
            kind, body = OWN_KINDS[type(event)], msgspec.json.encode(event).decode()
            tx.record(Record(account=account, entry_id=event.entry_id, at=tx.now, kind=kind, body=body, trace=trace))

    def apply(self, tx: Transaction, call: Call, event: CallEvent, serving: ActiveVersion) -> Step:
        """Step a call and carry out what comes of it. `serving` says which version takes an untaken journey, unless
        taking calls is switched off. What it answers is written already, all but its trace: the event's record has
        that.
        """
        bundle = self._bundle(call, event, serving)
        world = World.of(tx, call.account, self._forecast, bundle, self._values.get(call.account, NO_VALUES))
        environment = self._environment(tx, call, event, world, serving)
        done = advance(call, event, bundle, tx.now, environment, partial(self._sent_at, tx, call, event))
        for effect in done.effects:
            self._carry_out(tx, done.call, effect)
        tx.save_call(done.call)
        if self._ended is not None and call.status != ENDED and done.call.status == ENDED:
            tx.after_commit(partial(self._ended, call.account, call.entry_id))
        told = tuple(world.told(tx.now))
        return msgspec.structs.replace(done, trace=(*told, *done.trace)) if told else done

    def bundle_of(self, call: Call) -> Bundle | None:
        """The version that a taken call is on; None of one that no flow has."""
        return self._bundles.get(call.account, call.version) if call.version else None

    def seal_typed(self, account: str, entry_id: str, digits: str) -> str:
        """What was typed in secret, as it may be stored."""
        return self._sealers[account].seal(digits, entry_id, TYPED)

    def _carry_out(self, tx: Transaction, call: Call, effect: Effect) -> None:
        if isinstance(effect, StartLookup):
            if self._enabled:  # else it ends as one without an answer
                tx.after_commit(lambda: self._ask(call.account, call.entry_id, effect))
        elif isinstance(effect, AskStatistics):
            if self._reconcile is not None:
                tx.after_commit(partial(self._reconcile, call.account, call.entry_id, effect.started))
        else:
            CARRY_OUT[type(effect)](tx, call, effect)
            if self._queued is not None and isinstance(effect, QueueCommand):
                self._queued(tx, call.account)

    def leaves_work(self, done: Step) -> bool:
        """Whether the dispatcher has to look at what came of it, and was not told yet."""
        if self._queued is None:
            return bool(done.effects)
        return any(not isinstance(effect, QueueCommand) for effect in done.effects)

    def _bundle(self, call: Call, event: CallEvent, serving: ActiveVersion) -> Bundle | None:
        version = call.version or (version_for(serving, call, event) if self._enabled else None)
        return self._bundles.get(call.account, version) if version else None

    def _environment(
        self, tx: Transaction, call: Call, event: CallEvent, world: World, serving: ActiveVersion
    ) -> Environment:
        return Environment(
            waits=world.waits,
            presence=world.presence,
            sealer=self._sealers[call.account],
            memory=world.memory,
            values=world.values,
            reorder_seconds=self._reorder_seconds,
            stale_seconds=self._stale_seconds,
            has_statistics=self._reconcile is not None and self._enabled and not serving.paused,
            oldest=self._oldest(tx.now, call.clock_shift or 0.0),
            idle=self._idle(serving),
            own_commands=self._own_commands(tx, call, event),
            folded=FoldedLegs(tx, call.account, call.entry_id) if call.folded else frozenset(),
        )

    def _oldest(self, now: float, clock_shift: float) -> float:
        """Before when an event of the PBX is too old to start a call. A database's clock that is set forward
        makes no caller older: what it was set by is not counted."""
        return now - max(0.0, clock_shift) - self._stale_seconds - CLOCK_SECONDS

    def _idle(self, serving: ActiveVersion) -> str:
        """Why nothing is taken, should there be no bundle for a new call."""
        if not self._enabled:
            return "taking calls is switched off (IVR_ENABLED=0)"
        return "the account is paused (ivr resume)" if serving.paused else "no version is active (ivr publish)"

    def _own_commands(self, tx: Transaction, call: Call, event: CallEvent) -> frozenset[str]:
        """Whether the leg's command is ours matters only to a journey that no flow has taken."""
        if not isinstance(event, LegChanged) or not event.command_id or call.flow:
            return frozenset()
        known = tx.command(call.account, event.command_id)
        return frozenset({event.command_id}) if known is not None else frozenset()

    def _sent_at(self, tx: Transaction, call: Call, event: CallEvent, command_id: str) -> float | None:
        """When the command left that the step waits for, as far as the event can have come of it."""
        row = tx.command(call.account, command_id)
        if row is not None and (row.state == SENT or _may_come_of(tx, row, call, event)):
            return row.sent
        return None


def _may_come_of(tx: Transaction, row: CommandRow, call: Call, event: CallEvent) -> bool:
    """Whether a new leg may be the doing of a request without an answer, which waits to be repeated."""
    if row.state != QUEUED or not isinstance(event, LegChanged) or event.call_id in call.legs:
        return False
    return not call.folded or event.call_id not in FoldedLegs(tx, call.account, call.entry_id)
