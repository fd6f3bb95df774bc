"""Backups are one committed state, whatever is written meanwhile; a restored one is whole, and repeats nothing."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from router.errors import ConfigurationError, StoreUnavailable
from router.history.journal import EXPIRED, QUEUED, SENT, UNKNOWN
from router.store.sqlite import backup as backup_module
from router.store.sqlite import database_file, restore
from router.store.sqlite.backup import backup_file
from router.store.sqlite.restore import restore_file
from router.store.sqlite.schema import MIGRATIONS
from tests.store.build import call, command
from tests.stores import SqliteStore

HOLDER = "import sys, time; from tests.stores import SqliteStore; s = SqliteStore(sys.argv[1]); s.next_wake()\n"
HOLDER += "print('open', flush=True); time.sleep(600)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one command in each state that a router goes on with, and a live call with a timer."""
    place = tmp_path / "ivr.db"
    store = SqliteStore(str(place))
    with store.transaction() as transaction:
        transaction.queue(command("queued"))
        transaction.queue(command("sent", state=SENT, sent=2.0, lease=3.0))
        transaction.save_call(call(timers={"wait": 5.0}))
    store.close()
    return place


def states(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT command_id, state FROM commands"))


def beside(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


def test_a_backup_under_load_is_one_state(path: Path, tmp_path: Path) -> None:
    """Each transaction writes two rows: no backup has one of them only."""
    store, stop = SqliteStore(str(path)), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with store.transaction() as transaction:
                transaction.queue(command(f"{number}-a"))
                transaction.touch()  # so that checkpoints come
                transaction.queue(command(f"{number}-b"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            backup_file(str(path), tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
        store.close()
    sizes = []
    for number in range(5):
        found = {name for name in states(tmp_path / f"{number}.db") if "-" in name}
        assert {name[:-1] + "a" for name in found} | {name[:-1] + "b" for name in found} == found
        sizes.append(len(found))
    assert sizes == sorted(sizes)
    assert not [name for name in beside(path) if name.startswith(".") or ("db-" in name and not name.startswith("ivr"))]


def test_a_backup_of_a_damaged_database_is_refused_and_the_last_one_stays(path: Path, tmp_path: Path) -> None:
    backup_file(str(path), tmp_path / "backup.db")
    before = (tmp_path / "backup.db").read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'commands'").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x55" * 4096)
    with pytest.raises(ConfigurationError, match=r"damaged|malformed"):
        backup_file(str(path), tmp_path / "backup.db")
    assert (tmp_path / "backup.db").read_bytes() == before


@pytest.mark.parametrize("name", ["ivr.db", "ivr.db-wal", "notes.txt", "other.db", "nowhere/backup.db", "flows"])
def test_what_a_backup_does_not_overwrite(path: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("not a database")
    (tmp_path / "flows").mkdir()
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE other (a)")
    store = SqliteStore(str(path))
    store.next_wake()
    before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(ConfigurationError):
        backup_file(str(path), tmp_path / name)
    assert {file: file.read_bytes() for file in before if file.name != "ivr.db-shm"} == {
        file: content for file, content in before.items() if file.name != "ivr.db-shm"
    }
    store.close()


def test_restoring_repeats_nothing_and_keeps_the_old_one(path: Path, tmp_path: Path) -> None:
    backup_file(str(path), tmp_path / "backup.db")
    store = SqliteStore(str(path))
    with store.transaction() as transaction:
        transaction.queue(command("later"))
    store.close()
    done = restore_file(str(path), tmp_path / "backup.db", as_it_was=False)
    assert (done.commands_given_up, done.calls_closed) == (2, 1)
    assert states(path) == {"queued": EXPIRED, "sent": UNKNOWN}
    assert states(Path(done.kept_aside)) == {"queued": QUEUED, "sent": SENT, "later": QUEUED}
    assert states(tmp_path / "backup.db") == {"queued": QUEUED, "sent": SENT}
    store = SqliteStore(str(path))
    assert store.next_wake() is None
    found = store.call("clinic", "entry-1")
    assert found is not None
    assert (found.status, found.outcome) == ("ended", "missed")
    assert "restored" in store.journal("clinic", "entry-1")[-1].trace[0].data["text"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_restores_of_one_second_each_keep_the_one_before(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup_file(str(path), tmp_path / "backup.db")
    monkeypatch.setattr(restore.time, "strftime", lambda _: "20261130T120000")
    kept = [restore_file(str(path), tmp_path / "backup.db", as_it_was=False).kept_aside for _ in range(3)]
    assert kept == [f"{path}.before-restore-20261130T120000{number}" for number in ("", "-2", "-3")]
    assert [states(Path(one))["queued"] for one in kept] == [QUEUED, EXPIRED, EXPIRED]


def test_as_it_was(path: Path, tmp_path: Path) -> None:
    backup_file(str(path), tmp_path / "backup.db")
    path.unlink()
    done = restore_file(str(path), tmp_path / "backup.db", as_it_was=True)
    assert (done.commands_given_up, done.calls_closed, done.kept_aside) == (0, 0, "")
    assert states(path) == {"queued": QUEUED, "sent": SENT}
    store = SqliteStore(str(path))
    assert store.next_wake() == 5.0
    store.close()


def name_of(path: Path) -> str:
    store = SqliteStore(str(path))
    name = store.identity()
    store.close()
    return name


def test_a_restored_database_has_another_name_unless_it_is_as_it_was(path: Path, tmp_path: Path) -> None:
    """Those who listen know events by its name and a number, and the numbers are given out anew."""
    name = name_of(path)
    backup_file(str(path), tmp_path / "backup.db")
    restore_file(str(path), tmp_path / "backup.db", as_it_was=True)
    assert name_of(path) == name
    path.unlink()
    restore_file(str(path), tmp_path / "backup.db", as_it_was=False)
    assert name_of(path) != name


def test_restoring_refuses_while_a_process_has_it_open_and_names_it(path: Path, tmp_path: Path) -> None:
    backup_file(str(path), tmp_path / "backup.db")
    before = path.read_bytes()
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(ConfigurationError, match=rf"a router runs on .*ivr.db: stop pid {holder.pid} \(python"):
            restore_file(str(path), tmp_path / "backup.db", as_it_was=False)
        holder.kill()
    assert path.read_bytes() == before
    assert restore_file(str(path), tmp_path / "backup.db", as_it_was=False).kept_aside


def test_no_router_starts_while_a_backup_is_put_into_place(path: Path, tmp_path: Path) -> None:
    backup_file(str(path), tmp_path / "backup.db")
    seen: list[str] = []
    real = backup_module.inspected

    def starting(*arguments: object, **named: object) -> object:
        store = SqliteStore(str(path))
        with pytest.raises(StoreUnavailable, match="`ivr restore` is putting"):
            store.next_wake()
        seen.append("refused")
        return real(*arguments, **named)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("router.store.sqlite.restore.inspected", starting)
        restore_file(str(path), tmp_path / "backup.db", as_it_was=False)
    assert seen
    store = SqliteStore(str(path))
    store.next_wake()
    store.close()


def test_restoring_leaves_no_old_wal(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a database that was mixed up by hand, which the router refuses."""
    monkeypatch.setattr(database_file, "STAMP_SECONDS", 0.0)
    backup_file(str(path), tmp_path / "backup.db")
    killed = tmp_path / "killed" / "ivr.db"
    killed.parent.mkdir()
    store = SqliteStore(str(path))
    for number in range(3):
        with store.transaction() as transaction:
            transaction.queue(command(f"later-{number}"))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    with store.transaction() as transaction:
        transaction.queue(command("last"))
    shutil.copy(path.with_name("ivr.db-wal"), killed.parent)
    store.close()
    shutil.copy(tmp_path / "backup.db", killed)
    wrong = SqliteStore(str(killed))
    with pytest.raises(StoreUnavailable, match="belongs to another state"):
        wrong.next_wake()
    wrong.close()
    done = restore_file(str(killed), tmp_path / "backup.db", as_it_was=True)
    assert beside(killed) == {"ivr.db", "ivr.db-lock", Path(done.kept_aside).name, f"{Path(done.kept_aside).name}-wal"}
    assert states(killed) == {"queued": QUEUED, "sent": SENT}
    store = SqliteStore(str(killed))
    store.next_wake()
    store.close()


@pytest.mark.parametrize("fault", ["text", "other", "newer", "truncated", "damaged", "missing", "itself", "empty"])
def test_what_is_no_backup(path: Path, tmp_path: Path, fault: str) -> None:
    backup = tmp_path / "backup.db"
    backup_file(str(path), backup)
    if fault == "text":
        backup.write_text("not a database, and long enough to look like one" * 100)
    elif fault == "other":
        backup.unlink()
        with closing(sqlite3.connect(backup)) as connection:
            connection.execute("CREATE TABLE calls (a)")
    elif fault == "newer":
        with closing(sqlite3.connect(backup)) as connection:
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    elif fault == "truncated":
        backup.write_bytes(backup.read_bytes()[: 8 * 4096])
    elif fault == "damaged":
        content = bytearray(backup.read_bytes())
        content[20 * 4096 : 24 * 4096] = b"\x77" * (4 * 4096)
        backup.write_bytes(content)
    elif fault == "missing":
        backup.unlink()
    elif fault == "empty":
        backup.write_bytes(b"")
    before = path.read_bytes()
    with pytest.raises(ConfigurationError) as refused:
        restore_file(str(path), path if fault == "itself" else backup, as_it_was=False)
    assert str(path if fault == "itself" else backup) in refused.value.message
    assert path.read_bytes() == before
    assert not [name for name in beside(path) if "before-restore" in name or name.startswith(".")]


def test_a_copy_by_hand_with_its_own_wal(path: Path, tmp_path: Path) -> None:
    """Both files of a killed router, or of a snapshot of its disk: all that was committed is restored."""
    store = SqliteStore(str(path))
    with store.transaction() as transaction:
        transaction.queue(command("in the wal"))
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("ivr.db", "ivr.db-wal"):
        shutil.copy(path.with_name(name), copied)
    store.close()
    restore_file(str(path), copied / "ivr.db", as_it_was=True)
    assert "in the wal" in states(path)
