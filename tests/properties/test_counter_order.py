"""The promise about order for every verb: whatever order a call's events arrive in, what happens is what would have
happened had they arrived in the order that the counters give.

The calls are all that this repository knows by heart: the document's stories among the golden calls, and every test of
the example bundle and of the bundle that uses all verbs, transfers among them. Their events are taken down while they
are played, and delivered again, each up to a quarter of a second late and perhaps twice. Beside them stands the order that
the counters give to that very delivery, worked out here by a rule of a few lines: an event takes effect once those
before it in its counter have, a digit packet once its leg is known, the summary once all legs are over; where several
are free, the one that arrived first. Between counters arrival decides, by contract: no order of two legs is the right one.
"""

import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.engine import driver
from router.engine.effects import Effect
from router.engine.environment import LEGS_KEPT, Environment, NoMemory
from router.engine.state import TimerFired
from router.engine.step import CallEvent, new_call, step
from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Bundle
from router.protocol.events import DISCONNECTED, CommandResulted, DigitsCollected, JourneyEnded, LegChanged
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from tests.acceptance.processes import PROJECT
from tests.calls import golden
from tests.calls.test_golden_calls import CASES
from tests.engine.checked_driver import CheckedDriver

AFTER_A_TIMER: Final = 0.001
LATEST_SECONDS: Final = 0.25  # within IVR_REORDER_MS
OF_THE_PBX: Final = (LegChanged, DigitsCollected, JourneyEnded, CommandResulted)

Delivery = list[tuple[float, CallEvent]]


class Played:
    """A call as it was played once: its bundle, what it knew of the world, and what came when."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: Delivery = []
        self.bundle: Bundle | None = None
        self.environment = Environment()
        self._fired = 0.0  # when a timer did last

    def step(self, call: Any, event: CallEvent, bundle: Bundle, now: float, environment: Environment) -> Any:
        """In place of the engine's: the same, and taken down."""
        self.bundle = bundle
        self.environment = msgspec.structs.replace(
            environment, memory=NoMemory()
        )  # the call has not put anything into a list yet
        if isinstance(event, TimerFired):
            self._fired = now
        else:  # what a timer's command caused at the same instant comes behind that timer, when it is played again
            self.events.append((now + AFTER_A_TIMER if now <= self._fired else now, event))
        return step(call, event, bundle, now, environment)


def scripted(directory: Path) -> Iterator[Played]:
    """Every test of a bundle."""
    files = read_directory(directory)
    loaded = load(files)
    assert loaded.bundle is not None
    scripts, _ = read_scripts(loaded.tests, loaded.bundle, {name: text.decode() for name, text in files.items()})
    for script in scripts:
        played = Played(f"{directory.name}: {script.name}")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(driver, "step", played.step)
            assert run(script, loaded.bundle).failure is None
        yield played


def stories() -> Iterator[Played]:
    for path in CASES:
        played = Played(f"{path.parent.name}/{path.stem}")
        case, _, _ = golden.read_case(path)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(driver, "step", played.step)
            golden.play(case, path.parent)
        yield played


CALLS: Final = [
    *stories(),
    *scripted(PROJECT / "tests" / "bundles" / "reception"),
    *scripted(PROJECT / "tests" / "bundles" / "every_verb"),
]


class Player:
    """The call played again: the state goes through its bytes, timers fire when they are due."""

    def __init__(self, played: Played, legs_kept: int = LEGS_KEPT) -> None:
        began, first = played.events[0]
        environment = msgspec.structs.replace(played.environment, legs_kept=legs_kept)
        self.effects: list[Any] = []
        self.driver = CheckedDriver(
            new_call("test", getattr(first, "entry_id", ""), "command", began),
            began,
            sees=lambda: (played.bundle, environment),
            ports=dict.fromkeys(get_args(Effect), self.effects.append),
        )
        self.trace = self.driver.trace

    def play(self, delivery: Delivery) -> "Player":
        for at, event in delivery:
            self.driver.clock.at(at, partial(self.driver.feed, event))
        self.driver.clock.run_until(delivery[-1][0] + 200.0)
        return self

    def course(self) -> tuple[Any, ...]:
        """All that a stranger at the PBX could see of it, and the way that it took."""
        call = self.driver.call
        left = [(entry.data["step"], entry.data["exit"]) for entry in self.trace if entry.kind == "left"]
        return self.effects, left, call.status, call.outcome, call.step, call.variables, call.answered


