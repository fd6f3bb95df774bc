"""Plays a golden call: events in, commands, timers and trace out, with the state as bytes between any two steps.

A case is a YAML file of two documents, in the directory of its flow (`stories`: the document's, each with its own). The
first is written by hand: the bundle (`bundle`: text of its files by name, or `flows`: a directory), what is known of the
world (`waits`: command -> seconds), and `events`, each at an instant in seconds: `call`, `dtmf`, `summary` as on the
wire, `result` and `sent` of a command of ours, `concluded`, the answer of the `lookup` that the call waits for. `$1` is
the id of the first command. Timers fire by themselves when their time has come; `until` lets time pass at the end. The
second document is what came out, written by `pytest --update-goldens`: facts alone. Prose (`PROSE`) is not held, since a better word changes no call; instants are
counted from the case's start, and nothing in it depends on how a bundle is hashed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from router.engine.effects import (
    AskStatistics,
    ConfirmCommand,
    PostponeCommand,
    QueueCommand,
    RememberValue,
    SendNotification,
    StartLookup,
    WithdrawCommands,
)
from router.engine.environment import Environment
from router.engine.queue_waits import KnownWaits
from router.engine.state import CommandAnswered, CommandConcluded, Entry, LookupFinished
from router.engine.step import CallEvent, new_call
from router.flow.bundle_image import open_image, pack_image
from router.flow.finding_output import render_text
from router.flow.loader import load
from router.flow.model import Bundle
from router.protocol.parse import parse_event
from tests.engine.checked_driver import CheckedDriver

START: Final = 1_795_437_000.0  # 2026-11-23T12:30:00Z
WIRE: Final = {"call": "events/call", "dtmf": "events/dtmf", "summary": "events/summary"}
PROSE: Final = frozenset({"text", "why"})
"""Fields of trace entries that are written for people."""


@dataclass
class Outcome:
    """What a case produced, in the order in which it happened; instants count from the case's start."""

    effects: list[dict[str, Any]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    status: str = ""
    outcome: str = ""


class Player:
    """One call on a clock of its own."""

    def __init__(self, bundle: Bundle, environment: Environment, entry_id: str) -> None:
        self.effects: list[dict[str, Any]] = []
        self.entry_id = entry_id
        self.driver = CheckedDriver(
            new_call("main", entry_id, "cmd", START),
            START,
            sees=lambda: (bundle, environment),
            ports={kind: partial(self._write, facts) for kind, facts in FACTS.items()},
        )

    def plan(self, line: Mapping[str, Any]) -> None:
        """Let one line of `events` happen at its instant."""
        clock = self.driver.clock
        clock.at(START + float(line["at"]), lambda: self.driver.feed(self._event(line)))

    def _write(self, facts: Callable[[Any], dict[str, Any]], effect: Any) -> None:
        self.effects.append({"at": _since(self.driver.clock.now), **facts(effect)})

    def _event(self, line: Mapping[str, Any]) -> CallEvent:
        kind = next(key for key in line if key != "at")
        text = json.dumps(line[kind]).replace('"$', '"cmd-')
        content = json.loads(text)
        if kind in WIRE:
            return parse_event(WIRE[kind], text.encode())  # type: ignore[return-value]
        if kind == "result":
            return parse_event(f"result/{content.pop('command')}", text.encode())  # type: ignore[return-value]
        if kind == "sent":
            return CommandAnswered(entry_id=self.entry_id, command_id=content, sent_at=self.driver.clock.now)
        if kind == "lookup":
            assert self.driver.call.activity is not None
            request = self.driver.call.activity.request
            return LookupFinished(entry_id=self.entry_id, request_id=request, **content)
        assert kind == "concluded", kind
        return CommandConcluded(entry_id=self.entry_id, **content)


def _queued(effect: QueueCommand) -> dict[str, Any]:
    deadline = {"deadline": _since(effect.deadline)} if effect.deadline is not None else {}
    urgent = {"high_priority": True} if effect.high_priority else {}
    return {"command": effect.command, "label": effect.label, "params": dict(effect.params), **deadline, **urgent}


def _asked(effect: StartLookup) -> dict[str, Any]:
    what = {"url": effect.url, "json": effect.json} if effect.kind == "http" else {"arguments": dict(effect.arguments)}
    return {"lookup": effect.label, "kind": effect.kind, **what, "timeout": effect.timeout_seconds}


FACTS: Final[Mapping[type, Callable[[Any], dict[str, Any]]]] = {
    QueueCommand: _queued,
    WithdrawCommands: lambda effect: {"withdrawn": effect.keep or "all"},
    PostponeCommand: lambda effect: {"postponed": effect.command_id, "until": _since(effect.deadline)},
    ConfirmCommand: lambda effect: {"confirmed": effect.command_id},
    StartLookup: _asked,
    RememberValue: lambda effect: {"remembered": effect.value, "in": effect.list_name, "keep": effect.keep_seconds},
    SendNotification: lambda effect: {"notified": effect.url, "data": effect.data},
    AskStatistics: lambda effect: {"asked_about": _since(effect.started)},
}
"""What is held of effects."""


def _since(instant: float) -> float:
    return round(instant - START, 3)


def _facts(entry: Entry) -> str:
    """An entry of the trace without its prose."""
    facts = {name: value for name, value in entry.data.items() if name not in PROSE}
    if "due" in facts:
        facts["due"] = _since(facts["due"])
    return f"{_since(entry.at):.3f} {entry.kind} {json.dumps(facts, ensure_ascii=False) if facts else ''}".rstrip()


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
    events = case["events"]
    environment = Environment(waits=KnownWaits(case.get("waits")), has_statistics=True)
    player = Player(bundle, environment, events[0]["call"]["entry_id"])
    for line in events:
        player.plan(line)
    player.driver.clock.run_until(START + max(float(case.get("until", 0)), float(events[-1]["at"])))
    call = player.driver.call
    return Outcome(player.effects, [_facts(entry) for entry in player.driver.trace], call.status, call.outcome)


def read_case(path: Path) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    """(what is written by hand, what is expected, the text of the first)."""
    by_hand, _, expected = path.read_text(encoding="utf-8").partition("\n---\n")
    return yaml.safe_load(by_hand), yaml.safe_load(expected) if expected else None, by_hand


def write_case(path: Path, by_hand: str, outcome: Outcome) -> None:
    dumped = yaml.safe_dump(vars(outcome), allow_unicode=True, sort_keys=False, width=200)
    path.write_text(f"{by_hand.rstrip()}\n---\n{dumped}", encoding="utf-8")
