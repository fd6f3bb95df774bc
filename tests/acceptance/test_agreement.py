"""`ivr test` and real processes agree: gunicorn and `ivr emulator` over HTTP play tests of the bundle that uses every verb.

`tests/agreement` plays every test of every bundle on a virtual clock. Here are those that take seconds of real time and
need no world of their own; the emulator has all its habits: late legs, legs that name no command, results before events.
"""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Bundle
from router.simulator.read import read_scripts
from router.simulator.run_test import Run
from router.simulator.script import Expect, ExpectEnd, Given, HangUp, Happen, Keys, LateResult, Script, Wait
from tests.acceptance.processes import PROJECT, Site, site, wait_for

pytestmark = pytest.mark.acceptance

BUNDLE: Final = PROJECT / "tests" / "bundles" / "every_verb"
LINE: Final = "74950000001"
NOBODY_TWICE: Final = (f"7900000{number:04}" for number in range(100, 200))
SECONDS: Final = 15.0  # within which everything happens
MOST_SECONDS: Final = 9.0  # of waiting in a script
PBX: Final = """
profile: "2026"
lines: {74950000001: {scheme: main}}
employees:
  100: {number: "79000000100", behaves: never, ring: 600m}
  101: {number: "79000000101", behaves: never, ring: 600m}
  199: {number: "79000000199", behaves: never, ring: 600m}
groups: {303: {members: [199], rings: together, ring: 600m, wait: 600m}}
numbers: {user@example.org: never}
audio: {31: 4s, 32: 5s, 17: 6s, 21: 2s, 23: 3s}
schemes: {main: {silence: 600m, then: extension 199}}
"""


def _is_quick(script: Script) -> bool:
    """It needs neither another day nor another system, and nothing is late or lost."""
    given = script.given
    ordinary = not (given.lookups or given.split or given.lists or given.variables or given.dct_number)
    waits = sum(line.seconds for line in script.lines if isinstance(line, Wait))
    commands = [line.command for line in script.lines if isinstance(line, Expect)]
    plain = not any(line.faults for line in script.lines) and not any(
        isinstance(one, LateResult) for one in script.lines
    )
    keys = [line.digits for line in script.lines if isinstance(line, Keys)]
    return (
        ordinary
        and given.presence is None
        and plain
        and waits <= MOST_SECONDS
        and len(commands) < 9
        and not {"notify", "transfer", "record", "sms"} & set(commands)
        and not {"2", "8", "9", "0"} & set(keys)  # days, hours, other systems
    )


def _opened() -> tuple[Bundle, dict[str, Script]]:
    files = read_directory(BUNDLE)
    loaded = load(files)
    assert loaded.bundle is not None
    scripts, _ = read_scripts(loaded.tests, loaded.bundle, {name: text.decode() for name, text in files.items()})
    return loaded.bundle, {script.name: script for script in scripts if _is_quick(script)}


OPENED, SCRIPTS = _opened()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("agreement")
    pbx: Path = directory / "pbx.yaml"
    pbx.write_text(PBX, encoding="utf-8")
    settings = {"IVR_WATCH": "0", "IVR_SECRET_CRM": "x", "MANGO_PROFILE": "2026"}
    with site(directory, pbx=pbx, flows=BUNDLE, **settings) as running:
        yield running


def _prepare(served: Site, script: Script) -> None:
    """The emulator answers commands as the script says, each method in turn."""
    rules: dict[str, list[dict[str, int]]] = {}
    for number, expected in enumerate(line for line in script.lines if isinstance(line, Expect)):
        method = {"play": "play/start", "hangup": "call/hangup"}.get(expected.command, expected.command)
        rules.setdefault(method, []).append({"code": script.plans[number].code or 1000, "times": 1})
    served.control(
        "POST", "results", **{name: some for name, some in rules.items() if any(r["code"] != 1000 for r in some)}
    )


class Player:
    """One script over HTTP."""

    def __init__(self, served: Site, script: Script) -> None:
        self._served = served
        self._script = script
        self._expected = 0
        is_anybody = script.given.caller == Given(at=0.0).caller  # whom one test locks out must not be another one's
        self.entry_id = served.dial(LINE, next(NOBODY_TWICE) if is_anybody else script.given.caller)

    def play(self) -> None:
        for line in self._script.lines:
            match line:
                case Expect():
                    self._expected += 1
                    wait_for(f"command {self._expected}", self._has_sent, SECONDS)
                case Wait():
                    time.sleep(line.seconds)
                case Keys():
                    self._happens(collected=line.digits)
                case Happen():
                    wait_for(line.what, partial(self._happens, what=line.what), SECONDS)
                case HangUp():
                    self._served.hang_up(self.entry_id)
                case ExpectEnd():
                    wait_for(line.outcome, partial(self._ended_as, line.outcome), SECONDS)

    @property
    def call(self) -> Any:
        return self._served.call(self.entry_id)

    def way(self) -> list[tuple[str, str]]:
        return [(step["step"].rpartition(".")[2], step["exit"]) for step in self.call["steps"] if step["exit"]]

    def commands(self) -> list[str]:
        return [one["label"] for one in self.call["commands"]]

    def _has_sent(self) -> bool:
        return sum(one["state"] not in ("queued", "expired") for one in self.call["commands"]) >= self._expected

    def _ended_as(self, outcome: str) -> bool:
        return bool(self.call["outcome"] == outcome)

    def _happens(self, **what: str) -> bool:
        """409 is: not yet."""
        path = f"{self._served.pbx}/emulator/calls/{quote(self.entry_id, safe='')}/happens"
        answer = self._served.http.request("POST", path, json=what)
        assert answer.status in (200, 409), answer.data
        return bool(answer.status == 200)


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) >= 8


@pytest.mark.parametrize("name", SCRIPTS)
def test_call_goes_as_the_test_says(served: Site, name: str) -> None:
    script = SCRIPTS[name]
    run = Run(script, OPENED)
    verdict = run.judge()
    assert verdict.failure is None
    way = [(one.data["step"], one.data["exit"]) for one in verdict.trace if one.kind == "left" and one.data["exit"]]
    _prepare(served, script)
    player = Player(served, script)
    player.play()
    for _ in range(int(SECONDS / 0.25)):
        if sorted(player.way()) == sorted(way):  # a step that runs a flow is told before that flow's steps
            break
        time.sleep(0.25)
    assert sorted(player.way()) == sorted(way)
    assert player.commands() == [one.command.label for one in run.simulation.sent]
    if player.call["outcome"] == "":
        served.hang_up(player.entry_id)
