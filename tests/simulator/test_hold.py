"""Buying time in a script: the prompt that keeps a caller while his route waits for its limit."""

import pytest

from router.engine.effects import PostponeCommand, QueueCommand
from router.simulator.script import Given, Plan
from router.simulator.scripted_pbx import ScriptedPbx
from router.simulator.simulation import Simulation
from tests.engine.scenario import START
from tests.simulator.bundles import read, reason, suite, verdict

FLOW = """
flow: main
for: {lines: ["74950000001"], location: ivr}
window: 10s
hold: audio.again
on_error: bye
start: out
steps:
  out: {route: {to: group sales, on: {answered: done, busy: aside, else: bye}}}
  aside: {route: {to: extension 101, hold: audio.menu, on: {answered: done, else: bye}}}
  bye: hangup
  done: release
"""


def test_a_route_that_waits_is_bridged_by_its_prompt_as_often_as_it_must() -> None:
    """The window ends after 10 s. The prompt is short, so that its after_play_time is what buys most of the time."""
    script = """
        wait: 4s
        expect: {play: audio.again}
        wait: 8s
        expect: {play: audio.again}
        wait: 4s
        expect: {route: group sales}
        pbx: answered
    """
    failure = verdict(script, "{limits: {route: 20s}}", FLOW).failure
    assert failure is None, failure.reason


def test_a_step_may_have_a_prompt_of_its_own() -> None:
    script = """
        wait: 4s
        expect: {play: audio.again}
        wait: 3s
        expect: {route: group sales}
        pbx: busy
        wait: 4s
        expect: {play: audio.menu}
        wait: 3s
        expect: {route: extension 101}
        pbx: answered
    """
    failure = verdict(script, "{limits: {route: 11s}}", FLOW).failure
    assert failure is None, failure.reason


def test_a_route_that_goes_out_in_time_needs_none() -> None:
    assert reason("wait: 5s\nexpect: {route: group sales}\npbx: answered", "{limits: {route: 6s}}", FLOW) is None


def test_without_a_prompt_the_caller_is_lost() -> None:
    flow = FLOW.replace("hold: audio.again\n", "")
    assert reason("wait: 9s\nexpect: hangup", "{limits: {route: 20s}}", flow) is None


@pytest.mark.parametrize(("bought", "expires"), [(1.0, 20.0), (25.0, 25.0)])
def test_bought_time_never_shortens_the_deadline(bought: float, expires: float) -> None:
    """As in the outbox: a command can help until its deadline or until what was bought, whichever is later. The PBX
    answers 503 all the time."""
    pbx = ScriptedPbx(entry_id="e", caller="79000000001", line="74950000001", location="ivr", dct=("", 0))
    bundle, _, _ = read(suite("wait: 1s"), FLOW)
    simulation = Simulation(bundle, Given(at=START), pbx, (Plan(limited=100),))
    command = QueueCommand(
        command_id="c",
        command="route",
        call_id="",
        params={"command_id": "c", "call_id": "leg-1", "to_number": "303"},
        label="group sales",
        deadline=START + 20.0,
    )
    simulation._driver.carry_out([command])
    simulation.advance(0.1)
    simulation._driver.carry_out([PostponeCommand(command_id="c", deadline=START + bought)])
    simulation.advance(expires - 0.2)
    assert "c" in simulation.outbox.waiting
    simulation.advance(0.2)
    assert "c" not in simulation.outbox.waiting


@pytest.mark.parametrize(("number", "labels"), [("303", ["group sales"]), ("", [])])
def test_what_the_router_itself_would_not_send_is_not_sent(number: str, labels: list[str]) -> None:
    """A live router holds each command to its schema, and refuses it with 3100 (`runtime.outbox.claims`)."""
    pbx = ScriptedPbx(entry_id="e", caller="79000000001", line="74950000001", location="ivr", dct=("", 0))
    bundle, _, _ = read(suite("wait: 1s"), FLOW)
    simulation = Simulation(bundle, Given(at=START), pbx, (Plan(limited=100),))
    params = {"command_id": "c", "call_id": "leg-1", "to_number": number}
    command = QueueCommand(
        command_id="c", command="route", call_id="", params=params, label="group sales", deadline=None
    )
    simulation._driver.carry_out([command])
    simulation.advance(0.1)
    assert [sent.command.label for sent in simulation.sent] == labels
    assert ("c" in simulation.outbox.waiting) == bool(labels)
