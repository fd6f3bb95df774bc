"""A database file and the -wal beside it are taken together only when they are of one state."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from router.cli.doctor.checks.sqlite_file import sqlite_file
from router.errors import StoreUnavailable
from router.store.sqlite import database_file
from tests.store.build import command
from tests.stores import SqliteStore

OF_ANOTHER_STATE = r"-wal belongs to another state of the database .* `ivr restore BACKUP`"


@pytest.fixture(autouse=True)
def stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transaction is stamped: tests write faster than anybody copies files."""
    monkeypatch.setattr(database_file, "STAMP_SECONDS", 0.0)


def write(store: SqliteStore, first: int, count: int) -> None:
    for number in range(first, first + count):
        with store.transaction() as transaction:
            transaction.queue(command(f"c-{number}"))


def checkpoint(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def left_by_a_kill(path: Path, place: Path) -> Path:
    """The files of a router that is killed now."""
    place.mkdir()
    for name in ("ivr.db", "ivr.db-wal"):
        shutil.copy(path.with_name(name), place / name)
    return place / "ivr.db"


def backup_of(path: Path, place: Path) -> Path:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(place)) as target:
        source.backup(target)
    return place


def count(store: SqliteStore) -> int:
    return len(store.commands("clinic", limit=10_000))


@pytest.mark.parametrize("generations", [1, 2, 5])
@pytest.mark.parametrize("by", ["copying", "renaming"])
def test_an_older_backup_beside_the_wal_of_a_killed_router(tmp_path: Path, generations: int, by: str) -> None:
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    write(store, 0, 3)
    backup = backup_of(path, tmp_path / "backup.db")
    write(store, 5, 1)
    for generation in range(generations):
        checkpoint(path)
        write(store, 10 * (generation + 1), 2)
    killed = left_by_a_kill(path, tmp_path / "killed")
    store.close()
    (shutil.copyfile if by == "copying" else Path.replace)(backup, killed)  # type: ignore[operator]
    wrong = SqliteStore(str(killed))
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match=OF_ANOTHER_STATE), wrong.transaction():
            pytest.fail("two states were mixed")
        with pytest.raises(StoreUnavailable, match=OF_ANOTHER_STATE):
            wrong.next_wake()
        with pytest.raises(StoreUnavailable, match=OF_ANOTHER_STATE):
            wrong.changed()
    killed.with_name("ivr.db-wal").unlink()
    assert count(wrong) == 3
    wrong.close()


def test_a_backup_since_the_last_checkpoint_goes_with_the_wal(tmp_path: Path) -> None:
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    write(store, 0, 3)
    checkpoint(path)
    write(store, 10, 2)
    backup = backup_of(path, tmp_path / "backup.db")
    write(store, 20, 2)
    killed = left_by_a_kill(path, tmp_path / "killed")
    store.close()
    shutil.copyfile(backup, killed)
    opened = SqliteStore(str(killed))
    assert count(opened) == 7
    opened.close()
    with closing(sqlite3.connect(killed)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_a_kill_leaves_is_always_taken(tmp_path: Path) -> None:
    """Whatever part of the -wal a checkpoint has copied, by us or by a shell, in one generation or in many."""
    path = tmp_path / "ivr.db"
    store = SqliteStore(str(path))
    other = SqliteStore(str(path))
    for turn in range(12):
        write(store if turn % 3 else other, 100 * turn, 1 + turn % 4)
        if turn % 2:
            checkpoint(path)
        if turn == 7:
            other.close()
            other = SqliteStore(str(path))
        killed = SqliteStore(str(left_by_a_kill(path, tmp_path / f"killed-{turn}")))
        assert count(killed) == count(store)
        write(killed, 5000, 1)
        killed.close()
    store.close()
    other.close()


def test_a_wal_that_fills_is_checkpointed_and_goes_on(tmp_path: Path) -> None:
    """SQLite's own checkpoints, every thousand pages: each begins a generation."""
    store = SqliteStore(str(tmp_path / "ivr.db"))
    pages = []
    for turn in range(3):
        for _ in range(150):
            with store.transaction() as transaction:
                transaction.touch()
        write(store, turn, 1)
        killed = left_by_a_kill(tmp_path / "ivr.db", tmp_path / f"killed-{turn}")
        pages.append(killed.read_bytes()[68:72])
        opened = SqliteStore(str(killed))
        assert count(opened) == turn + 1
        opened.close()
    assert len(set(pages)) == 3
    store.close()


def test_overwritten_while_it_is_open(tmp_path: Path) -> None:
    """Nothing more is read or written, and closing copies no -wal over what somebody put there."""
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    write(store, 0, 3)
    backup = backup_of(path, tmp_path / "backup.db")
    write(store, 5, 1)
    checkpoint(path)
    write(store, 10, 3)
    assert count(store) == 7
    shutil.copyfile(backup, path)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="was overwritten while the router had it open"):
            store.next_wake()
        with pytest.raises(StoreUnavailable, match="was overwritten"), store.transaction():
            pytest.fail("it goes on in a file that was replaced")
    store.close()
    assert path.read_bytes() == backup.read_bytes()
    again = SqliteStore(str(path))
    with pytest.raises(StoreUnavailable, match=OF_ANOTHER_STATE):
        again.next_wake()
    again.close()


