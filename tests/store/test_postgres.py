"""What only a server can get wrong: turns among hosts, restarts, lost connections, hosts that freeze, forks."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest

from router.errors import ConfigurationError, StoreUnavailable
from router.history.journal import SENT
from router.runtime.ports import Store
from router.store import open_store
from router.store.postgres import connections
from router.store.statement import Statement
from tests.acceptance.processes import wait_for
from tests.postgres_server import PASSWORD, Server
from tests.store.build import NOON, call, command, put, record
from tests.store.test_sqlite import COUNTING, WRITING, run


class Stop(Exception):
    """Thrown by a test in the middle of a transaction."""


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def other(postgres_url: str) -> Iterator[Store]:
    """Another host's."""
    opened = open_store(postgres_url)
    yield opened
    opened.close()


@contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[threading.Event]:
    """`work` runs in a thread; the event says that it is through, and it is when the block ends."""
    through = threading.Event()

    def run_it() -> None:
        work()
        through.set()

    thread = threading.Thread(target=run_it)
    thread.start()
    yield through
    thread.join(30)
    assert through.is_set()


def waiters(postgres: Server) -> int:
    with psycopg.connect(postgres.url()) as connection:
        found = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
        return int((found.fetchone() or (0,))[0])


class TestTurns:
    def test_a_call_is_waited_for_even_before_it_has_a_row(self, store: Store, other: Store, postgres: Server) -> None:
        seen: list[Any] = []

        def visit() -> None:
            with other.transaction() as transaction:
                seen.append(transaction.load("clinic", entry_id="entry-1").call)

        with store.transaction() as transaction:
            assert transaction.load("clinic", entry_id="entry-1").call is None
            with meanwhile(visit) as through:
                wait_for("a waiter", lambda: waiters(postgres))
                assert not through.is_set()
                transaction.save_call(call(step="first"))
                transaction.commit()  # type: ignore[attr-defined]
                wait_for("its turn", through.is_set)
        assert seen == [call(step="first")]

    def test_other_calls_and_other_accounts_do_not_wait(self, store: Store, other: Store) -> None:
        with store.transaction() as transaction:
            transaction.load("clinic", entry_id="entry-1")
            put(other, call("entry-2"), call("entry-1", account="shop"))
            with other.transaction() as second:
                second.load("clinic", entry_id="entry-2")
                second.load("shop", entry_id="entry-1")

    def test_a_command_leads_to_the_turn_of_its_call(self, store: Store, other: Store, postgres: Server) -> None:
        put(store, call(), command())
        seen: list[Any] = []

        def visit() -> None:
            with other.transaction() as transaction:
                seen.append(transaction.load("clinic", entry_id="entry-1").call)

        with store.transaction() as transaction:
            assert transaction.command("clinic", "c-1") == command()
            with meanwhile(visit) as through:
                wait_for("a waiter", lambda: waiters(postgres))
                assert not through.is_set()
                transaction.save_call(call(step="after"))
                transaction.commit()  # type: ignore[attr-defined]
        assert seen == [call(step="after")]

    def test_claims_of_an_account_take_turns_and_their_instants_follow(
        self, store: Store, other: Store, postgres: Server
    ) -> None:
        instants: list[float] = []
        seen: list[dict[str, list[float]]] = []

        def claim() -> None:
            with other.transaction() as transaction:
                seen.append(transaction.slots("clinic"))
                instants.append(transaction.now)

        with store.transaction() as transaction:
            assert transaction.slots("clinic") == {}
            with meanwhile(claim):
                wait_for("a waiter", lambda: waiters(postgres))
                transaction.take_slot("clinic", "route", "c-1/1", transaction.now + 60)
                taken_at = transaction.now
                transaction.commit()  # type: ignore[attr-defined]
        assert seen == [{"route": [taken_at + 60]}]
        assert instants[0] > taken_at

    def test_an_event_does_not_wait_for_its_account(self, store: Store, other: Store) -> None:
        with store.transaction() as claiming:
            assert claiming.candidates("clinic", 9) == []
            with other.transaction() as event:
                event.load("clinic", entry_id="entry-1")
                assert event.slots("clinic") == {}
                event.save_call(call())

    def test_an_event_takes_an_account_only_when_it_is_free(self, store: Store, other: Store) -> None:
        with store.transaction() as claiming:
            assert claiming.candidates("clinic", 9) == []
            with other.transaction() as event:
                event.load("clinic", entry_id="entry-1")
                event.queue(command())
                assert not event.try_account("clinic", 9)
                assert event.try_account("shop", 9)
            assert [row.command_id for row in other.commands("clinic")] == ["c-1"]

    def test_what_an_event_claims_a_claim_waits_for(self, store: Store, other: Store, postgres: Server) -> None:
        """By another host: the account is the event's until its commit."""
        seen: list[Any] = []

        def claim() -> None:
            with other.transaction() as transaction:
                seen.append((transaction.candidates("clinic", 9), transaction.slots("clinic")))
                instants.append(transaction.now)

        instants: list[float] = []
        with store.transaction() as event:
            event.load("clinic", entry_id="entry-1")
            event.queue(command())
            assert event.try_account("clinic", 9)
            assert event.candidates("clinic", 9) == [command()]
            assert event.claim(command())
            with meanwhile(claim):
                wait_for("a waiter", lambda: waiters(postgres))
                event.take_slot("clinic", "route", "c-1/1", event.now + 60)
                event.update_command(command(state=SENT, sent=event.now, lease=event.now + 10))
                instants.append(event.now)
                event.commit()  # type: ignore[attr-defined]
        assert seen == [([], {"route": [instants[0] + 60]})]
        assert instants[1] > instants[0]

    def test_processes_take_turns(self, store: Store, postgres_url: str) -> None:
        put(store, call())
        processes = [run(COUNTING, postgres_url, "100") for _ in range(3)]
        assert [process.wait(60) for process in processes] == [0, 0, 0]
        for process in processes:
            assert process.stdout is not None
            process.stdout.close()
        found = store.call("clinic", "entry-1")
        assert found is not None
        assert found.steps_taken == 300

    def test_a_snapshot_stays_as_it_was(self, store: Store) -> None:
        with store.snapshot() as reading:
            assert reading.candidates("clinic", 9) == []
            put(store, command())
            assert reading.candidates("clinic", 10) == []
        with store.snapshot() as reading:
            assert reading.candidates("clinic", 9) == [command()]


