"""The context of one step: the working copy of a call while an event is applied, and what the event brings about.

A `StepContext` lives for one call of `step`. Its `call` is a copy of its own, the same object from the first change to
the last; what lies inside it is replaced and never changed, so the state handed in is not touched. Verbs and the
journey's rules act only through the context: they change the call, queue commands, set timers and write the trace;
nothing here performs anything.
"""

from typing import Any, Final

import msgspec

from router.engine.effects import ConfirmCommand, Effect, PostponeCommand, QueueCommand, WithdrawCommands
from router.engine.environment import Environment
from router.engine.manual_step import AGAIN, BY_HAND, PATIENCE_SECONDS, manual_step, next_request
from router.engine.state import UNKNOWN, Activity, Call, Entry, Leg, Pending, Result, Takeover
from router.errors import RouterError
from router.flow.model import Bundle, Flow
from router.flow.model import Step as FlowStep
from router.protocol.codes import SUCCESS
from router.protocol.events import DigitsCollected

_replace: Final[Any] = msgspec.structs.replace
_copied: Final[Any] = Call.__copy__  # type: ignore[attr-defined]  # without the way round through `copy.copy`

JOURNEY_TIMERS: Final = frozenset({"reorder", "end", "budget", "stale"})
"""Timers that belong to the call; all others belong to the current step and die with it."""

EXPECTED_GRACE_SECONDS: Final = 2.0
"""What a command is given when the window is over by our reckoning, though no event says that the caller is gone:
the window is an author's estimate, the PBX's events are facts."""


