"""Calls of a bundle through the emulator on a virtual clock: its habits and faults, real notifications parsed as they
stand, no sockets and no waiting. What one call does depends on the seed alone."""

from functools import partial
from pathlib import Path
from random import Random

from router.catalogue.methods import METHODS
from router.emulator.config import PbxConfig
from router.emulator.pbx import Pbx
from router.engine.effects import QueueCommand, WithdrawCommands
from router.engine.environment import Environment
from router.engine.state import Call, CommandAnswered, CommandConcluded
from router.engine.step import new_call
from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Bundle
from router.pbx.legs import Journey
from router.protocol.envelope import encode_form
from router.protocol.parse import parse_event
from tests.engine.checked_driver import CheckedDriver

KEY, SALT = "key", "salt"
START = 1_795_437_000.0  # Monday 2026-11-23, 12:30 UTC
FORM = "application/x-www-form-urlencoded"


def bundle_of(directory: Path) -> Bundle:
    loaded = load(read_directory(directory))
    assert loaded.bundle is not None
    return loaded.bundle


class EmulatedCall:
    """One caller. `answer_seconds` is how long the PBX's HTTP answer takes, chosen anew for each command."""

    def __init__(
        self, bundle: Bundle, config: PbxConfig, line: str, seed: int, answer_seconds: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        self.bundle = bundle
        self.pbx = Pbx(config, api_key=KEY, salt=SALT, now=START, ids=Random(seed))
        self.commands: list[QueueCommand] = []
        self._queued: dict[str, QueueCommand] = {}
        self._sent: dict[str, float] = {}  # those whose answer is on its way
        self._answer_seconds = answer_seconds
        self._chance = Random(seed)
        journey = self.pbx.dial(START, "79000000000", line)
        assert journey is not None
        self.journey: Journey = journey
        environment = Environment()
        self._driver = CheckedDriver(
            new_call("main", journey.entry_id, "cmd", START),
            START,
            sees=lambda: (bundle, environment),
            ports={QueueCommand: self._queue, WithdrawCommands: self._withdraw},
            sent_at=self._sent.get,
        )
        self._clock = self._driver.clock

    @property
    def call(self) -> Call:
        return self._driver.call

    def run(self, seconds: float) -> "EmulatedCall":
        """Let that much time pass, or the call end."""
        until = self._clock.now + seconds
        while (at := self._next()) is not None and at <= until and self.call.status != "ended":
            self._clock.now = max(self._clock.now, at)
            for notification in self.pbx.advance(self._clock.now):
                self._driver.feed(parse_event(notification.path, notification.text))  # type: ignore[arg-type]  # of calls
            self._clock.run_next(at)
        assert not [entry for entry in self._driver.trace if "engine fault" in str(entry.data)]
        return self

    def hears_second(self) -> bool:
        """Whether the caller has talked to 102."""
        return any(leg.callee.extension == "102" and leg.connected is not None for leg in self.journey.legs)

    def _next(self) -> float | None:
        return min((at for at in (self.pbx.next_due(), self._clock.next_instant()) if at is not None), default=None)

    def _queue(self, command: QueueCommand) -> None:
        self.commands.append(command)
        self._queued[command.command_id] = command
        self._clock.after(0.01, partial(self._send, command))

    def _withdraw(self, effect: WithdrawCommands) -> None:
        self._queued = {name: one for name, one in self._queued.items() if not one.call_id}

    def _send(self, command: QueueCommand) -> None:
        if self._queued.pop(command.command_id, None) is None:
            return
        now = self._sent[command.command_id] = self._clock.now
        body = encode_form(KEY, SALT, command.params)
        far_apart = len(self.commands) * 10.0  # limits are another matter
        answer = self.pbx.request(now, far_apart, METHODS[command.command], body, FORM)
        name = {"entry_id": self.journey.entry_id, "command_id": command.command_id}
        event: CommandAnswered | CommandConcluded = CommandAnswered(sent_at=now, **name)
        if answer.status != 200:
            event = CommandConcluded(state="failed", code=int(answer.body.get("code", 0)), **name)
        late = answer.after_seconds + self._chance.uniform(*self._answer_seconds)
        self._clock.after(late, partial(self._answered, event))

    def _answered(self, event: CommandAnswered | CommandConcluded) -> None:
        del self._sent[event.command_id]
        self._driver.feed(event)