@pytest.mark.parametrize("earlier", [0, 1, 5])
def test_a_checkpoint_and_a_look_of_another_thread_within_a_look(tmp_path: Path, earlier: int) -> None:
    path = tmp_path / "ivr.db"
    store = SqliteStore(str(path))
    for number in range(earlier):
        write(store, number, 1)
        checkpoint(path)
    write(store, earlier, 1)
    file = store.connections.here._file
    read, is_first = file._read, iter([True])

    def interrupted() -> int | None:
        stamp = read()
        if next(is_first, False):  # the thread stands still here for a while
            for number in range(3):
                checkpoint(path)
                assert file.look()
                write(store, 100 + number, 1)
        return stamp

    file._read = interrupted  # type: ignore[method-assign]
    assert file.look()
    assert count(store) == earlier + 4
    store.close()


def test_replaced_while_it_is_open(tmp_path: Path) -> None:
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    write(store, 0, 3)
    backup = backup_of(path, tmp_path / "backup.db")
    write(store, 5, 1)
    checkpoint(path)
    write(store, 10, 3)
    backup.rename(path)
    with pytest.raises(StoreUnavailable, match=OF_ANOTHER_STATE):
        store.next_wake()
    for sidecar in ("-wal", "-shm"):
        path.with_name(f"ivr.db{sidecar}").unlink()
    assert count(store) == 3
    write(store, 20, 1)
    assert count(store) == 4
    store.close()


@pytest.mark.parametrize("size", [0, 4096])
def test_truncated_while_it_is_open(tmp_path: Path, size: int) -> None:
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    write(store, 0, 3)
    checkpoint(path)
    path.write_bytes(bytes(size))
    with pytest.raises(StoreUnavailable, match="overwritten"):
        store.next_wake()
    store.close()