class StepContext:
    """The working copy of one call during one event."""

    __slots__ = (
        "bundle",
        "call",
        "effects",
        "environment",
        "folded",
        "goto",
        "hides_digits",
        "interrupted",
        "kept_digits",
        "now",
        "packet",
        "remembered",
        "trace",
    )

    def __init__(self, call: Call, bundle: Bundle | None, now: float, environment: Environment) -> None:
        self.call: Call = _copied(call)
        self.bundle = bundle
        self.now = now
        self.environment = environment
        self.effects: list[Effect] = []
        self.trace: list[Entry] = []
        self.folded: list[str] = []  # legs that left the state
        self.goto: str | None = None  # the step to be entered next
        self.interrupted: Takeover | None = None  # a command by hand that came to nothing: its step is entered again
        self.remembered: set[tuple[str, str]] = set()  # what this very event put into lists
        # Where a secret is collected, and where it is not known, only what a listening step took is stored in clear.
        self.hides_digits = bundle is None or bundle.collects_secrets
        self.packet: tuple[str, int] | None = None  # (call_id, seq) of the packet of digits that came
        self.kept_digits: str | None = None  # how its digits may be stored; None: as they came

    # the flow

    @property
    def flow(self) -> Flow:
        """The flow in control, perhaps a sub-flow; only valid once the call is taken."""
        call = self.call
        if self.bundle is None:
            raise self._no_bundle()
        return self.bundle.flows[call.within or call.flow]

    @property
    def root(self) -> Flow:
        """The flow that took the call: its window, budgets, hold prompt, zone and ends hold in sub-flows too."""
        if self.bundle is None:
            raise self._no_bundle()
        return self.bundle.flows[self.call.flow]

    def _no_bundle(self) -> RouterError:
        return RouterError(f"version {self.call.version} of {self.call.account} is not at hand")

    @property
    def step(self) -> FlowStep[Any]:
        """The current step, or the one that a person's command is (`manual_step`)."""
        call = self.call
        if call.takeover is not None:
            return manual_step(call.takeover)
        if self.bundle is None:
            raise self._no_bundle()
        return self.bundle.flows[call.within or call.flow].steps[call.step]

    # digits

    def hide_digits(self, event: DigitsCollected) -> None:
        """The event that came is a packet of digits: stars, until a step has taken some of them."""
        self.packet = (event.call_id, event.seq)
        self.kept_digits = "*" * len(event.digits)

    def log_digits(self, event: DigitsCollected, taken: int = 0, **facts: Any) -> Entry:
        """The entry of a packet of which an open step took so many digits."""
        digits, hidden = event.digits, len(event.digits) - taken if self.hides_digits else 0
        if hidden:
            digits = digits[:taken] + "*" * hidden
            facts = {**facts, "hidden": hidden}
        if self.packet == (event.call_id, event.seq):
            self.kept_digits = digits
        return Entry(at=self.now, kind="digits", data={"digits": digits, "location": event.location, **facts})

    # the call

    def unwind(self) -> None:
        """Leave every sub-flow: the flow that took the call is in control again, with its own variables."""
        call = self.call
        if call.frames:
            frame = call.frames[0]
            call.within, call.frames = "", ()
            call.step, call.variables, call.outputs = frame.step, frame.variables, frame.outputs

    @property
    def activity(self) -> Activity:
        return self.call.activity or Activity()

    def act(self, **fields: Any) -> None:
        """Replace fields of the current step's activity."""
        call = self.call
        call.activity = _replace(call.activity or Activity(), **fields)

    @property
    def leg(self) -> Leg | None:
        """The leg that the caller is on, None between two legs."""
        return self.call.legs.get(self.call.leg)

    def knows_leg(self, call_id: str) -> bool:
        """Whether an event of a leg was ever applied."""
        return call_id in self.call.legs or self.is_folded(call_id)

    def is_folded(self, call_id: str) -> bool:
        """Whether a leg is over and no longer in the state. One that has a counter is new: its first event is not here
        yet."""
        call = self.call
        if not call.folded or not call_id or call_id in call.legs or f"call {call_id}" in call.counters:
            return False
        return call_id in self.environment.folded

    # timers

    def set_timer(self, name: str, due: float) -> None:
        """Set or move a timer."""
        self.call.timers = {**self.call.timers, name: due}
        if name not in JOURNEY_TIMERS:
            self.log("timer", name=name, due=due, done="set")

    def cancel_timers(self, *names: str) -> None:
        """Forget the named timers; those not set are fine."""
        timers = self.call.timers
        if not timers.keys().isdisjoint(names):
            self.call.timers = {name: due for name, due in timers.items() if name not in names}
            for name in names:
                if name in timers and name not in JOURNEY_TIMERS:
                    self.log("timer", name=name, due=timers[name], done="cancelled")

    def cancel_step_timers(self) -> None:
        """Forget every timer that the current step set."""
        if not self.call.timers.keys() <= JOURNEY_TIMERS:
            self.cancel_timers(*(name for name in self.call.timers if name not in JOURNEY_TIMERS))

    # commands

    def queue(
        self,
        command: str,
        params: dict[str, Any],
        label: str,
        *,
        leg: Leg | None = None,
        seconds: float = 0.0,
        high_priority: bool = False,
        buyable: bool = False,
    ) -> str:
        """Put a command into the outbox and make it the one that the step waits for; answers its command_id.

        With a leg it is a command for the live call: what is still queued for the call is withdrawn, since one
        command per caller is in flight, and its deadline is the end of the PBX's patience.
        """
        self.withdraw("a newer command takes its place")
        command_id = self.queue_beside(command, params, label, leg=leg, high_priority=high_priority, buyable=buyable)
        call_id = leg.last.call_id if leg is not None else ""
        self.call.pending = Pending(command_id=command_id, command=command, call_id=call_id, seconds=seconds)
        self.call.last_command, self.call.result = command_id, Result()
        return command_id

    def queue_beside(
        self,
        command: str,
        params: dict[str, Any],
        label: str,
        *,
        leg: Leg | None = None,
        high_priority: bool = False,
        buyable: bool = False,
    ) -> str:
        """Put a command into the outbox that the step does not wait for; what is queued stays."""
        takeover = self.call.takeover
        deadline = self.deadline(leg) if leg is not None else None
        if takeover is not None and takeover.command == command:
            command_id, params, label = next_request(self.call, takeover), takeover.params, BY_HAND
            high_priority, deadline = True, max(deadline or 0.0, self.now + PATIENCE_SECONDS)
        else:
            self.call.commands_made += 1
            command_id = f"{self.call.token}-{self.call.commands_made}"
        call_id = leg.last.call_id if leg is not None else ""
        named = {"command_id": command_id, "call_id": call_id} if leg is not None else {"command_id": command_id}
        effect = QueueCommand(
            command_id=command_id,
            command=command,
            call_id=call_id,
            params=named | params,
            label=label,
            deadline=deadline,
            high_priority=high_priority,
            buyable=buyable,
        )
        self.effects.append(effect)
        self.log("command", command_id=command_id, command=command, label=label)
        if takeover is not None and takeover.command == command and takeover.command_id != command_id:
            self.log("manual", command_id=takeover.command_id, done=AGAIN, again=command_id)
        return command_id

    def deadline(self, leg: Leg) -> float:
        """Until when the PBX holds the caller on this leg: the window or the prompt's end in the menu; a connected
        or ringing leg holds the caller by itself, so a window's length from now bounds only our own patience."""
        if leg.last.location in ("ivr", "queue"):
            return max(self.call.hold_until, self.now + EXPECTED_GRACE_SECONDS)
        return max(self.call.hold_until, self.now + self.root.window)

    def wait_seconds(
        self, name: str, *, high_priority: bool = False, buyable: bool = False, command_id: str = ""
    ) -> float:
        """How long a command of this call (route, transfer, hangup, play) would wait for its limits."""
        deadline = self.deadline(self.leg) if self.leg is not None else None
        waits = self.environment.waits
        return waits.seconds(
            name, deadline=deadline, high_priority=high_priority, buyable=buyable, command_id=command_id
        )

    def withdraw(self, reason: str) -> None:
        """What is queued for the live call can no longer help."""
        pending = self.call.pending
        if pending is not None and pending.phase == "queued" and pending.call_id:
            self.effects.append(WithdrawCommands(reason=reason))
            self.call.pending = None

    def postpone(self, deadline: float, *, buyable: bool = True) -> None:
        """The PBX holds the caller until then, and what is queued for him gains by it; `buyable` says whether even
        more time can be bought."""
        self.call.hold_until = deadline
        pending = self.call.pending
        if pending is not None and pending.phase == "queued":
            self.effects.append(PostponeCommand(command_id=pending.command_id, deadline=deadline, buyable=buyable))

    def confirm(self, command_id: str) -> None:
        """A leg came that only our command can have made."""
        self.effects.append(ConfirmCommand(command_id=command_id, by="leg"))
        self.learn(command_id, Result(code=SUCCESS, kind="ok"))

    def learn(self, command_id: str, result: Result) -> None:
        """What became of a command that no step waits for. `result` tells of the last command only, and what an attempt
        came to is worth more than that the PBX took its command."""
        if command_id == self.call.last_command and self.call.result.kind in ("", UNKNOWN):
            self.call.result = result

    # the trace

    def log(self, kind: str, **data: Any) -> None:
        self.trace.append(Entry(at=self.now, kind=kind, data=data))

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """`log` of facts that are a dictionary already, which is nobody else's."""
        self.trace.append(Entry(at=self.now, kind=kind, data=data))

    def note(self, text: str) -> None:
        self.log("note", text=text)


def sealed(context: StepContext, variable: str, value: Any) -> Any:
    """A variable's value as it may be stored."""
    if not context.flow.variables[variable].secret:
        return value
    return context.environment.sealer.seal(str(value), context.call.entry_id, variable)
