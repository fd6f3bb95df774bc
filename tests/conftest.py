"""Shared by every test: the option that regenerates what is held against golden files."""

import pytest
from hypothesis import settings

# A deadline for each example would be an assertion on the wall clock of a shared machine.
settings.register_profile("ivr", deadline=None)
settings.load_profile("ivr")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="rewrite golden files; read the diff")
    parser.addoption("--expressions", type=int, default=2000, help="how many random ones are held against eval")
    parser.addoption("--mutations", type=int, default=400, help="how many changed bundles the loader has to bear")


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-goldens"))
