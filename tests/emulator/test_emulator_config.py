"""`pbx.yaml`: the shipped example works, and a mistake is named with its place."""

from pathlib import Path

import pytest

from router.emulator.config import Faults, Habits
from router.emulator.load import behaviour, knobs, load_config
from router.errors import ConfigurationError
from router.pbx.setup import Scheme, Target

EXAMPLE = Path(__file__).parents[2] / "pbx.yaml"

SMALL = "lines: {1: {scheme: main}}\nschemes: {main: {}}\n"


def test_the_example_has_what_the_example_bundle_uses() -> None:
    config = load_config(EXAMPLE.read_text())
    scheme = config.lines["74952150438"]
    assert isinstance(scheme, Scheme)
    assert scheme.root.silence_seconds == 30
    assert scheme.root.then == Target(kind="extension", value="100")
    assert set(config.employees) == {"100", "101", "102", "103"}
    assert set(config.groups) == {"303", "304"}
    assert config.audio_seconds == {"17": 9, "21": 3, "22": 2, "23": 6, "24": 20, "31": 4, "32": 4}


def test_scalars_stay_text() -> None:
    config = load_config(SMALL + 'employees: {0105: {number: "0105", name: on}}\n')
    assert config.employees["0105"].name == "on"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("lines: [", "while parsing"),
        ("lines: {}\nschemes: {}", "lines"),
        (
            "lines: {1: {scheme: mian}}\nschemes: {main: {}}",
            "lines.1.scheme: 'mian' does not exist, did you mean 'main'?",
        ),
        ("lines: {1: {to: extension 9}}\nschemes: {}", "lines.1.to: '9' does not exist"),
        (SMALL + "groups: {303: {members: [101]}}", "groups.303.members: '101' does not exist"),
        (SMALL + 'employees: {5: {number: "1"}}\ngroups: {5: {members: [5]}}', "groups.5: an employee has that"),
        (SMALL + 'employees: {5: {number: "1", behaves: sleeps}}', "employees.5.behaves"),
        ("lines: {1: {scheme: main}}\nschemes: {main: {greeting: 7}}", "schemes.main.greeting: '7' does not exist"),
        ("lines: {1: {scheme: main}}\nschemes: {main: {then: repeat}}", "schemes.main.then: repeating"),
        ("lines: {1: {scheme: main}}\nschemes: {main: {items: {1: {then: group 7}}}}", "schemes.main.items.1.then"),
        ("lines: {1: {scheme: main}}\nschemes: {main: {disa: {min: 9, max: 3}}}", "min is larger than max"),
        (SMALL + "habits: {late_legs: 2}", "habits.late_legs"),
        (SMALL + "faults: {explode: 1}", "explode"),
    ],
)
def test_a_mistake_is_named(text: str, finding: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_config(text, name="my.yaml")
    assert caught.value.message.startswith("my.yaml: ")
    assert finding in caught.value.message


def test_all_findings_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_config("lines: {1: {scheme: a}, 2: {scheme: b}}\nschemes: {}")
    assert len(caught.value.message.splitlines()) == 2


def test_knobs() -> None:
    assert knobs(Faults, {"drop": "0.5", "seed": 7}) == Faults(drop=0.5, seed=7)
    assert knobs(Habits, {"blind_from_changes": "false"}) == Habits(blind_from_changes=False)


@pytest.mark.parametrize("values", [{"dorp": 1}, {"drop": "much"}, {"drop": None}, {"drop": -1}, {"drop": "nan"}])
def test_knobs_that_do_not_exist(values: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        knobs(Faults, values)


def test_behaviours() -> None:
    assert behaviour("answers after 500ms").outcome(30) == (0.5, None)
    assert behaviour("answers after 2m").outcome(30) == (30, 1111)
    assert behaviour("rejects after 2s").outcome(30) == (2, 1122)
    with pytest.raises(ConfigurationError):
        behaviour("answers")
