"""Checkpoints beside the traffic: what is committed comes into the file, no writer waits, and the -wal stays short."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest

from router.store.sqlite import checkpoints
from router.store.sqlite.database_file import stamps_in_wal
from tests.store.build import command
from tests.stores import SqliteStore

PAGE_BYTES = 4096
PAGES_OF_A_COMMIT = 6  # about
EVERY = 10


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    monkeypatch.setattr(checkpoints, "COMMITS", EVERY)
    opened = SqliteStore(str(tmp_path / "ivr.db"))
    yield opened
    opened.close()


def write(store: SqliteStore, first: int, count: int) -> None:
    for number in range(first, first + count):
        with store.transaction() as transaction:
            transaction.queue(command(f"c-{number}"))


def finished(store: SqliteStore) -> None:
    """Wait for the checkpoint that is under way."""
    store.connections.here._checkpoints.end()


def copied(store: SqliteStore, place: Path) -> int:
    """How many commands are in the file itself, without its -wal."""
    shutil.copyfile(store.connections.here.path, place)
    with closing(sqlite3.connect(place)) as connection:
        return int(connection.execute("SELECT count(*) FROM commands").fetchone()[0])


def in_the_wal(path: Path) -> int:
    """Pages that the present generation of the -wal has."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])


def test_so_many_commits_are_copied(store: SqliteStore, tmp_path: Path) -> None:
    write(store, 0, EVERY)
    finished(store)
    assert copied(store, tmp_path / "copy.db") == EVERY


def test_so_many_rows_are_copied(store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one commit."""
    monkeypatch.setattr(checkpoints, "ROWS", EVERY)
    for first in (0, EVERY):
        with store.transaction() as transaction:
            for number in range(first, first + EVERY):
                transaction.queue(command(f"c-{number}"))
        finished(store)
        assert copied(store, tmp_path / "copy.db") == first + EVERY


def test_a_long_wal_begins_anew_though_somebody_always_writes(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is always a commit that is not copied yet: the -wal would grow for ever."""
    monkeypatch.setattr(checkpoints, "LONG_PAGES", 3 * EVERY)
    mine, numbers = store.connections.here._checkpoints, count(10_000)
    reading = mine._reading

    @contextmanager
    def busy() -> Iterator[sqlite3.Connection]:
        with reading() as connection:
            yield connection
        write(store, next(numbers), 1)

    monkeypatch.setattr(mine, "_reading", busy)
    most = 0
    for round_ in range(20):
        write(store, round_ * EVERY, EVERY)
        finished(store)
        most = max(most, (tmp_path / "ivr.db-wal").stat().st_size)
    assert most < 8 * EVERY * PAGES_OF_A_COMMIT * PAGE_BYTES


def test_nobody_waits_for_the_copying(store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes its time holds up the thread that copies, and no commit."""
    slow, go_on = threading.Event(), threading.Event()
    reading = store.connections.here._checkpoints._reading

    def held() -> object:
        slow.set()
        assert go_on.wait(60)
        return reading()

    monkeypatch.setattr(store.connections.here._checkpoints, "_reading", held)
    write(store, 0, EVERY)
    assert slow.wait(60)
    write(store, EVERY, 5 * EVERY)
    go_on.set()
    finished(store)
    assert copied(store, tmp_path / "copy.db") == 6 * EVERY


def test_trouble_while_copying_costs_no_commit(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINT", "PRAGMA no such thing")
    write(store, 0, 3 * EVERY)
    finished(store)
    assert len(store.commands("clinic", limit=1000)) == 3 * EVERY


def test_the_generation_behind_a_checkpoint_beside_a_turn_begins_with_a_stamp(
    store: SqliteStore, tmp_path: Path
) -> None:
    """A checkpoint that ends between the look at the file and the transaction's beginning: what it writes begins a new
    -wal, by which a file that does not belong to it is known."""
    write(store, 0, 3)
    here = store.connections.here
    connection = here.take()
    assert in_the_wal(tmp_path / "ivr.db") > 0
    here.begin(connection)
    connection.execute("DELETE FROM commands WHERE command_id = 'c-0'")
    here.commit(connection)
    here.give_back(None)
    assert len(stamps_in_wal(str(tmp_path / "ivr.db-wal"))) == 1
