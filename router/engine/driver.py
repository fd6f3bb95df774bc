"""Drives `step`: an event goes in, what comes of it is carried out, at an instant that is handed in.

Theory of operation. Whatever drives a call does the same three things: it tells the call first that the command which
it waits for has left, should an event have overtaken that answer; it takes the new state and the trace; and it carries
out the effects in their order, when the new state is there. `advance` is the first of them, which the running router
does within a transaction (`runtime.calls.apply`). `Driver` is all three, on a virtual clock: the simulator, replays and
golden calls are each a driver with other ports. A call's timers are the clock's alarm.

What always holds: the clock stands still while an event is applied; what an effect causes comes later than the event
that asked for it, if only in the same instant.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from router.engine.effects import Effect
from router.engine.environment import Environment
from router.engine.state import Call, CommandAnswered, Entry, Step, TimerFired
from router.engine.step import CallEvent, step
from router.flow.model import Bundle
from router.virtual_clock import VirtualClock

SentAt = Callable[[str], float | None]
"""When a command left that the call takes for queued, by its id; None when it did not."""

Sees = Callable[[], tuple[Bundle | None, Environment]]
"""What the call's next step may look at: its version of the flows (None: no flow takes it), and the world besides."""

Ports = Mapping[type, Callable[[Any], object]]
"""What carries an effect out, by its type. An effect without a port does nothing."""


def not_sent(_command_id: str) -> float | None:
    """For those who tell each call of its commands before anything can come of them."""
    return None


def advance(
    call: Call, event: CallEvent, bundle: Bundle | None, now: float, environment: Environment, sent_at: SentAt
) -> Step:
    """`step`, and before it the answer that the event has overtaken.

    The PBX's events can overtake its HTTP answer, and come of a request whose answer never came: if the command that
    the step waits for has left, the engine is told so first, else it would take its leg for the scheme's. Of a command
    that needs no live call there is no leg: only its answer says so.
    """
    pending = call.pending
    if pending is None or pending.phase != "queued" or not pending.call_id:
        return step(call, event, bundle, now, environment)
    sent = sent_at(pending.command_id)
    if sent is None:
        return step(call, event, bundle, now, environment)
    answered = CommandAnswered(entry_id=call.entry_id, command_id=pending.command_id, sent_at=sent)
    earlier = step(call, answered, bundle, now, environment)
    done = step(earlier.call, event, bundle, now, environment)
    return Step(
        call=done.call,
        effects=(*earlier.effects, *done.effects),
        trace=(*earlier.trace, *done.trace),
        kept_digits=done.kept_digits,
        folded=(*earlier.folded, *done.folded),
    )


class Driver:
    """One call on a virtual clock."""

    def __init__(self, call: Call, now: float, *, sees: Sees, ports: Ports, sent_at: SentAt = not_sent) -> None:
        self.call = call
        self.trace: list[Entry] = []
        self.clock = VirtualClock(now, alarm_at=self._wake_at, ring=self._fire)
        self._sees = sees
        self._ports = ports
        self._sent_at = sent_at
        self._folded: set[str] = set()  # legs that the call has no longer: what the journal knows of a kept call

    def feed(self, event: CallEvent) -> None:
        """Apply an event now, and carry out what comes of it."""
        done = self.stepped(event)
        self.take(done)
        self.carry_out(done.effects)

    def stepped(self, event: CallEvent) -> Step:
        """What an event would do now. Nothing is changed by it."""
        bundle, environment = self._sees()
        if self._folded:
            environment = msgspec.structs.replace(environment, folded=self._folded)
        return advance(self.call, event, bundle, self.clock.now, environment, self._sent_at)

    def take(self, done: Step) -> None:
        """The state and the trace after an event."""
        self.call = done.call
        self._folded.update(done.folded)
        self.trace += done.trace

    def carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            port = self._ports.get(type(effect))
            if port is not None:
                port(effect)

    def _wake_at(self) -> float | None:
        return self.call.wake_at

    def _fire(self) -> None:
        self.feed(TimerFired(entry_id=self.call.entry_id))
