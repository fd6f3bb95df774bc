"""The stores that the contract is held against."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from router.runtime.ports import Store
from router.store import open_store
from router.store.postgres.schema import TABLES
from tests.postgres_server import OWNER, SERVING, Server

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


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Callable[[], float]) -> Iterator[Store]:
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/ivr.db"
    opened = open_store(url, clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ivr.db"


@pytest.fixture
def postgres_url(postgres: Server, postgres_database: str) -> str:
    """Of the role that serves, into a migrated database without rows."""
    with psycopg.connect(postgres.url(postgres_database, OWNER), autocommit=True) as connection:
        emptied = [table for table in TABLES if table not in ("clock", "identity")]
        connection.execute(f"TRUNCATE {', '.join(emptied)} RESTART IDENTITY".encode())
        connection.execute("UPDATE clock SET shift = 0")
    return postgres.url(postgres_database, SERVING)
