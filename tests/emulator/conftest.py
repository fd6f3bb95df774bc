"""The stage of every test here: quiet, so that a test tells what happens to the second."""

from collections.abc import Iterator

import pytest

from tests.emulator.running import Client, running
from tests.emulator.stage import Stage, stage


@pytest.fixture(name="stage")
def quiet_stage() -> Stage:
    return stage()


@pytest.fixture
def client() -> Iterator[Client]:
    with running() as found:
        yield found
