"""The parts that the benchmark times can be set up: what it measures changes often, and nobody runs it daily."""

from pathlib import Path

import pytest

from bench import pure
from bench.pure import PURE

QUICK = [part for part in PURE if "10,000" not in part and "100,000" not in part]


@pytest.mark.parametrize("part", QUICK)
def test_part_is_measured(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pure, "REPEATS", 1)
    monkeypatch.setattr(pure, "SHORT_SERIES", 1)
    monkeypatch.setattr(pure, "SHORT_TIMES", 1)
    assert PURE[part](tmp_path) > 0
