"""Calls of a bundle through the emulator on a virtual clock: its habits and faults, real notifications parsed as they
stand, no sockets and no waiting. What one call does depends on the seed alone."""

import heapq
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

from router.catalogue.methods import METHODS
from router.emulator.config import PbxConfig
from router.emulator.journey import Journey
from router.emulator.pbx import Pbx
from router.engine.codec import decode_call, encode_call
from router.engine.effects import QueueCommand, WithdrawCommands
from router.engine.environment import Environment
from router.engine.state import Call, CommandAnswered, CommandConcluded, TimerFired
from router.engine.step import CallEvent, new_call, step
from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Bundle
from router.protocol.envelope import encode_form
from router.protocol.parse import parse_event

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
        self.now = START
        self.pbx = Pbx(config, api_key=KEY, salt=SALT, now=START, ids=Random(seed))
        self.commands: list[QueueCommand] = []
        self._queued: dict[str, QueueCommand] = {}
        self._answer_seconds = answer_seconds
        self._chance = Random(seed)
        self._around = Environment()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        journey = self.pbx.dial(START, "79000000000", line)
        assert journey is not None
        self.journey: Journey = journey
        self._state = encode_call(new_call("main", journey.entry_id, "cmd", START))

    @property
    def call(self) -> Call:
        return decode_call(self._state)

    def run(self, seconds: float) -> "EmulatedCall":
        """Let that much time pass, or the call end."""
        until = self.now + seconds
        while (at := self._next()) is not None and at <= until and self.call.status != "ended":
            self.now = max(self.now, at)
            self._once()
        return self

    def hears_second(self) -> bool:
        """Whether the caller has talked to 102."""
        return any(leg.callee.extension == "102" and leg.connected is not None for leg in self.journey.legs)

    def _next(self) -> float | None:
        due = [self.pbx.next_due(), self.call.wake_at, self._heap[0][0] if self._heap else None]
        return min((at for at in due if at is not None), default=None)

    def _once(self) -> None:
        for notification in self.pbx.advance(self.now):
            event = parse_event(notification.path, notification.text)
            self._feed(event)  # type: ignore[arg-type]  # only those of calls are sent here
        while self._heap and self._heap[0][0] <= self.now:
            heapq.heappop(self._heap)[2]()
        wake_at = self.call.wake_at
        if wake_at is not None and wake_at <= self.now:
            self._feed(TimerFired(entry_id=self.journey.entry_id))

    def _feed(self, event: CallEvent) -> None:
        done = step(self.call, event, self.bundle, self.now, self._around)
        assert not [entry for entry in done.trace if "engine fault" in str(entry.data)]
        self._state = encode_call(done.call)
        for effect in done.effects:
            if isinstance(effect, QueueCommand):
                self.commands.append(effect)
                self._queued[effect.command_id] = effect
                self._later(0.01, partial(self._send, effect))
            elif isinstance(effect, WithdrawCommands):
                self._queued = {name: one for name, one in self._queued.items() if not one.call_id}

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (self.now + seconds, next(self._order), action))

    def _send(self, command: QueueCommand) -> None:
        if self._queued.pop(command.command_id, None) is None:
            return
        body = encode_form(KEY, SALT, command.params)
        far_apart = len(self.commands) * 10.0  # limits are another matter
        answer = self.pbx.request(self.now, far_apart, METHODS[command.command], body, FORM)
        name = {"entry_id": self.journey.entry_id, "command_id": command.command_id}
        event: CallEvent = CommandAnswered(sent_at=self.now, **name)
        if answer.status != 200:
            event = CommandConcluded(state="failed", code=int(answer.body.get("code", 0)), **name)
        late = answer.after_seconds + self._chance.uniform(*self._answer_seconds)
        self._later(late, partial(self._feed, event))
