"""Every golden call, held against what it produced when somebody last read it."""

from pathlib import Path

import pytest

from tests.calls.golden import play, read_case, write_case

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.yaml"))


def test_there_are_golden_calls() -> None:
    assert CASES


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden_call(path: Path, update_goldens: bool) -> None:
    case, expected, by_hand = read_case(path)
    outcome = play(case, path.parent)
    if update_goldens:
        write_case(path, by_hand, outcome)
        return
    assert expected is not None, f"{path.name} has nothing to be held against: run pytest --update-goldens"
    assert vars(outcome) == expected
