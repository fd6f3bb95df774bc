"""`ivr test` and the running router agree: every test of every bundle in the tree is played by both.

The simulator plays a script over the model of the PBX; then the router's production code plays it with the emulator
(`live`). The commands that are sent, with their parameters, the way through the flow and the outcome have to be the same.
Instants are not compared: a running router waits for its limits, and a PBX takes a moment for everything.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from router.emulator.config import PbxConfig
from router.engine.effects import QueueCommand
from router.engine.secret_marks import shown_marks
from router.engine.state import Call
from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Bundle
from router.simulator.fixture import values_of
from router.simulator.read import read_scripts
from router.simulator.run_test import Run
from router.simulator.script import ExpectReturn, Script
from router.simulator.simulated_outbox import NOTIFY
from tests.agreement.fakes import Fakes, fakes
from tests.agreement.live import LiveCall, config_of

PROJECT: Final = Path(__file__).parents[2]
Files = dict[str, bytes]
NOT_COMPARED: Final = frozenset({"command_id", "notification_id", "call_id", "start_time", "type", "envelope"}) | {
    "holded_call_id", "transferred_call_id", "seconds",
}  # fmt: skip
"""Ids, instants and how long somebody talked, and what a notification is wrapped in."""
EMPLOYEES: Final = frozenset({"initiator", "call_party_number", "transfer_initiator_number"})


def directories() -> list[Path]:
    """Every bundle with tests."""
    found = {
        path.parent
        for place in ("flows", "tests")
        for path in (PROJECT / place).rglob("*.test.yaml")
        if "kept" not in path.parts
    }
    return sorted(found)


def scripts_of(directory: Path) -> Iterator[Script]:
    """Its tests, as they are numbered."""
    files = read_directory(directory)
    loaded = load(files)
    if loaded.bundle is not None:
        texts = {name: text.decode("utf-8", "replace") for name, text in files.items()}
        yield from read_scripts(loaded.tests, loaded.bundle, texts)[0]


def goes_live(script: Script) -> bool:
    """A sub-flow under test has no line of its own, and limits that a script gives are not those of a PBX."""
    return not script.given.waits and not any(isinstance(line, ExpectReturn) for line in script.lines)


CASES: Final = {
    f"{directory.relative_to(PROJECT)}: {script.flow}: {script.name}": (directory, number)
    for directory in directories()
    for number, script in enumerate(scripts_of(directory))
    if goes_live(script)
}


@pytest.fixture(scope="module")
def beside() -> Iterator[Fakes]:
    with fakes() as served:
        yield served


def seen(
    commands: list[QueueCommand], config: PbxConfig, call: Call, *, notifications: bool
) -> list[tuple[str, str, dict[str, Any]]]:
    """The commands to the PBX, or those to authors: between the two there is no order."""
    names = aliases(config, call)
    return [(one.command, one.label, shown(one, names)) for one in commands if (one.command == NOTIFY) == notifications]


def aliases(config: PbxConfig, call: Call) -> dict[str, str]:
    """An employee who is named by a number as one who is named by the extension; recordings by their place."""
    owners = {number: one.extension for one in config.employees.values() for number in one.numbers}
    return owners | {one: f"recording {place}" for place, one in enumerate(call.recording_ids)}


def shown(command: QueueCommand, names: dict[str, str]) -> dict[str, Any]:
    """Its parameters, and what it tells of the call."""
    params: dict[str, Any] = shown_marks(command.params)
    return {
        name: names.get(value, value)
        if name in EMPLOYEES
        else {key: names.get(str(one), one) for key, one in value.items() if key not in NOT_COMPARED}
        if name == "data" and isinstance(value, dict)
        else value
        for name, value in params.items()
        if name not in NOT_COMPARED
    }


def as_written(command: QueueCommand, beside: Fakes) -> QueueCommand:
    """With addresses as the author wrote them."""
    params = {name: beside.there(value) if name == "url" else value for name, value in command.params.items()}
    return msgspec.structs.replace(command, label=beside.there(command.label), params=params)


def state_of(call: Call) -> tuple[str, bool, str, str]:
    return call.outcome, call.answered, call.status, call.step


def test_there_are_scripts() -> None:
    assert len(CASES) > 120


@lru_cache(maxsize=4)
def opened(directory: Path, beside: Fakes) -> tuple[Files, Bundle, tuple[Script, ...]]:
    """A bundle whose addresses lead to the fakes, and its scripts."""
    files = {name: beside.within(content) for name, content in read_directory(directory).items()}
    loaded = load(files)
    assert loaded.bundle is not None
    texts = {name: content.decode("utf-8", "replace") for name, content in files.items()}
    return files, loaded.bundle, tuple(read_scripts(loaded.tests, loaded.bundle, texts)[0])


@pytest.mark.parametrize("case", CASES)
def test_both_go_the_same_way(case: str, beside: Fakes, tmp_path: Path) -> None:
    directory, number = CASES[case]
    files, bundle, scripts = opened(directory, beside)
    script = scripts[number]
    run = Run(script, bundle)
    verdict = run.judge()
    assert verdict.failure is None, verdict.failure.reason
    config = config_of(run, bundle)
    live = LiveCall(files, script, config, beside, tmp_path / "live.db", values_of(bundle, script.given))
    try:
        live.play()
        way = [(one.data["step"], one.data["exit"]) for one in verdict.trace if one.kind == "left"]
        end = state_of(run.simulation.call)
        live.advance_until(lambda: live.path() == way and state_of(live.call) == end, 3.0)
        assert live.path() == way
        assert state_of(live.call) == end
        simulated, sent = [as_written(one.command, beside) for one in run.simulation.sent], live.sent()
        for notifications in (False, True):
            assert seen(sent, config, live.call, notifications=notifications) == seen(
                simulated, config, run.simulation.call, notifications=notifications
            )
    finally:
        live.close()
