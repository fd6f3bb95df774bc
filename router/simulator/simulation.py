"""A call on a virtual clock: the engine on one side, the pretend PBX on the other, an hour in milliseconds.

The call is driven by `engine.driver`; here are its ports. What the engine did is never repaired here: it is kept for
the runner to judge. Commands wait for limits and leave in `simulated_outbox`. What reaches beyond the PBX goes
nowhere: lookups get the answers that the test gives, lists remember within the test, notifications are only kept.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import msgspec

from router.engine.driver import Driver
from router.engine.effects import (
    PostponeCommand,
    QueueCommand,
    RememberValue,
    SendNotification,
    StartLookup,
    WithdrawCommands,
)
from router.engine.environment import Environment
from router.engine.journey import employee_of, is_alive
from router.engine.state import Call, CommandAnswered, CommandConcluded, CommandGiven, Entry
from router.engine.step import new_call
from router.engine.takeover import steps_after
from router.engine.transitions import RELEASE, RESUME
from router.flow.model import Bundle
from router.pbx.happenings import Impossible
from router.simulator.delivery_faults import struck
from router.simulator.fake_lookups import Answers, Lookups, Remembered
from router.simulator.fixture import values_of
from router.simulator.script import Fault, Given, Plan
from router.simulator.scripted_pbx import DONE, Notification, ScriptedPbx
from router.simulator.simulated_outbox import REFUSED, Sent, SimulatedOutbox
from router.simulator.wire_rules import has_result
from router.virtual_clock import SAME_INSTANT

MOST_HAPPENINGS: Final = 100_000
"""A call that needs more of them never comes to rest."""


class Simulation:
    """One call. `bundle` is the one that the test sees, its replaced lists and first values included."""

    def __init__(
        self,
        bundle: Bundle,
        given: Given,
        pbx: ScriptedPbx,
        plans: tuple[Plan, ...] = (),
        later: Counter[str] | None = None,
    ) -> None:
        """`later` are the lookups that lines of the script answer; with None every one may wait for its answer."""
        self.bundle = bundle
        self.pbx = pbx
        self.started = given.at
        self.answers = Answers(given.lookups)
        self._remembered = Remembered(lambda: self.now)
        self._known: set[Notification] = set()
        ports: dict[type, Callable[[Any], object]] = {}
        self._driver = Driver(
            new_call("test", pbx.entry_id, "command", given.at),
            given.at,
            sees=lambda: (self.bundle, self._environment),
            ports=ports,
        )
        self._clock = self._driver.clock
        self.outbox = SimulatedOutbox(
            pbx.entry_id, given.waits, plans, clock=self._clock, feed=self._driver.feed, carry_out=self._conclude
        )
        ports |= {
            QueueCommand: self._queue,
            WithdrawCommands: self.outbox.withdraw,
            PostponeCommand: self.outbox.postpone,
            SendNotification: self.outbox.keep,
            StartLookup: self._look_up,
            RememberValue: self._remembered.add,
        }
        self._environment = Environment(
            waits=self.outbox.waits,
            presence=dict(given.presence or {}),
            only_listed_online=given.presence is not None,
            memory=self._remembered,
            values=values_of(bundle, given),
            split=dict(given.split),
        )
        self.lookups = Lookups(self.answers, later, self._clock, self._driver.feed)

    @property
    def call(self) -> Call:
        """The call as it is now."""
        return self._driver.call

    @property
    def trace(self) -> list[Entry]:
        """What the call has done so far."""
        return self._driver.trace

    @property
    def sent(self) -> list[Sent]:
        """Every command that reached the PBX, and every notification, in order."""
        return self.outbox.sent

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now

    @property
    def elapsed(self) -> float:
        """Seconds since the call came."""
        return self.now - self.started

    # time

    def settle(self) -> None:
        """Do all that is due at this instant."""
        self._run_until(self.now)

    def advance(self, seconds: float) -> None:
        """Move the clock on, doing what comes up on the way."""
        self._run_until(self.now + seconds)

    def advance_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Move the clock on to the first instant at which `ready` holds, by `seconds` at most; False if it never
        does. What is due at that instant is done."""
        until = self.now + seconds
        self.settle()
        while not ready():
            due = self._clock.next_instant()
            if due is None or due > until + SAME_INSTANT:
                self._clock.now = max(self.now, until)
                return False
            self._run_until(due)
        return True

    def seconds_to_next(self) -> float | None:
        """How long nothing happens by itself; None for ever."""
        due = self._clock.next_instant()
        return None if due is None else max(0.0, due - self.now)

    def _run_until(self, until: float) -> None:
        while self._clock.run_next(until):
            if self._clock.happened > MOST_HAPPENINGS:
                raise Impossible(f"the call does not come to rest: over {MOST_HAPPENINGS} happenings")
        self._clock.now = max(self.now, until)

    # what the PBX tells

    def notify(self, events: Iterable[Notification], faults: tuple[Fault, ...] = ()) -> None:
        """The PBX sends a batch of notifications, which the faults may strike. They arrive when the clock runs."""
        for seconds, event in struck(events, faults):
            self._clock.after(seconds, partial(self._arrive, event))

    def give(self, command: str, to: str, then: str) -> str | None:
        """A person commands what is to become of the caller; None, or why that cannot be."""
        call = self.call
        leg = call.legs.get(call.leg)
        if leg is None or not is_alive(leg):
            return "nobody can command a call that has ended, or whose caller is between two legs"
        if then not in (RESUME, RELEASE) and then not in steps_after(call, self.bundle):
            return f"`then` is resume, release, or a step of the flow: {then!r} is none"
        params: dict[str, Any] = {"to_number": to} if to else {}
        if command == "transfer":
            params |= {"method": "blind", "initiator": employee_of(leg)}
        name = f"by-hand-{len(call.given) + 1}"
        self._driver.feed(
            CommandGiven(
                entry_id=call.entry_id, command_id=name, command=command, call_id=call.leg, params=params, then=then
            )
        )
        self.settle()
        return None

    def _arrive(self, event: Notification) -> None:
        """What came before is known by its key and changes nothing, as in the store."""
        if event in self._known:
            self.trace.append(Entry(at=self.now, kind="note", data={"text": "a duplicate came: ignored"}))
        else:
            self._known.add(event)
            self._driver.feed(event)

    # what the engine wants

    def _look_up(self, effect: StartLookup) -> None:
        self.lookups.ask(effect, self.pbx.entry_id, self.call.within)

    def _queue(self, command: QueueCommand) -> None:
        own = self._environment.own_commands | {command.command_id}
        self._environment = msgspec.structs.replace(self._environment, own_commands=own)
        self.outbox.queue(command)

    def lacks(self, values: Iterable[tuple[str, str]]) -> str | None:
        """Why one of these values is not what the call has put into a list; None when all are there."""
        return self._remembered.lacks(values, self.bundle)

    def result(self, number: int, code: int, faults: tuple[Fault, ...]) -> None:
        """The result of the command with that number comes only now."""
        self._conclude(self.sent[number].command, code, faults)

    def _conclude(self, command: QueueCommand, code: int | None, faults: tuple[Fault, ...]) -> None:
        """The PBX pushes the result, with what the command causes; the contact centre's answer is the result."""
        if has_result(command):
            self.notify(self.pbx.carry_out(command, code, self.now), faults)
            return
        named = {"entry_id": self.pbx.entry_id, "command_id": command.command_id}
        if code in (None, DONE):
            self._driver.feed(CommandAnswered(sent_at=self.now, **named))
        else:
            self._driver.feed(CommandConcluded(state=REFUSED, code=code or 0, reason=f"refused with {code}", **named))