def test_a_database_of_another_installation(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    ours, theirs = SqliteStore(str(tmp_path / "ivr.db")), SqliteStore(str(tmp_path / "other" / "ivr.db"))
    for store in (ours, theirs):
        write(store, 0, 2)
    checkpoint(tmp_path / "other" / "ivr.db")
    theirs.close()
    killed = left_by_a_kill(tmp_path / "ivr.db", tmp_path / "killed")
    ours.close()
    shutil.copyfile(tmp_path / "other" / "ivr.db", killed)
    with pytest.raises(StoreUnavailable, match=OF_ANOTHER_STATE):
        SqliteStore(str(killed)).next_wake()


def test_a_database_of_the_time_before_stamps(tmp_path: Path) -> None:
    """It is taken as it is; a backup of that time goes with no -wal of a later one."""
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    write(store, 0, 2)
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 0")
    backup = backup_of(path, tmp_path / "backup.db")
    store = SqliteStore(str(path))
    for turn in range(3):
        write(store, 10 * (turn + 1), 1)
        killed = SqliteStore(str(left_by_a_kill(path, tmp_path / f"killed-{turn}")))
        assert count(killed) == 3 + turn
        killed.close()
    checkpoint(path)
    write(store, 50, 1)
    killed_path = left_by_a_kill(path, tmp_path / "killed")
    shutil.copyfile(backup, path)
    with pytest.raises(StoreUnavailable, match="overwritten"):
        store.next_wake()
    store.close()
    shutil.copyfile(backup, killed_path)
    with pytest.raises(StoreUnavailable, match=OF_ANOTHER_STATE):
        SqliteStore(str(killed_path)).next_wake()


OTHER = """
import sys
from router.cli.doctor.checks.sqlite_file import sqlite_file
from router.errors import StoreUnavailable
from tests.stores import SqliteStore
from tests.store.build import command
store = SqliteStore(sys.argv[1])
for line in sys.stdin:
    for _attempt in range(3):  # as everybody does who uses a store
        try:
            with store.transaction() as transaction:
                transaction.queue(command(line.strip()))
            break
        except StoreUnavailable:
            pass
    print(len(store.commands("clinic", limit=10_000)), flush=True)
store.close()
"""


@pytest.mark.parametrize("deleted", [("-wal", "-shm"), ("-wal",), ("-shm",)])
def test_sidecars_that_are_deleted_while_it_is_open(tmp_path: Path, deleted: tuple[str, ...]) -> None:
    """What was only in them is saved, and no process goes on in a world of its own."""
    path = tmp_path / "ivr.db"
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other_writes(other, "o-1") == 1
        store = SqliteStore(str(path))
        write(store, 0, 3)
        for sidecar in deleted:
            path.with_name(f"ivr.db{sidecar}").unlink()
        write(store, 20, 1)
        assert other_writes(other, "o-2") == 6
        write(store, 30, 1)
        assert count(store) == 7
        store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM commands").fetchone() == (7,)


def other_writes(other: "subprocess.Popen[str]", name: str) -> int:
    """How many commands the other process sees then; its log goes the same way."""
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdin.write(f"{name}\n")
    other.stdin.flush()
    return next(int(line) for line in other.stdout if line.strip().isdigit())


def test_doctor_tells_of_it_and_mixes_nothing(tmp_path: Path) -> None:
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    write(store, 0, 3)
    backup = backup_of(path, tmp_path / "backup.db")
    write(store, 5, 1)
    checkpoint(path)
    write(store, 10, 1)
    killed = left_by_a_kill(path, tmp_path / "killed")
    assert [one.level for one in sqlite_file(path) if one.level == "error"] == []
    store.close()
    shutil.copyfile(backup, killed)
    before = killed.read_bytes()
    (found,) = [one for one in sqlite_file(killed) if one.level == "error"]
    assert "belongs to another state" in found.told
    assert "`ivr restore BACKUP`" in found.remedy
    assert killed.read_bytes() == before


def test_a_shell_beside_a_young_router_mixes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first checkpoint the file's own number is 0. A command of the terminal that opens the file then must
    not begin the stamps anew: after a checkpoint the -wal would seem to be another state's."""
    path = tmp_path / "ivr.db"
    router = SqliteStore(str(path))
    write(router, 0, 2)
    monkeypatch.setattr(database_file, "STAMP_SECONDS", 3600.0)
    shell = SqliteStore(str(path))
    assert count(shell) == 2
    checkpoint(path)
    write(router, 10, 1)
    monkeypatch.setattr(database_file, "STAMP_SECONDS", 0.0)
    router.close()
    router = SqliteStore(str(path))
    write(router, 20, 2)
    assert count(SqliteStore(str(left_by_a_kill(path, tmp_path / "killed")))) == 5
    shell.close()
    router.close()
