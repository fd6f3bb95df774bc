"""What a commit waits for: the disk, or only the operating system."""

from pathlib import Path

import pytest

from router.store import open_store
from router.store.database import FULL, NORMAL
from router.store.repository import Repository
from router.store.sqlite.database import SqliteDatabase


@pytest.mark.parametrize(("durability", "synchronous"), [(FULL, 2), (NORMAL, 1)])
def test_the_writer_syncs_as_it_was_told(durability: str, synchronous: int, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/ivr.db", durability=durability)
    assert isinstance(store, Repository)
    assert isinstance(store._database, SqliteDatabase)
    with store._database._process.here.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_nothing_said_is_full(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/ivr.db")
    assert isinstance(store, Repository)
    assert isinstance(store._database, SqliteDatabase)
    with store._database._process.here.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()
