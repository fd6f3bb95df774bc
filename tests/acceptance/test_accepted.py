"""What `ivr test` promises of commands that the PBX accepts and then refuses is true of the running router.

The scripts of tests/cases/accepted are run twice: by the simulator, and by gunicorn with an emulator whose results are
those of the script. Both calls have to take the same way, in whichever order the PBX's answers and results come.
"""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from router.flow.loader import load
from router.flow.verbs import COMMANDS
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.simulator.script import Expect, HangUp, LateResult, Line, Script, Wait
from tests.acceptance.processes import PROJECT, Site, emulator, free_port, router, site, wait_for

pytestmark = pytest.mark.acceptance

CASES = PROJECT / "tests" / "cases" / "accepted"
NAMES = sorted(path.name for path in CASES.iterdir())
LINES = {name: f"7495000000{number}" for number, name in enumerate(NAMES, start=1)}
SOON_SECONDS, LATE_SECONDS = 1.0, 20.0  # within the five seconds that a result is waited for, and far behind them
PBX = """
lines: {LINES}
employees:
  100: {name: Boss, number: "79000000100", behaves: never}
groups: {303: {name: Sales, members: [100], rings: together, ring: 5s, wait: 5s}}
audio: {1: {length: 3s, name: Hello}}
schemes: {main: {silence: 60s, then: hang_up}}
habits: {late_legs: 0}
"""
ORDERS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "results before answers": {"early_results": 1},
    "everything twice": {"duplicate": 1},
    "in disorder": {"reorder": 0.5, "duplicate": 0.3, "seed": 3},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A script, the way that the simulator takes, and the line that reaches its flow."""

    script: Script
    way: list[tuple[str, str]]
    line: str


def bundle() -> dict[str, str]:
    """The cases as one bundle, each on a line of its own."""
    files: dict[str, str] = {}
    for name in NAMES:
        for path in sorted((CASES / name).glob("*.yaml")):
            text = path.read_text(encoding="utf-8").replace("flow: f\n", f"flow: {name}\n")
            files[f"{name}/{path.name}"] = text.replace("74952150438", LINES[name]).replace("74950000999", LINES[name])
    return files


def cases() -> dict[str, Case]:
    """Those that a PBX can be brought to: where nothing is lost, and no other integration uses up the limits."""
    files = bundle()
    loaded = load({name: text.encode() for name, text in files.items()})
    assert loaded.bundle is not None
    scripts, _ = read_scripts(loaded.tests, loaded.bundle, files)
    found = {}
    for script in scripts:
        if _can_be_played(script):
            verdict = run(script, loaded.bundle)
            way = [(e.data["step"], e.data["exit"]) for e in verdict.trace if e.kind == "left" and e.data["exit"]]
            found[script.title] = Case(script=script, way=way, line=LINES[script.flow])
    return found


def _can_be_played(script: Script) -> bool:
    kinds = [type(line) for line in script.lines]
    outlives_the_call = HangUp in kinds and LateResult in kinds[kinds.index(HangUp) :]
    in_on_end = script.flow == "in_on_end"  # there the caller hangs up first
    return not any(plan.faults or plan.limited for plan in script.plans) and (in_on_end or not outlives_the_call)


KNOWN = cases()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("accepted")
    with site(directory, pbx=pbx_of(directory), flows=flows_of(directory), IVR_WATCH="0") as served:
        yield served


def pbx_of(directory: Path) -> Path:
    path = directory / "pbx.yaml"
    lines = ", ".join(f'"{line}": {{scheme: main}}' for line in LINES.values())
    path.write_text(PBX.replace("LINES", lines), encoding="utf-8")
    return path


def flows_of(directory: Path) -> Path:
    flows = directory / "flows"
    for name, text in bundle().items():
        (flows / name).parent.mkdir(parents=True, exist_ok=True)
        (flows / name).write_text(text, encoding="utf-8")
    return flows


def prepare(served: Site, script: Script, faults: dict[str, Any]) -> None:
    """The emulator answers as the script says."""
    late = {line.command: line.code for line in script.lines if isinstance(line, LateResult)}
    rules: dict[str, list[dict[str, int]]] = {}
    for number, expected in enumerate(line for line in script.lines if isinstance(line, Expect)):
        code = late.get(number, script.plans[number].code)
        rules.setdefault(COMMANDS[expected.command].path, []).append({"code": code or 1000, "times": 1})
    for kind in ("play/start", "call/hangup", "notify"):
        rules.pop(kind, None)
    served.control("POST", "results", **rules)
    served.control("POST", "faults", **(faults | slow(script.lines)))


def slow(lines: tuple[Line, ...]) -> dict[str, Any]:
    """Results that a script lets come late: in real time well before the step goes on, or long after."""
    late = [number for number, line in enumerate(lines) if isinstance(line, LateResult)]
    if not late:
        return {}
    is_soon = max(line.seconds for line in lines[: max(late)] if isinstance(line, Wait)) < 5
    return {"early_results": 0, "slow_results": 1, "slow_result_seconds": SOON_SECONDS if is_soon else LATE_SECONDS}


def play(served: Site, case: Case) -> list[tuple[str, str]]:
    """The way that the call takes in the router."""
    entry_id = served.dial(case.line)
    expected = 0
    for line in case.script.lines:
        expected += isinstance(line, Expect)
        if isinstance(line, HangUp):
            wait_for("the commands", partial(has_sent, served, entry_id, expected))
            served.hang_up(entry_id)
    call = wait_for("the end", partial(has_gone, served, entry_id, case.way[-1][0]))
    return [(step["step"], step["exit"]) for step in call["steps"] if step["exit"]]


def has_sent(served: Site, entry_id: str, count: int) -> bool:
    return len(served.call(entry_id)["commands"]) >= count


def has_gone(served: Site, entry_id: str, last: str) -> Any:
    """The call, once it has an outcome and has left its last step."""
    call = served.call(entry_id)
    return call if call["outcome"] and any(step["step"] == last and step["exit"] for step in call["steps"]) else None


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("title", KNOWN)
def test_call_goes_as_the_script_says(running: Site, title: str, order: str) -> None:
    case = KNOWN[title]
    prepare(running, case.script, ORDERS[order])
    assert play(running, case) == case.way


def test_call_that_waits_survives_the_router(tmp_path: Path) -> None:
    """kill -9 of every process while the result is awaited: its five seconds are a row, which the next router finds."""
    pbx, flows, address = f"127.0.0.1:{free_port()}", flows_of(tmp_path), f"127.0.0.1:{free_port()}"
    with (
        router(tmp_path, pbx, flows=flows, IVR_WATCH="0", IVR_LISTEN=address) as first,
        emulator(tmp_path, pbx_of(tmp_path), first.router, first),
    ):
        first.control("POST", "faults", slow_results=1, slow_result_seconds=600)
        entry_id = first.dial(LINES["callback_group"])
        wait_for("the timer", partial(is_awaited, first, entry_id))
        kill_all(first)
        with router(tmp_path, pbx, flows=flows, IVR_WATCH="0", IVR_LISTEN=address) as second:
            call = wait_for("the step", partial(has_gone, second, entry_id, "ring_back"))
    (step,) = (step for step in call["steps"] if step["step"] == "ring_back" and step["exit"])
    assert (step["exit"], step["why"]) == ("next", "the PBX accepted it, and no result came within 5 s")


def is_awaited(served: Site, entry_id: str) -> bool:
    return any(timer["name"] == "result" for timer in served.call(entry_id).get("timers", ()))


def kill_all(served: Site) -> None:
    master = served.process.pid
    workers = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="utf-8").split()
    for pid in (master, *map(int, workers)):
        os.kill(pid, signal.SIGKILL)
