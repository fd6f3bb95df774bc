"""Plays a golden call: events in, commands, timers and trace out, with the state as bytes between any two steps.

A case is a YAML file of two documents. The first is written by hand: the bundle (`bundle`: text of its files by name,
or `flows`: a directory), and `events`, each at an instant in seconds: `call`, `dtmf`, `summary` as on the wire,
`result` and `sent` of a command of ours, `concluded`. `$1` is the id of the first command. Timers fire by themselves
when their time has come; `until` lets time pass at the end. The second document is what came out, written by
`pytest --update-goldens`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from router.engine.codec import decode_call, encode_call
from router.engine.effects import ConfirmCommand, PostponeCommand, QueueCommand, WithdrawCommands
from router.engine.environment import Environment
from router.engine.state import Call, CommandAnswered, CommandConcluded, TimerFired
from router.engine.step import CallEvent, new_call, step
from router.flow.bundle_image import open_image, pack_image
from router.flow.findings import render_text
from router.flow.loader import load
from router.flow.model import Bundle
from router.protocol.parse import parse_event

START = 1_795_437_000.0  # 2026-11-23T12:30:00Z
WIRE = {"call": "events/call", "dtmf": "events/dtmf", "summary": "events/summary"}


@dataclass
class Outcome:
    """What a case produced, in the order in which it happened; instants count from the case's start."""

    commands: list[dict[str, Any]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    status: str = ""
    outcome: str = ""


class Player:
    """One call on a clock of its own."""

    def __init__(self, bundle: Bundle, environment: Environment) -> None:
        self.bundle = bundle
        self.environment = environment
        self.state = b""
        self.now = START
        self.result = Outcome()

    @property
    def call(self) -> Call:
        return decode_call(self.state)

    def apply(self, event: CallEvent, at: float) -> None:
        """Let the timers before `at` fire, then apply the event."""
        self.pass_time(at)
        self._step(event)

    def pass_time(self, until: float) -> None:
        for _ in range(1000):
            wake_at = self.call.wake_at if self.state else None
            if wake_at is None or wake_at > until:
                break
            self.now = max(self.now, wake_at)
            self._step(TimerFired(entry_id=self.call.entry_id))
        self.now = max(self.now, until)

    def _step(self, event: CallEvent) -> None:
        if not self.state:
            entry_id = event.entry_id
            self.state = encode_call(new_call("main", entry_id, "cmd", self.now))
        before = self.call
        done = step(before, event, self.bundle, self.now, self.environment)
        assert encode_call(before) == self.state, "the state handed in was changed"
        self.state = encode_call(done.call)
        for entry in done.trace:
            facts = json.dumps(entry.data, ensure_ascii=False)
            self.result.trace.append(f"{entry.at - START:.3f} {entry.kind} {facts}")
        for effect in done.effects:
            match effect:
                case QueueCommand():
                    self._queued(effect)
                case WithdrawCommands():
                    self.result.commands.append({"at": self._since(), "withdrawn": effect.reason})
                case PostponeCommand():
                    until = round(effect.deadline - START, 3)
                    self.result.commands.append({"at": self._since(), "postponed": effect.command_id, "until": until})
                case ConfirmCommand():
                    self.result.commands.append({"at": self._since(), "confirmed": effect.command_id})

    def _queued(self, effect: QueueCommand) -> None:
        deadline = {"deadline": round(effect.deadline - START, 3)} if effect.deadline is not None else {}
        line = {"at": self._since(), "command": effect.command, "label": effect.label, "params": dict(effect.params)}
        self.result.commands.append(line | deadline)

    def _since(self) -> float:
        return round(self.now - START, 3)


def play(case: dict[str, Any], directory: Path) -> Outcome:
    """Play a case; raises AssertionError when its bundle is refused."""
    files = (
        {name: text.encode() for name, text in case["bundle"].items()}
        if "bundle" in case
        else {path.name: path.read_bytes() for path in (directory / case["flows"]).iterdir()}
    )
    loaded = load(files)
    assert loaded.bundle is not None, render_text(loaded.findings)
    bundle = open_image(pack_image(loaded.bundle))  # as a worker has it
    assert bundle is not None
    player = Player(bundle, Environment(**case.get("surroundings", {})))
    for line in case["events"]:
        at = START + float(line["at"])
        player.apply(_event(line, player, at), at)
    player.pass_time(START + float(case.get("until", 0)))
    player.result.status = player.call.status
    player.result.outcome = player.call.outcome
    return player.result


def _event(line: dict[str, Any], player: Player, at: float) -> CallEvent:
    kind = next(key for key in line if key != "at")
    text = json.dumps(line[kind]).replace('"$', '"cmd-')
    content = json.loads(text)
    if kind in WIRE:
        return parse_event(WIRE[kind], text.encode())  # type: ignore[return-value]
    if kind == "result":
        return parse_event(f"result/{content.pop('command')}", text.encode())  # type: ignore[return-value]
    if kind == "sent":
        return CommandAnswered(entry_id=player.call.entry_id, command_id=content, sent_at=at)
    return CommandConcluded(entry_id=player.call.entry_id, **content)


def read_case(path: Path) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    """(what is written by hand, what is expected, the text of the first)."""
    by_hand, _, expected = path.read_text(encoding="utf-8").partition("\n---\n")
    return yaml.safe_load(by_hand), yaml.safe_load(expected) if expected else None, by_hand


def write_case(path: Path, by_hand: str, outcome: Outcome) -> None:
    dumped = yaml.safe_dump(vars(outcome), allow_unicode=True, sort_keys=False, width=200)
    path.write_text(f"{by_hand.rstrip()}\n---\n{dumped}", encoding="utf-8")