class TestWakeups:
    def test_another_hosts_commands_are_heard_of(self, store: Store, other: Store) -> None:
        wait_for("both to listen", lambda: listens(store) and listens(other))
        before = store.changed()
        put(other, command())
        wait_for("the notification", lambda: store.changed() != before)

    def test_without_a_notification_there_is_another_look(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        before = store.changed()
        wait_for("a look on suspicion", lambda: store.changed() != before)

    def test_the_clock_is_the_databases(self, store: Store, postgres: Server) -> None:
        wait_for("a first look at the clock", lambda: listens(store))
        with psycopg.connect(postgres.url()) as connection:
            ((at,),) = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchall()
        with store.transaction() as transaction:
            assert abs(transaction.now - at) < 60
        assert abs(store.now() - at) < 60


def listens(store: Store) -> bool:
    """Whether its ear is there; the first question starts it."""
    store.changed()
    return bool(store._database._process.here.notifications._clock_at)  # type: ignore[attr-defined]


class TestLosses:
    def test_a_restarted_server_costs_nothing_that_was_not_on_its_way(self, store: Store, postgres: Server) -> None:
        put(store, call())
        assert store.call("clinic", "entry-1") == call()
        postgres.restart()
        put(store, call("entry-2"))
        assert store.call("clinic", "entry-2") == call("entry-2")

    def test_a_crashed_server_has_what_it_confirmed(self, store: Store, postgres: Server) -> None:
        for number in range(20):
            put(store, call(f"entry-{number}"))
        postgres.restart(signal.SIGQUIT)
        assert len(store.calls("clinic", {}, 100, "")) == 20

    def test_connections_that_were_ended_are_replaced(self, store: Store, postgres: Server) -> None:
        put(store, call())
        postgres.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'ivr'")
        put(store, call("entry-2"))
        assert store.call("clinic", "entry-2") is not None

    def test_a_transaction_whose_connection_is_ended_keeps_nothing(self, store: Store, postgres: Server) -> None:
        def lose() -> None:
            with store.transaction() as transaction:
                transaction.load("clinic", entry_id="entry-1")
                transaction.save_call(call())
                postgres.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'ivr'")

        with pytest.raises(StoreUnavailable, match="terminating connection"):
            lose()
        assert store.call("clinic", "entry-1") is None

    def test_while_the_server_is_away_it_says_so_and_recovers(self, store: Store, postgres: Server) -> None:
        put(store, call())
        postgres.stop()
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match=r"cannot be reached.*refused") as caught:
                put(store, call("entry-2"))
            assert PASSWORD not in str(caught.value)
        with pytest.raises(StoreUnavailable):
            store.next_wake()
        postgres.start()
        wait_for("the database", lambda: answers(store))
        put(store, call("entry-2"))

    def test_a_router_starts_without_its_server(self, postgres_url: str, postgres: Server) -> None:
        postgres.stop()
        opened = open_store(postgres_url)
        opened.verify()
        with pytest.raises(StoreUnavailable):
            opened.next_wake()
        postgres.start()
        wait_for("the database", lambda: answers(opened))
        opened.close()

    def test_when_the_server_takes_no_more_connections(self, postgres_url: str, postgres: Server) -> None:
        postgres.execute("ALTER ROLE ivr CONNECTION LIMIT 0")
        opened = open_store(postgres_url)
        with pytest.raises(StoreUnavailable, match="too many connections"):
            opened.next_wake()
        postgres.execute("ALTER ROLE ivr CONNECTION LIMIT -1")
        wait_for("a connection", lambda: answers(opened))
        opened.close()

    def test_a_host_that_froze_gives_its_turn_back(
        self, postgres_url: str, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hurried = connections.SESSION.replace(b"idle_in_transaction_session_timeout = '10s'", IMPATIENT)
        assert IMPATIENT in hurried
        monkeypatch.setattr(connections, "SESSION", hurried)
        frozen = open_store(postgres_url)

        def freeze() -> None:
            with frozen.transaction() as transaction:
                transaction.load("clinic", entry_id="entry-1")
                with store.transaction() as living:  # gets it when the server has ended the other
                    living.load("clinic", entry_id="entry-1")
                    living.save_call(call(step="living"))
                transaction.save_call(call(step="frozen"))

        with pytest.raises(StoreUnavailable, match="idle-in-transaction"):
            freeze()
        assert store.call("clinic", "entry-1") == call(step="living")
        frozen.close()

    def test_a_network_that_is_gone_is_given_up(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        def lose() -> None:
            with store.transaction() as transaction:
                transaction.load("clinic", entry_id="entry-1")
                pipeline = transaction._session._pipeline  # type: ignore[attr-defined]
                os.dup2(os.open(os.devnull, os.O_RDWR), pipeline._connection.socket)
                transaction.save_call(call())

        with pytest.raises(StoreUnavailable):
            lose()
        put(store, call(step="after"))
        assert store.call("clinic", "entry-1") == call(step="after")

    def test_all_connections_are_taken(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        with several(store, connections.WRITERS):
            monkeypatch.setattr(connections, "WAIT_SECONDS", 0.2)
            with pytest.raises(StoreUnavailable, match="no connection was free"):
                put(store, call())
            monkeypatch.undo()
        put(store, call())

    def test_reads_on_the_side_need_no_connection_of_the_transactions(self, store: Store) -> None:
        with several(store, connections.WRITERS):
            assert store.version_content("clinic", "v1") is None

    def test_who_swallows_an_error_keeps_nothing(self, store: Store) -> None:
        put(store, command())

        def go_on() -> None:
            with store.transaction() as transaction:
                transaction.save_call(call())
                transaction.queue(command())
                with suppress(psycopg.Error):
                    transaction.remembers("clinic", "list", "value")

        with pytest.raises(RuntimeError, match="cannot be kept"):
            go_on()
        assert store.call("clinic", "entry-1") is None


IMPATIENT = b"idle_in_transaction_session_timeout = '100ms'"


def answers(store: Store) -> bool:
    try:
        store.next_wake()
    except StoreUnavailable:
        return False
    return True


@contextmanager
def several(store: Store, count: int) -> Iterator[None]:
    """So many transactions are open at once."""
    if count == 0:
        yield
        return
    with store.transaction() as transaction:
        transaction.load("clinic", entry_id=f"entry-{count}")
        with several(store, count - 1):
            yield


def test_kill_9_loses_nothing_that_was_committed_and_keeps_no_half(store: Store, postgres_url: str) -> None:
    for victim in range(3):
        process = run(WRITING, postgres_url, f"v{victim}")
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(20 + 7 * victim)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
        assert process.wait(60) == -signal.SIGKILL
        process.stdout.close()
        whole = [int(line) for line in told if line.endswith("\n")]
        wait_for("its last commit, or none", lambda: commands_kept(store) == events_kept(store))
        assert {f"v{victim}-{number}" for number in whole} <= commands_kept(store)


def commands_kept(store: Store) -> set[str]:
    return {row.command_id for row in store.commands("clinic", limit=10**6)}


def events_kept(store: Store) -> set[str]:
    """Whose commands those must be."""
    lines = store.journal("clinic", "entry-1")
    return {line.dedupe.removeprefix("call:").replace(":", "-") for line in lines if line.dedupe}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(store: Store) -> None:
    put(store, command("before"))
    store.changed()
    child = os.fork()
    if child == 0:
        os._exit(_queue_in_child(store))
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    put(store, command("after"))
    assert {row.command_id for row in store.commands("clinic")} == {"before", "child", "after"}


def _queue_in_child(store: Store) -> int:
    try:
        put(store, command("child"))
        store.changed()
        return 0 if "before" in {row.command_id for row in store.commands("clinic")} else 2
    except Exception:
        return 1


def test_a_record_of_any_size(store: Store) -> None:
    whole = record("call:leg-1:1", body="ы" * 3_000_000)
    put(store, whole, call(variables={"text": "x" * 100_000}))
    assert store.journal("clinic", "entry-1") == [whole]
    assert store.call("clinic", "entry-1") == call(variables={"text": "x" * 100_000})


def test_what_no_column_can_hold_is_the_callers_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        put(store, call("entry\x00"))


def test_a_commit_is_on_the_disk(postgres: Server, postgres_url: str) -> None:
    postgres.execute("ALTER ROLE ivr SET synchronous_commit = off")
    opened = open_store(postgres_url)
    with opened.transaction() as transaction:
        (found,) = transaction._rows(Statement.of("SHOW synchronous_commit"))  # type: ignore[attr-defined]
    assert found == ("on",)
    opened.close()
    postgres.execute("ALTER ROLE ivr RESET synchronous_commit")


@pytest.mark.parametrize("url", ["postgresql://ivr:hidden@[db/ivr", "postgresql://ivr:hid%ZZden@db/ivr?nonsense=1"])
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="IVR_DATABASE") as caught:
        open_store(url)
    assert "hid" not in str(caught.value)


def test_who_stores_in_sqlite_does_not_load_psycopg() -> None:
    script = "import sys; from router.store import open_store; open_store('memory:'); print('psycopg' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"


def test_now_is_the_hand_of_a_test(postgres_url: str) -> None:
    opened = open_store(postgres_url, lambda: NOON)
    assert opened.now() == NOON
    opened.close()
