"""A call and the PBX around it, for tests of the engine's rules: each method is one thing that the PBX reports.

Time is in seconds from the start; `wait` lets timers fire. The state goes through its bytes at every step.
"""

from typing import Any, get_args

from router.engine.effects import ConfirmCommand, Effect, PostponeCommand, QueueCommand, WithdrawCommands
from router.engine.environment import Environment
from router.engine.queue_waits import KnownWaits
from router.engine.state import Call, CommandAnswered, CommandConcluded, CommandGiven, Entry
from router.engine.step import CallEvent, new_call
from router.flow.finding_output import render_text
from router.flow.loader import load
from router.protocol.events import (
    ABONENT,
    APPEARED,
    CONNECTED,
    DISCONNECTED,
    IVR,
    ON_HOLD,
    QUEUE,
    CommandResulted,
    DigitsCollected,
    JourneyEnded,
    LegChanged,
)
from tests.engine.checked_driver import CheckedDriver

RESOURCES = """
audio:
  hello: {id: 1, length: 5s}
  again: {id: 2, length: 2s}
  bilingual: {ru: {id: 3, length: 4s}, en: {id: 4, length: 6s}}
  wait: {id: 5, length: 20s}
groups:
  sales: {extension: "303"}
people:
  operator: {extension: "100"}
hours:
  office: {timezone: UTC, open: {mon-fri: "09:00-18:00"}}
lists:
  vip: {numbers: ["79000000007"]}
"""
HEADER = """
flow: main
for: {lines: ["74950000000"]}
window: 30s
on_error: oops
"""
START = 1_795_437_000.0  # Monday 2026-11-23, 12:30 UTC