def delivered(played: Played, chance: random.Random) -> Delivery:
    """The PBX's events late, each by chance, some of them twice; what we tell ourselves after all that it follows."""
    found: Delivery = []
    for at, event in played.events:
        if not isinstance(event, OF_THE_PBX):
            found.append((at + LATEST_SECONDS, event))
            continue
        found.append((at + chance.uniform(0.0, LATEST_SECONDS), event))
        if not isinstance(event, CommandResulted) and chance.random() < 0.2:
            found.append((at + chance.uniform(0.0, LATEST_SECONDS), event))
    return sorted(found, key=lambda one: one[0])


def in_order_of_the_counters(delivery: Delivery) -> Delivery:
    found: Delivery = []
    held: list[CallEvent] = []  # in order of arrival
    due: dict[tuple[str, str], int] = {}
    legs: dict[str, str] = {}  # call_id -> state

    def is_free(event: CallEvent) -> bool:
        if isinstance(event, JourneyEnded):
            others = [one for one in held if not isinstance(one, JourneyEnded)]
            return bool(legs) and set(legs.values()) == {DISCONNECTED} and not others
        key, seq = _place(event)
        return seq == due.get(key, 1) and (key[0] == "call" or key[1] in legs)

    for at, event in delivery:
        if isinstance(event, CommandResulted) or not isinstance(event, OF_THE_PBX):
            found.append((at, event))
            continue
        if event in held or (not isinstance(event, JourneyEnded) and _place(event)[1] < due.get(_place(event)[0], 1)):
            continue  # it comes twice
        held.append(event)
        while (free := next(filter(is_free, held), None)) is not None:
            held.remove(free)
            found.append((at, free))
            if not isinstance(free, JourneyEnded):
                due[_place(free)[0]] = _place(free)[1] + 1
            if isinstance(free, LegChanged):
                legs[free.call_id] = free.state
    return found


def _place(event: CallEvent) -> tuple[tuple[str, str], int]:
    assert isinstance(event, LegChanged | DigitsCollected)
    return ("call" if isinstance(event, LegChanged) else "dtmf", event.call_id), event.seq


def verbs_of(calls: Sequence[Played]) -> set[str]:
    entered = [
        entry for played in calls for entry in Player(played).play(played.events).trace if entry.kind == "entered"
    ]
    return {entry.data["verb"] for entry in entered}


def test_the_calls_meet_every_verb() -> None:
    used = {
        step.verb
        for played in CALLS
        if played.bundle
        for flow in played.bundle.flows.values()
        for step in flow.steps.values()
    }
    assert len(CALLS) > 40
    assert used - verbs_of(CALLS) == set()
    assert {"route", "transfer", "menu", "collect", "watch", "hangup", "lookup", "run"} <= used


@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(CALLS), st.integers(0, 2**32))
def test_any_arrival_causes_what_the_counters_order_causes(played: Played, seed: int) -> None:
    delivery = delivered(played, random.Random(seed))
    expected = Player(played).play(in_order_of_the_counters(delivery))
    assert Player(played).play(delivery).course() == expected.course(), played.name


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(CALLS), st.integers(0, 2**32), st.integers(1, 4))
def test_legs_that_leave_the_state_change_nothing(played: Played, seed: int, kept: int) -> None:
    """Folded as soon as they can be, in any order of arrival, with duplicates of what is over."""
    delivery = delivered(played, random.Random(seed))
    expected = Player(played, legs_kept=1000).play(delivery)
    assert Player(played, legs_kept=kept).play(delivery).course() == expected.course(), played.name


def test_some_of_these_calls_fold_legs() -> None:
    folded = [Player(played, legs_kept=1).play(played.events).driver.call.folded for played in CALLS]
    assert sum(count > 0 for count in folded) > 10
