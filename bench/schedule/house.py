"""The production code on a virtual clock, against a PBX that counts strictly.

Everything between the webhook and the wire is what runs in production: ingest, engine, `hold`, timers, a store (the one
in memory), the dispatcher with its limits and its scheduler. Only time is pretended, and the PBX: it counts a request
at a chance instant of its round trip, refuses what is over a sliding limit, lets a caller go when its scheme's window
or a prompt with its `after_play_time` is over, and reports with some delay. Requests are made one at a time, which
production does not do: that costs us a little.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from math import inf
from typing import Any, Final

from bench.schedule.flows import PROMPT_SECONDS, bundle_of, kind_of, line_of
from bench.schedule.scenarios import Caller, Scenario
from router.catalogue.methods import METHODS
from router.emulator.limits import SlidingLimits
from router.engine.effects import QueueCommand
from router.engine.environment import Unsealed
from router.flow.model import Bundle
from router.history.journal import QUEUED, CommandRow
from router.protocol.events import CommandResulted, Event
from router.runtime.calls.apply import Calls
from router.runtime.calls.timers import Timers
from router.runtime.intake.digests import Digests
from router.runtime.intake.ingest import Ingest
from router.runtime.limits.limiter import Limits
from router.runtime.limits.pauses import pause_of
from router.runtime.outbound_ports import Answer, Departure, Trip
from router.runtime.outbox.dispatch import Dispatcher
from router.runtime.outbox.forecast import FAR_SIGHTED, Asked, wait_seconds
from router.runtime.ports import Reading
from router.simulator.scripted_pbx import DONE, Notification, ScriptedPbx
from router.store import open_store
from router.virtual_clock import VirtualClock

ACCOUNT: Final = "bench"
START: Final = 1_795_437_000.0
ANSWER_SECONDS: Final = 2.0  # from the route until somebody answers
LONG_TALK_SECONDS: Final = 12.0  # of who is transferred
DELIVERY_SECONDS: Final = 0.02  # from the PBX to the webhook
LATE_SECONDS: Final = 0.01  # a dispatcher or a timer wakes up so late
FLOOR_SHARE: Final = 0.6  # of a usual round trip, that the network alone takes


@dataclass(slots=True, kw_only=True)
class Fate:
    """One caller, and what became of him."""

    caller: Caller
    pbx: ScriptedPbx
    began: float
    held_until: float  # until when the PBX keeps him
    gone: bool = False
    routed_at: float | None = None  # the PBX counted his route while he was there
    plays: int = 0


@dataclass(slots=True)
class Outcome:
    """What one scenario came to."""

    fates: list[Fate] = field(default_factory=list)
    refusals: int = 0  # 503 of the strict PBX
    wasted: int = 0  # routes that came when the caller was gone
    waits: list[tuple[float, float]] = field(default_factory=list)  # what a route was told it would wait, and did

    @property
    def kept(self) -> int:
        return sum(fate.routed_at is not None for fate in self.fates)

    @property
    def plays(self) -> int:
        return sum(fate.plays for fate in self.fates)


class House:
    """One scenario under way. It is the dispatcher's clock and its sender, and where bundles come from, too."""

    def __init__(self, scenario: Scenario) -> None:
        self._chance = random.Random(scenario.seed + 2)
        self._round_trip = scenario.round_trip
        self._time = VirtualClock(START, alarm_at=self._timer_at, ring=self._fire)
        self._order = count()
        self._gate = SlidingLimits()
        self._limits = Limits()
        self._kinds = sorted({kind_of(caller) for caller in scenario.routed})
        self._bundle = bundle_of(self._kinds)
        self._arriving = 0
        self._told: dict[str, float] = {}
        self.outcome = Outcome()
        self.store = open_store("memory:", self.now)
        calls = Calls(
            self,
            new_token=lambda: f"token-{self._arriving}",
            forecast=self._forecast,
            sealers={ACCOUNT: Unsealed()},
            ask=lambda *_: None,
        )
        self._ingest = Ingest(self.store, calls, wake=self._note_promises, digests={ACCOUNT: Digests(["salt"])})
        self._dispatcher = Dispatcher(
            self.store, self, {ACCOUNT: self._limits}, calls.apply_own, self, count=lambda *_, **__: None, senders=0
        )
        self._timers = Timers(self.store, calls, self, lambda: None)
        with self.store.transaction() as tx:
            tx.store_version(ACCOUNT, "v", b"", activate=True)
        for caller in scenario.callers:
            self._time.after(caller.at, partial(self._hears if caller.only_hears else self._comes, caller))

    def get(self, account: str, version: str) -> Bundle | None:
        """`runtime.ports.Bundles`."""
        return self._bundle

    # time

    @property
    def _at(self) -> float:
        return self._time.now

    def now(self) -> float:
        return self._at

    def steady(self) -> float:
        return self._at

    def sleep(self, seconds: float) -> None:
        self._time.run_until(self._at + seconds)

    def run(self) -> Outcome:
        """From the first call until nothing happens any more."""
        look_at, seen = inf, -1
        while (due := min(self._time.next_instant() or inf, look_at)) < inf:
            self._time.run_until(due)
            if self.store.changed() != seen or look_at <= self._at:
                next_at = self._dispatcher.run_once()
                look_at = inf if next_at is None else max(next_at, self._at) + LATE_SECONDS
                seen = self.store.changed()
        self._judge_promises()
        return self.outcome

    def _timer_at(self) -> float | None:
        wake_at = self.store.next_wake()
        return None if wake_at is None else wake_at + LATE_SECONDS

    def _fire(self) -> None:
        self._timers.run_once()

    # callers

    def _comes(self, caller: Caller) -> None:
        number = len(self.outcome.fates)
        line = line_of(self._kinds.index(kind_of(caller)))
        pbx = ScriptedPbx(entry_id=f"entry-{number}", caller=f"7900{number:07}", line=line, location="ivr", dct=("", 0))
        fate = Fate(caller=caller, pbx=pbx, began=self._at, held_until=self._at + caller.window)
        self.outcome.fates.append(fate)
        self._deliver(number, pbx.ring_in(self._at))
        self._time.after(caller.window, partial(self._lets_go, number))
        if caller.patience < inf:
            self._time.after(caller.patience, partial(self._leaves, number))

    def _lets_go(self, number: int) -> None:
        """The PBX's patience may be over."""
        fate = self.outcome.fates[number]
        if self._at < fate.held_until:
            self._time.after(fate.held_until - self._at, partial(self._lets_go, number))
        else:
            self._leaves(number)

    def _leaves(self, number: int) -> None:
        fate = self.outcome.fates[number]
        if not fate.gone and fate.routed_at is None:
            self._ends(number)

    def _ends(self, number: int) -> None:
        fate = self.outcome.fates[number]
        if not fate.gone:
            fate.gone = True
            self._deliver(number, fate.pbx.hang_up(self._at))

    def _answers(self, number: int) -> None:
        fate = self.outcome.fates[number]
        self._deliver(number, fate.pbx.happen("answered", self._at))
        self._time.after(LONG_TALK_SECONDS if fate.caller.transferred else 1.0, partial(self._ends, number))

    def _hears(self, caller: Caller) -> None:
        """Somebody else's play: a row of the outbox is all that matters of it."""
        name = f"play-{next(self._order)}"
        params = {"command_id": name, "call_id": name, "internal_id": 24, "after_play_time": 5}
        row = CommandRow(
            command_id=name,
            account=ACCOUNT,
            entry_id=name,
            call_id=name,
            command="play/start",
            params=params,
            label="audio.moment",
            state=QUEUED,
            queued=self._at,
            deadline=self._at + caller.window,
        )
        with self.store.transaction() as tx:
            tx.queue(row)

    # what the PBX tells, and does

    def _deliver(self, number: int, events: Iterable[Notification]) -> None:
        for place, event in enumerate(events):
            self._time.after(DELIVERY_SECONDS + place / 1000, partial(self._accept, number, event))

    def _accept(self, number: int, event: Event) -> None:
        self._arriving = number
        key = str(next(self._order))
        self._ingest.accept(ACCOUNT, "", event, "", key, key.encode())

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """`runtime.ports.Sender`: a round trip, at some instant of which the PBX counts."""
        left = max(self._at, departure.at)
        thinking = self._round_trip * (1 - FLOOR_SHARE) * self._chance.lognormvariate(0.0, 0.5)
        seconds = self._round_trip * FLOOR_SHARE + thinking
        there = seconds * self._chance.uniform(0.3, 0.7)
        self._time.run_until(left + there)
        counted = self._gate.take(METHODS[command].limits, self._at)
        if counted:
            self._obey(command, params)
        else:
            self.outcome.refusals += 1
        self._time.run_until(left + seconds)
        trip = Trip(left=left, came=self._at)
        status, kind = (200, "accepted") if counted else (503, "limited")
        return Answer(kind=kind, status=status, code=DONE if counted else 0, trip=trip)

    def _obey(self, command: str, params: Mapping[str, Any]) -> None:
        name = str(params["command_id"])
        if not name.startswith("token-"):
            self._time.after(DELIVERY_SECONDS, partial(self._accept, 0, _result(command, name)))
            return
        number = int(name.split("-")[1])
        fate = self.outcome.fates[number]
        order = QueueCommand(
            command_id=name,
            command=command,
            call_id=str(params["call_id"]),
            params=dict(params),
            label=f"extension {params.get('to_number', '')}",
            deadline=None,
        )
        events = fate.pbx.carry_out(order, None, self._at)
        self._deliver(number, events)
        done = isinstance(events[-1], CommandResulted) and events[-1].result == DONE
        if command == "play/start" and done:
            fate.plays += 1
            fate.held_until = self._at + PROMPT_SECONDS + float(params["after_play_time"])
        elif command == "route" and done:
            fate.routed_at = self._at
            self._time.after(ANSWER_SECONDS, partial(self._answers, number))
        elif command == "route":
            self.outcome.wasted += 1

    # what is promised

    def _forecast(self, tx: Reading, account: str, asked: Asked) -> float:
        return wait_seconds(
            asked,
            tx.candidates(account, FAR_SIGHTED),
            tx.slots(account),
            self._limits.lowered(tx.shares(account), tx.now),
            tx.now,
            pause_of(tx, account)[0],
            self._dispatcher.trips.pace(account),
        )

    def _note_promises(self, has_commands: bool) -> None:
        """What a route that was just queued would be told."""
        if not has_commands:
            return
        with self.store.snapshot() as reading:
            for row in reading.candidates(ACCOUNT, FAR_SIGHTED):
                if row.command == "route" and row.command_id not in self._told:
                    asked = Asked(command="route", command_id=row.command_id)
                    self._told[row.command_id] = self._forecast(reading, ACCOUNT, asked)

    def _judge_promises(self) -> None:
        for row in self.store.commands(ACCOUNT, limit=1_000_000):
            if row.command_id in self._told and row.wait_seconds is not None:
                self.outcome.waits.append((self._told[row.command_id], row.wait_seconds))


def play(scenario: Scenario) -> Outcome:
    """The scenario from its first call to its end."""
    return House(scenario).run()


def _result(command: str, command_id: str) -> CommandResulted:
    return CommandResulted(command=command, command_id=command_id, result=DONE)