class Scenario:
    """One call under a flow with these steps."""

    def __init__(
        self,
        steps: str,
        *,
        header: str = HEADER,
        number: str = "79000000001",
        resources: str = "",
        waits: dict[str, float] | None = None,
        **environment: Any,
    ) -> None:
        text = f"{header}start: first\nsteps:\n{steps}\n  oops: release\n"
        files = {"main.yaml": text, "resources.yaml": RESOURCES} | ({"more.yaml": resources} if resources else {})
        loaded = load({name: content.encode() for name, content in files.items()})
        assert loaded.bundle is not None, render_text(loaded.findings)
        self.bundle = loaded.bundle
        self.waits = waits if waits is not None else {}  # may be changed while the call goes on
        self.environment = Environment(waits=KnownWaits(self.waits), **environment)
        self.number = number
        self.driver = CheckedDriver(
            new_call("main", "E", "cmd", START),
            START,
            sees=lambda: (self.bundle, self.environment),
            ports=dict.fromkeys(get_args(Effect), self._take),
        )
        self.effects: list[Effect] = []
        self.commands: list[QueueCommand] = []
        self.withdrawn: list[str] = []
        self.confirmed: list[str] = []
        self.postponed: dict[str, float] = {}
        self.unbuyable: list[str] = []
        self.seqs: dict[str, int] = {}
        self.legs = 0
        self.may_fail = False  # whether a fault of the engine itself is what the test is about

    # what can be asked

    @property
    def call(self) -> Call:
        return self.driver.call

    @property
    def state(self) -> bytes:
        return self.driver.state

    @property
    def trace(self) -> list[Entry]:
        return self.driver.trace

    @property
    def clock(self) -> float:
        """Seconds from the start."""
        return round(self.driver.clock.now - START, 6)

    @clock.setter
    def clock(self, seconds: float) -> None:
        self.driver.clock.now = START + seconds

    @property
    def at_step(self) -> str:
        return self.call.step

    @property
    def last(self) -> QueueCommand:
        return self.commands[-1]

    @property
    def labels(self) -> list[str]:
        return [command.label for command in self.commands]

    @property
    def notes(self) -> str:
        return "\n".join(entry.data["text"] for entry in self.trace if entry.kind == "note")

    def exits(self) -> list[tuple[str, str]]:
        """(step, exit) of every step that was left."""
        return [(e.data["step"], e.data["exit"]) for e in self.trace if e.kind == "left"]

    # time

    def wait(self, seconds: float) -> "Scenario":
        """Let time pass; timers fire at their instants."""
        self.driver.clock.run_until(START + self.clock + seconds)
        assert self.may_fail or "engine fault" not in self.notes, self.notes
        return self

    def apply(self, event: CallEvent) -> "Scenario":
        self.driver.feed(event)
        assert self.may_fail or "engine fault" not in self.notes, self.notes
        return self

    def _take(self, effect: Effect) -> None:
        self.effects.append(effect)
        match effect:
            case QueueCommand():
                self.commands.append(effect)
            case WithdrawCommands():
                self.withdrawn.append(effect.reason)
            case ConfirmCommand():
                self.confirmed.append(effect.command_id)
            case PostponeCommand():
                self.postponed[effect.command_id] = round(effect.deadline - START, 3)
                if not effect.buyable:
                    self.unbuyable.append(effect.command_id)

    # legs

    def leg(self, call_id: str, state: str, *, seq: int | None = None, **fields: Any) -> "Scenario":
        """One events/call; seq counts by itself."""
        number = seq if seq is not None else self.seqs.get(call_id, 0) + 1
        self.seqs[call_id] = max(number, self.seqs.get(call_id, 0))
        given = {"location": IVR, "from_number": self.number, "line_number": "74950000000"} | fields
        return self.apply(
            LegChanged(entry_id="E", call_id=call_id, seq=number, timestamp=1_795_437_000, state=state, **given)
        )

    def comes(self, call_id: str = "ivr", **fields: Any) -> "Scenario":
        """The caller is in the PBX's menu."""
        return self.leg(call_id, APPEARED, **fields)

    def queues(self, call_id: str, **fields: Any) -> "Scenario":
        return self.leg(call_id, APPEARED, **({"location": QUEUE, "command_id": self.last.command_id} | fields))

    def rings(self, call_id: str, extension: str = "101", **fields: Any) -> "Scenario":
        """A leg at an employee, made by our last command unless said otherwise."""
        given = {"location": ABONENT, "to_extension": extension, "command_id": self.last.command_id} | fields
        return self.leg(call_id, APPEARED, **given)

    def connects(self, call_id: str, extension: str = "101", **fields: Any) -> "Scenario":
        return self.leg(call_id, CONNECTED, **({"location": ABONENT, "to_extension": extension} | fields))

    def holds(self, call_id: str, extension: str = "101", **fields: Any) -> "Scenario":
        return self.leg(call_id, ON_HOLD, **({"location": ABONENT, "to_extension": extension} | fields))

    def ends(self, call_id: str, reason: int, **fields: Any) -> "Scenario":
        return self.leg(call_id, DISCONNECTED, disconnect_reason=reason, **({"location": ""} | fields))

    def keys(self, digits: str, *, seq: int | None = None, call_id: str = "ivr") -> "Scenario":
        number = seq if seq is not None else self.seqs.get("keys", 0) + 1
        self.seqs["keys"] = number
        return self.apply(DigitsCollected(entry_id="E", call_id=call_id, seq=number, timestamp=1, digits=digits))

    def summary(self, **fields: Any) -> "Scenario":
        return self.apply(JourneyEnded(entry_id="E", **fields))

    # commands

    def sent(self, command_id: str = "") -> "Scenario":
        """The PBX took the last command, or that one (HTTP 200)."""
        wanted = command_id or self.last.command_id
        return self.apply(CommandAnswered(entry_id="E", command_id=wanted, sent_at=START + self.clock))

    def result(self, code: int = 1000, command_id: str = "") -> "Scenario":
        """The last command's result."""
        wanted = command_id or self.last.command_id
        return self.apply(CommandResulted(command=self.last.command, command_id=wanted, result=code))

    def done(self) -> "Scenario":
        """Sent, and its result is 1000."""
        return self.sent().result()

    def concluded(self, state: str, code: int = 0) -> "Scenario":
        return self.apply(
            CommandConcluded(entry_id="E", command_id=self.last.command_id, state=state, code=code, reason="a test")
        )

    def by_hand(
        self, command: str, *, call_id: str = "", then: str = "resume", name: str = "hand", **params: str
    ) -> "Scenario":
        """A person commands something, for the leg that the caller is on unless said otherwise."""
        return self.apply(
            CommandGiven(
                entry_id="E",
                command_id=name,
                command=command,
                call_id=call_id or self.call.leg,
                params=params,
                then=then,
                actor="anna",
                reason="a VIP",
            )
        )

    def came_of_hand(self) -> list[str]:
        """What the trace tells of commands by hand."""
        return [entry.data["done"] for entry in self.trace if entry.kind == "manual"]
