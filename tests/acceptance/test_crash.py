"""A little of `make soak`: kills under load, with an outage of the database among them, and nothing lost or doubled."""

from pathlib import Path

import pytest

from tests.crash.harness import crash

pytestmark = pytest.mark.acceptance


def test_kills_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    verdict = crash(tmp_path, f"sqlite:///{tmp_path}/ivr.db", kills=10, seed=20261125, told=print)
    assert verdict.broken == (), verdict.text()
    assert verdict.counts["outages of the database"] == 1
