"""What only a file can get wrong: restarts, other processes, kill -9, a full disk, a fork."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from router.errors import ConfigurationError, DatabaseUnfit, StoreUnavailable
from router.runtime.ports import Store
from router.store import open_store
from router.store.sqlite import connections, opening, users, write_lock
from router.store.sqlite.schema import MIGRATIONS
from tests.store.build import call, command, put, record
from tests.stores import SqliteStore, pause, slots_of

COUNTING = """
import sys
from router.store import open_store
from tests.store.build import call

store = open_store(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with store.transaction() as transaction:
        found = transaction.load("clinic", entry_id="entry-1").call
        transaction.save_call(call(steps_taken=found.steps_taken + 1))
"""

WRITING = """
import sys
from router.store import open_store
from tests.store.build import command, record

store = open_store(sys.argv[1])
for number in range(1_000_000):
    with store.transaction() as transaction:
        transaction.record(record(f"call:{sys.argv[2]}:{number}"))
        transaction.queue(command(f"{sys.argv[2]}-{number}"))
    print(number, flush=True)
"""


def run(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)


def test_a_restart_finds_everything(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.transaction() as transaction:
        transaction.save_call(call(timers={"a": 5.0}))
        transaction.record(record("call:leg-1:1"))
        transaction.queue(command())
        transaction.take_slot("clinic", "route", "c-1/1", 9e9)
        pause(transaction, "clinic", 9e9, "by hand")
        transaction.store_version("clinic", "v1", b"bundle", activate=True)
    store.close()
    store = open_store(sqlite_url)
    assert store.call("clinic", "entry-1") == call(timers={"a": 5.0})
    assert store.next_wake() == 5.0
    assert store.journal("clinic", "entry-1") == [record("call:leg-1:1")]
    assert store.commands("clinic") == [command()]
    assert slots_of(store, "clinic") == {"route": [9e9]}
    assert store.serving("clinic").active == "v1"
    store.close()


def test_processes_take_turns(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.transaction() as transaction:
        transaction.save_call(call())
    processes = [run(COUNTING, sqlite_url, "200") for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
    found = store.call("clinic", "entry-1")
    assert found is not None
    assert found.steps_taken == 600
    store.close()


def test_kill_9_loses_nothing_that_was_committed_and_keeps_no_half(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    for victim in range(5):
        process = run(WRITING, sqlite_url, f"v{victim}")
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(40 + 7 * victim)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
        assert process.wait(60) == -signal.SIGKILL
        process.stdout.close()
        whole = [int(line) for line in told if line.endswith("\n")]
        kept = {row.command_id for row in store.commands("clinic", limit=10**6)}
        assert {f"v{victim}-{number}" for number in whole} <= kept
        events = {line.dedupe for line in store.journal("clinic", "entry-1")}
        assert {f"call:{name.replace('-', ':')}" for name in kept} == events
    store.close()


def test_another_process_changes_the_count_that_is_polled(sqlite_url: str) -> None:
    store, other = open_store(sqlite_url), open_store(sqlite_url)
    before = store.changed()
    with other.transaction() as transaction:
        transaction.queue(command())
    assert store.changed() != before
    assert store.commands("clinic") == [command()]
    store.close()
    other.close()


def test_a_snapshot_stays_as_it_was(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.snapshot() as reading:
        assert reading.candidates("clinic", 9) == []
        with store.transaction() as transaction:
            transaction.queue(command())
        assert reading.candidates("clinic", 9) == []
    with store.snapshot() as reading:
        assert reading.candidates("clinic", 9) == [command()]
    store.close()


def test_a_full_disk_keeps_nothing_and_recovers(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "ivr.db"))
    with store.connections.here.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="full"):
        put(store, command(), record(body="x" * 100_000))
    assert store.commands("clinic") == []
    with store.connections.here.writing() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
    with store.transaction() as transaction:
        transaction.queue(command())
    assert store.commands("clinic") == [command()]
    store.close()


def test_a_stranger_that_holds_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "FOREIGN_WAIT_SECONDS", 0.0)
    store = SqliteStore(str(tmp_path / "ivr.db"))
    stranger = sqlite3.connect(tmp_path / "ivr.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"), store.transaction():
        pytest.fail("the transaction has begun")
    stranger.execute("ROLLBACK")
    with store.transaction() as transaction:
        transaction.queue(command())
    assert store.commands("clinic") == [command()]
    stranger.close()
    store.close()


def test_a_thread_that_never_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "TURN_SECONDS", 0.01)
    store = SqliteStore(str(tmp_path / "ivr.db"))
    with store.transaction(), pytest.raises(StoreUnavailable, match="turn"), store.transaction():
        pytest.fail("two transactions at once")
    store.close()


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """What another process does that was suspended in the middle of its turn."""
    file = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(file)


def test_a_process_that_never_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "TURN_SECONDS", 0.05)
    store = SqliteStore(str(tmp_path / "ivr.db"))
    store.next_wake()
    with held_by_another(tmp_path / "ivr.db"):
        for _ in range(3):  # the later ones join the wait of the first
            with pytest.raises(StoreUnavailable, match="another process"), store.transaction():
                pytest.fail("two processes write at once")
    for number in range(3):
        with store.transaction() as transaction:
            transaction.queue(command(f"c-{number}"))
    assert len(store.commands("clinic")) == 3
    store.close()


def test_a_turn_that_comes_when_nobody_wants_it_any_more_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_lock, "TURN_SECONDS", 0.05)
    mine, other = SqliteStore(str(tmp_path / "ivr.db")), SqliteStore(str(tmp_path / "ivr.db"))
    mine.next_wake()
    with held_by_another(tmp_path / "ivr.db"), pytest.raises(StoreUnavailable), mine.transaction():
        pytest.fail("two processes write at once")
    monkeypatch.setattr(write_lock, "TURN_SECONDS", 10.0)
    with other.transaction() as transaction:
        transaction.queue(command())
    mine.close()
    with other.transaction() as transaction:
        transaction.queue(command("c-2"))
    assert len(other.commands("clinic")) == 2
    other.close()


def test_a_turn_that_comes_in_time_is_used(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "ivr.db"))
    store.next_wake()
    done = threading.Event()

    def write() -> None:
        with store.transaction() as transaction:
            transaction.queue(command())
        done.set()

    with held_by_another(tmp_path / "ivr.db"):
        writer = threading.Thread(target=write)
        writer.start()
        assert not done.wait(0.1)
    writer.join()
    assert store.commands("clinic") == [command()]
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """It is trouble that may pass: a worker that starts meanwhile lives."""
    (tmp_path / "ivr.db").write_bytes(b"not a database, but long enough to look like one" * 100)
    store = open_store(f"sqlite:///{tmp_path}/ivr.db")
    with pytest.raises(StoreUnavailable, match="not a database"):
        store.next_wake()
    with pytest.raises(StoreUnavailable, match="not a database"), store.transaction():
        pytest.fail("that is no database")
    (tmp_path / "ivr.db").unlink()
    with store.transaction() as transaction:
        transaction.queue(command())
    assert store.commands("clinic") == [command()]
    store.close()


def test_a_file_that_is_gone_or_replaced(tmp_path: Path) -> None:
    """What is written into a deleted file is lost, so nothing is; nor does an empty one take its place."""
    store, path = SqliteStore(str(tmp_path / "ivr.db")), tmp_path / "ivr.db"
    with store.transaction() as transaction:
        transaction.queue(command())
    path.rename(tmp_path / "elsewhere.db")
    for _ in range(2):
        with pytest.raises(StoreUnavailable), store.transaction():
            pytest.fail("the file is gone")
    assert not path.exists()
    with pytest.raises(StoreUnavailable, match="its -wal is still there"):
        SqliteStore(str(path)).next_wake()
    assert not path.exists()
    for sidecar in ("-wal", "-shm"):
        path.with_name(f"ivr.db{sidecar}").unlink()
    SqliteStore(str(path)).close()  # another one
    with store.transaction() as transaction:
        assert transaction.queued_commands("clinic", "entry-1") == []
        transaction.queue(command())
    assert store.commands("clinic") == [command()]
    store.close()


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        open_store(f"sqlite:///{tmp_path}/nowhere/ivr.db")


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///ivr.db").close()
    assert (tmp_path / "ivr.db").exists()


def test_a_database_of_a_newer_router(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ivr.db"
    open_store(url).close()
    changing = sqlite3.connect(tmp_path / "ivr.db")
    changing.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    changing.commit()
    changing.close()
    with pytest.raises(ConfigurationError, match="newer"):
        open_store(url)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "ivr.db"))
    with store.connections.here.reading() as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM commands")
    store.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_waits_for_the_writer_and_the_child_goes_on_by_itself(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    assert store.commands("clinic") == []
    begun, forking = threading.Event(), threading.Event()

    def write() -> None:
        with store.transaction() as transaction:
            begun.set()
            forking.wait(10)
            transaction.queue(command("before"))

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait(10)
    forking.set()
    child = os.fork()
    if child == 0:
        os._exit(_queue_in_child(store))
    with store.transaction() as transaction:
        transaction.queue(command("after"))
    writer.join()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert {row.command_id for row in store.commands("clinic")} == {"before", "child", "after"}
    store.close()


def _queue_in_child(store: Store) -> int:
    try:
        with store.transaction() as transaction:
            transaction.queue(command("child"))
        return 0 if "before" in {row.command_id for row in store.commands("clinic")} else 2
    except Exception:
        return 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_closed_store_does_not_disturb_a_fork(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    store.close()
    reading, writing = os.pipe()  # take the number that the closed lock file had
    child = os.fork()
    if child == 0:
        os._exit(os.write(writing, b"seven b") - 7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert os.read(reading, 7) == b"seven b"
    os.close(reading)
    os.close(writing)
    with pytest.raises(StoreUnavailable, match="closed"):
        put(store, command())


BESIDE_FAILING_WRITES = """
import faulthandler, os, sqlite3, sys, threading, time
from router.store.sqlite.forks import ProcessConnections

faulthandler.enable()
shared = ProcessConnections(sys.argv[1])
shared.here.migrate()
ended = threading.Event()
troubles = []

def again_and_again(action):
    try:
        while not ended.is_set():
            action()
            time.sleep(0.0003)
    except BaseException as error:
        troubles.append(repr(error))
        raise

def read():
    with shared.here.reading() as connection:
        connection.execute("SELECT count(*) FROM calls, calls AS others").fetchall()

def watch():
    shared.here.commits_seen()

threads = [threading.Thread(target=again_and_again, args=(action,)) for action in (watch, watch, read, read)]
for thread in threads:
    thread.start()
for number in range(200):
    try:
        with shared.here.writing():
            raise sqlite3.OperationalError("database or disk is full")
    except sqlite3.OperationalError:
        pass
    if number % 40 == 0:
        child = os.fork()
        if child == 0:
            shared.here.commits_seen()
            with shared.here.writing() as connection:
                connection.execute("SELECT 1")
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
ended.set()
for thread in threads:
    thread.join()
print("troubles:", troubles)
"""


def test_failing_writes_close_nothing_that_other_threads_use(tmp_path: Path) -> None:
    """Watching and reading go on while writes fail and while the process forks (SQLite crashes when they do not)."""
    process = run(BESIDE_FAILING_WRITES, str(tmp_path / "ivr.db"))
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert output == "troubles: []\n"


def test_a_reader_that_met_trouble_is_not_used_again(tmp_path: Path) -> None:
    here = connections.Connections(str(tmp_path / "ivr.db"), connections.FULL)
    here.migrate()
    with here.reading() as first:
        pass
    with here.reading() as again:
        assert again is first
    with pytest.raises(sqlite3.OperationalError), here.reading() as failing:
        failing.execute("SELECT nothing")
    with here.reading() as fresh:
        assert fresh is not first
    with here.reading() as held, pytest.raises(OSError, match="gone"), here.writing():
        raise OSError("the disk is gone")
    with pytest.raises(sqlite3.ProgrammingError):
        held.execute("SELECT 1")
    here.close()


def test_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Its tables would stand among the router's; every write says so, the second one, too."""
    path = tmp_path / "customers.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
    before = path.read_bytes()
    store = open_store(f"sqlite:///{path}")
    for _ in range(2):
        with pytest.raises(DatabaseUnfit, match="another program's, with the tables customers"), store.transaction():
            pass
    assert path.read_bytes() == before


def test_threads_and_processes_are_waited_for_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has waited for another thread of its process does not wait as long again for another process."""
    first, second = write_lock.WriteLock(str(tmp_path / "lock")), write_lock.WriteLock(str(tmp_path / "lock"))
    waited: list[float] = []
    instants = iter([100.0, 100.0 + write_lock.TURN_SECONDS - 0.5])
    monkeypatch.setattr(write_lock, "monotonic", lambda: next(instants))
    monkeypatch.setattr(second._waiter, "wait", lambda _file, seconds: bool(waited.append(seconds)))
    first._file = first._opened()
    fcntl.flock(first._file, fcntl.LOCK_EX)
    with pytest.raises(StoreUnavailable, match="another process"):
        second.acquire()
    assert waited == [0.5]
    assert not second.threads.locked()
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("parent", "child", "told"),
    [
        (["gunicorn", "wsgi:app"], ["gunicorn", "wsgi:app"], "parent"),
        (["gunicorn: master [wsgi:app]"], ["gunicorn: worker [wsgi:app]"], "parent"),  # with setproctitle
        (["bash"], ["gunicorn", "wsgi:app"], "child"),
        (["gunicorn: master [other:app]"], ["gunicorn: worker [wsgi:app]"], "child"),
    ],
)
def test_who_has_the_file_is_told_as_the_process_to_be_stopped(
    monkeypatch: pytest.MonkeyPatch, parent: list[str], child: list[str], told: str
) -> None:
    commands = {os.getppid(): " ".join(parent), os.getpid(): " ".join(child)}
    monkeypatch.setattr(users, "_command", commands.__getitem__)
    assert users._master(os.getpid()) == (os.getppid() if told == "parent" else os.getpid())
