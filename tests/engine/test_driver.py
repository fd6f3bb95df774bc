"""The driver: an answer that an event has overtaken is told first, effects follow the state that asked for them."""

from typing import Any

import pytest

from router.engine.driver import Driver, advance
from router.engine.effects import ConfirmCommand, QueueCommand
from router.engine.environment import Environment
from router.engine.state import Call, TimerFired
from router.engine.step import new_call, step
from router.protocol.events import ABONENT, APPEARED, IVR, LegChanged
from tests.engine.scenario import START, Scenario

ROUTE = """
  first: {route: {to: extension 101, on: {left: moved, else: bye}}}
  moved: {wait: {for: 1h, next: bye}}
  bye: hangup"""
BUNDLE = Scenario(ROUTE).bundle
ENVIRONMENT = Environment()


def ring() -> LegChanged:
    return LegChanged(
        entry_id="E", call_id="ivr", seq=1, timestamp=1, state=APPEARED, location=IVR, line_number="74950000000"
    )


def at_the_phone() -> LegChanged:
    return LegChanged(
        entry_id="E", call_id="phone", seq=1, timestamp=2, state=APPEARED, location=ABONENT, to_extension="101",
        line_number="74950000000", taken_from_call_id="ivr",
    )  # fmt: skip


def taken() -> Call:
    """A call whose route is queued, as far as it knows."""
    return step(new_call("main", "E", "cmd", START), ring(), BUNDLE, START, ENVIRONMENT).call


@pytest.mark.parametrize(("sent", "is_ours"), [(START + 0.5, True), (None, False)])
def test_a_leg_that_overtakes_the_answer_is_the_commands(sent: float | None, is_ours: bool) -> None:
    asked: list[str] = []

    def sent_at(command_id: str) -> float | None:
        asked.append(command_id)
        return sent

    done = advance(taken(), at_the_phone(), BUNDLE, START + 1, ENVIRONMENT, sent_at)
    assert asked == ["cmd-1"]
    assert done.call.step == "first"
    confirmed = [effect for effect in done.effects if isinstance(effect, ConfirmCommand)]
    assert [effect.command_id for effect in confirmed] == (["cmd-1"] if is_ours else [])
    if is_ours:
        assert [entry.kind for entry in done.trace][:2] == ["timer", "event"], "the answer first, then what overtook it"


def test_nothing_is_asked_of_the_outbox_while_no_command_is_queued() -> None:
    def never(_command_id: str) -> float | None:
        raise AssertionError("no step waits for a command")

    fresh = new_call("main", "E", "cmd", START)
    done = advance(fresh, ring(), BUNDLE, START, ENVIRONMENT, never)
    assert done == step(fresh, ring(), BUNDLE, START, ENVIRONMENT)


def test_effects_are_carried_out_in_the_state_that_asked_for_them_and_timers_ring() -> None:
    seen: list[Any] = []
    driver = Driver(
        new_call("main", "E", "cmd", START),
        START,
        sees=lambda: (BUNDLE, ENVIRONMENT),
        ports={QueueCommand: lambda command: seen.append((driver.call.step, command.label))},
        sent_at=lambda _: START,
    )
    driver.feed(ring())
    assert seen == [("first", "extension 101")]
    driver.clock.run_until(START + 11)
    assert driver.call.wake_at is not None
    assert driver.clock.now == START + 11


def test_what_an_event_would_do_changes_nothing() -> None:
    driver = Driver(taken(), START, sees=lambda: (BUNDLE, ENVIRONMENT), ports={})
    before = driver.call
    done = driver.stepped(TimerFired(entry_id="E"))
    assert driver.call is before
    assert driver.trace == []
    driver.take(done)
    assert driver.call is done.call
