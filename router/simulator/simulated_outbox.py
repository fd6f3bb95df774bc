"""The commands of a simulated call, from the engine's wish until the PBX has taken them.

A command takes no time unless the test's limits say so. It waits for them, expires at its deadline meanwhile, is sent
again after a 503 as often as the test plans one, and is refused where it would not fit its schema, as on a live router.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from router.engine.effects import PostponeCommand, QueueCommand, SendNotification, WithdrawCommands
from router.engine.secret_marks import shown_marks
from router.engine.state import CommandAnswered, CommandConcluded
from router.simulator.queueing import QueueOfTest
from router.simulator.script import Fault, Plan
from router.simulator.wire_rules import INVALID, has_result, why_invalid
from router.virtual_clock import SAME_INSTANT, Happening, VirtualClock

EXPIRED: Final = "expired"
REFUSED: Final = "failed"
NOTIFY: Final = "notify"
"""What a notification to the author's own webhook is called among the commands."""

RETRY_SECONDS: Final = 0.5
"""After a 503 the command is sent again this much later."""

CarryOut = Callable[[QueueCommand, int | None, tuple[Fault, ...]], object]
"""What the PBX does with a command that it has accepted: with the planned code, and the faults of its news."""


class Sent(msgspec.Struct, frozen=True):
    """A command as the PBX received it."""

    at: float
    command: QueueCommand


class SimulatedOutbox:
    """The commands of one call."""

    def __init__(
        self,
        entry_id: str,
        waits: Mapping[str, float],
        plans: tuple[Plan, ...],
        *,
        clock: VirtualClock,
        feed: Callable[[Any], object],
        carry_out: CarryOut,
    ) -> None:
        """`waits` are the test's limits; `plans` say for each command in turn how the PBX answers it."""
        self.sent: list[Sent] = []  # every command that reached the PBX, in order
        self.waits = QueueOfTest(waits, lambda: clock.now)
        self._entry_id = entry_id
        self._plans = plans
        self._clock = clock
        self._feed = feed
        self._carry_out = carry_out
        self.waiting: dict[str, QueueCommand] = {}  # not sent yet
        self._deadlines: dict[str, float | None] = {}

    # what the engine wants

    def queue(self, command: QueueCommand) -> None:
        """Take a command; it leaves when its limit lets it."""
        self.waiting[command.command_id] = command
        self._deadlines[command.command_id] = command.deadline
        self._send_later(self.waits.queued(command), command, partial(self._send, command))

    def postpone(self, effect: PostponeCommand) -> None:
        """Time that was bought never takes away from the deadline that the command has."""
        queued = self.waiting.get(effect.command_id)
        if queued is not None and queued.deadline is not None:
            self._deadlines[effect.command_id] = max(queued.deadline, effect.deadline)

    def withdraw(self, effect: WithdrawCommands) -> None:
        """Drop what waits for the call, apart from the command that is to stay."""
        self.waiting = {name: kept for name, kept in self.waiting.items() if name == effect.keep or not kept.call_id}

    def keep(self, effect: SendNotification) -> None:
        """A notification counts among the commands, so that a script can expect it; nobody answers it."""
        command = QueueCommand(
            command_id=effect.notification_id,
            command=NOTIFY,
            call_id="",
            params=shown_marks({"url": effect.url, "data": effect.data}),
            label=effect.label,
            deadline=None,
        )
        self._clock.after(0.0, lambda: self.sent.append(Sent(self._clock.now, command)))

    # its way to the PBX

    def _send_later(self, seconds: float, command: QueueCommand, send: Happening) -> None:
        """Let the command wait for its limit, or expire at its deadline while it does."""
        self._clock.after(seconds, send)
        deadline = self._deadlines[command.command_id]
        if deadline is not None and self._clock.now + seconds > deadline + SAME_INSTANT:
            self._clock.after(max(0.0, deadline - self._clock.now), partial(self._expire, command))

    def _expire(self, command: QueueCommand) -> None:
        """Its deadline came, unless a prompt bought it more time."""
        deadline = self._deadlines[command.command_id]
        if deadline is not None and deadline > self._clock.now + SAME_INSTANT:
            self._clock.after(deadline - self._clock.now, partial(self._expire, command))
        elif self.waiting.pop(command.command_id, None) is not None:
            self._conclude(command, EXPIRED, "the deadline passed while it waited for its limit")

    def _send(self, command: QueueCommand) -> None:
        if command.command_id not in self.waiting:
            return
        if (why := why_invalid(command)) is not None:
            del self.waiting[command.command_id]
            self._conclude(command, REFUSED, why, INVALID)
            return
        number = len(self.sent)
        plan = self._plans[number] if number < len(self._plans) else Plan()
        self.sent.append(Sent(self._clock.now, command))
        self._request(command, plan, plan.limited)

    def _request(self, command: QueueCommand, plan: Plan, refusals: int) -> None:
        """One HTTP request: a 503 as often as the plan says, then a 200 and what the command causes."""
        if command.command_id not in self.waiting:
            return
        if refusals:
            self._send_later(RETRY_SECONDS, command, partial(self._request, command, plan, refusals - 1))
            return
        del self.waiting[command.command_id]
        if has_result(command):
            name = {"entry_id": self._entry_id, "command_id": command.command_id}
            self._feed(CommandAnswered(sent_at=self._clock.now, **name))
        if not plan.late:
            self._carry_out(command, plan.code, plan.faults)

    def _conclude(self, command: QueueCommand, state: str, reason: str, code: int = 0) -> None:
        self._feed(
            CommandConcluded(
                entry_id=self._entry_id, command_id=command.command_id, state=state, reason=reason, code=code
            )
        )
