"""The stores that the contract is held against; PostgreSQL joins here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from router.runtime.ports import Store
from router.store import open_store

NOON = 1_795_000_000.0


class Clock:
    """A hand that only the test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Callable[[], float]) -> Iterator[Store]:
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/ivr.db"
    opened = open_store(url, clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ivr.db"
