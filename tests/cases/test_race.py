"""`ring` equal to the employee's own ring time: every caller reaches the second person, whatever the PBX's habits are."""

from dataclasses import replace
from pathlib import Path

import pytest

from router.emulator.config import Faults, Habits, PbxConfig
from router.emulator.load import load_config
from tests.cases.emulated import EmulatedCall, bundle_of

RACE = Path(__file__).parent / "race"
LINE = "74950000001"
CALLERS = 40
PBX = """
lines: {74950000001: {scheme: main}}
employees:
  101: {name: First, number: "sip:a@pbx.example", behaves: never, ring: 5s}
  102: {name: Second, number: "sip:b@pbx.example", behaves: answers after 1s}
audio: {1: 2s}
schemes: {main: {silence: 30s, then: hang_up, after_failed_route: return}}
"""


def config(seed: int, habits: Habits, **faults: float) -> PbxConfig:
    read = load_config(PBX)
    return replace(read, habits=habits, faults=Faults(seed=seed, **faults))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "habits", "faults", "answer_seconds"),
    [
        ("as every day", Habits(), {}, (0.0, 0.02)),
        ("a slow HTTP answer", Habits(), {}, (0.0, 0.6)),
        ("legs that name no command", Habits(nameless_legs=1.0), {}, (0.0, 0.3)),
        ("legs that name nothing", Habits(nameless_legs=1.0, originless_legs=1.0), {}, (0.0, 0.02)),
        ("late legs", Habits(late_legs=0.5), {}, (0.0, 0.02)),
        ("results before answers", Habits(), {"early_results": 1.0}, (0.0, 0.3)),
        ("in any order, twice", Habits(), {"reorder": 0.5, "reorder_seconds": 0.25, "duplicate": 0.5}, (0.0, 0.02)),
        ("results that are late", Habits(), {"slow_results": 1.0, "slow_result_seconds": 2.0}, (0.0, 0.02)),
    ],
)
def test_every_caller_reaches_the_second_person(
    name: str, habits: Habits, faults: dict[str, float], answer_seconds: tuple[float, float]
) -> None:
    bundle, lost = bundle_of(RACE), []
    for seed in range(CALLERS):
        call = EmulatedCall(bundle, config(seed, habits, **faults), LINE, seed, answer_seconds).run(60.0)
        if not call.hears_second():
            lost.append((seed, [command.label for command in call.commands], call.call.status))
    assert not lost, name
