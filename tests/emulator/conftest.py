"""The stage of every test here: quiet, so that a test tells what happens to the second."""

import pytest

from tests.emulator.stage import Stage, stage


@pytest.fixture(name="stage")
def quiet_stage() -> Stage:
    return stage()
