"""What an answer waits for: the disk, or only the operating system."""

import errno
import gc
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from router.errors import StoreUnavailable
from router.runtime.records import ActiveVersion
from router.store import open_store
from router.store.database import FULL, NORMAL
from router.store.repository import Repository
from router.store.sqlite.database import SqliteDatabase


@pytest.fixture
def place(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ivr.db"


def write(store: object, account: str = "main") -> None:
    assert isinstance(store, Repository)
    with store.transaction() as tx:
        tx.save_serving(account, ActiveVersion(active="v"))


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What each sync of a `-wal` does; appended, and by default nothing more than to happen."""
    asked: list[Callable[[], object]] = []
    real = os.fdatasync

    def fdatasync(file: int) -> None:
        assert os.readlink(f"/proc/self/fd/{file}").endswith("-wal")
        real(file)
        if asked:
            asked.pop(0)()

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    return asked


def test_a_transaction_is_over_when_its_wal_is_synced(place: str, syncs: list[Callable[[], object]]) -> None:
    store = open_store(place)
    happened: list[str] = []
    syncs.append(lambda: happened.append("synced"))
    write(store)
    assert happened == ["synced"]
    store.close()


def test_what_a_sync_covers_has_the_transaction(place: str, tmp_path: Path, syncs: list[Callable[[], object]]) -> None:
    """A power cut right after the sync: the files as they are then, opened anew, have what is answered."""
    store = open_store(place)
    write(store, "first")
    cut = tmp_path / "cut"
    cut.mkdir()

    def keep() -> None:
        for name in ("ivr.db", "ivr.db-wal"):
            shutil.copy(tmp_path / name, cut / name)

    syncs.append(keep)
    write(store, "second")
    after = open_store(f"sqlite:///{cut}/ivr.db")
    assert [after.serving(account).active for account in ("first", "second")] == ["v", "v"]
    after.close()
    store.close()


def test_normal_syncs_no_transaction(place: str, syncs: list[Callable[[], object]]) -> None:
    store = open_store(place, durability=NORMAL)
    syncs.append(lambda: pytest.fail("a sync"))
    write(store)
    syncs.clear()
    store.close()


def test_others_write_while_one_waits_for_the_disk(place: str, syncs: list[Callable[[], object]]) -> None:
    """Another process, too: the turn has passed on."""
    store, other = open_store(place), open_store(place)
    write(other)
    written: list[str] = []

    def meanwhile() -> None:
        write(other, "other")
        written.append("other")

    syncs.append(meanwhile)
    write(store)
    assert written == ["other"]
    store.close()
    other.close()


def test_nothing_counts_as_kept_that_could_not_be_synced(place: str, syncs: list[Callable[[], object]]) -> None:
    store = open_store(place)
    write(store)

    def refuse() -> None:
        raise OSError(errno.EIO, "Input/output error")

    syncs.append(refuse)
    with pytest.raises(StoreUnavailable, match="the database does not take it"):
        write(store)
    write(store)  # what comes later is synced by itself
    store.close()


def test_who_asks_after_a_failed_sync_hears_of_it_too(place: str, syncs: list[Callable[[], object]]) -> None:
    """The kernel tells of a failure once: a thread that committed before it may not take the next sync for its own."""
    store = open_store(place)
    assert isinstance(store, Repository)
    assert isinstance(store._database, SqliteDatabase)
    write(store)
    here = store._database._process.here
    kept = here._generation

    def refuse() -> None:
        raise OSError(errno.EIO, "Input/output error")

    syncs.append(refuse)
    with pytest.raises(StoreUnavailable):
        write(store)
    with pytest.raises(OSError, match="could not be synced"):
        here.sync(kept)
    store.close()


def test_connections_that_are_given_up_are_synced_first(place: str, syncs: list[Callable[[], object]]) -> None:
    """A thread that has committed asks only now; the connection that it used is gone."""
    store = open_store(place)
    assert isinstance(store, Repository)
    assert isinstance(store._database, SqliteDatabase)
    here = store._database._process.here
    keeper = open_store(place)  # or the last one to close would make a checkpoint
    write(keeper)
    with here.writing() as connection:
        here.begin(connection)
        kept = here.commit(connection)
    happened: list[str] = []
    syncs.append(lambda: happened.append("synced"))
    closing = threading.Thread(target=store.close)
    closing.start()
    closing.join()
    here.sync(kept)
    assert happened == ["synced"]
    keeper.close()


@pytest.mark.parametrize("durability", [FULL, NORMAL])
def test_the_wal_and_checkpoints(place: str, durability: str) -> None:
    store = open_store(place, durability=durability)
    assert isinstance(store, Repository)
    assert isinstance(store._database, SqliteDatabase)
    with store._database._process.here.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_a_store_that_is_forgotten_keeps_no_wal_open(place: str) -> None:
    store = open_store(place)
    write(store)
    assert any(link.endswith("-wal") for link in _open_files())
    del store
    gc.collect()
    assert not any(link.endswith("-wal") for link in _open_files())


def _open_files() -> list[str]:
    links = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # that of the listing
            links.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return links
