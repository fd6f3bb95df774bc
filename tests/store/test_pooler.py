"""PgBouncer before the server: in session mode it is fine; one that shares sessions is refused, with the reason."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from router.errors import DatabaseUnfit, StoreUnavailable
from router.store import open_store
from tests.acceptance.processes import wait_for
from tests.pgbouncer import Pooler, pgbouncer, pooler
from tests.postgres_server import PASSWORD, Server
from tests.store.build import call, command, put
from tests.store.test_postgres import answers


@pytest.fixture
def program() -> str:
    found = pgbouncer()
    if found is None:
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    return found


@pytest.fixture
def sharing(program: str, postgres: Server, postgres_database: str, request: pytest.FixtureRequest) -> Iterator[Pooler]:
    with pooler(program, postgres, postgres_database, request.param) as started:
        yield started


def test_session_mode_serves(program: str, postgres: Server, postgres_database: str, postgres_url: str) -> None:
    with pooler(program, postgres, postgres_database, "session") as between:
        store, other = open_store(between.url), open_store(between.url)
        store.verify()
        for number in range(20):
            put(store if number % 2 else other, call(f"entry-{number}"), command(f"c-{number}"))
        assert len(store.calls("clinic", {}, 100, "")) == 20
        before = store.changed()
        put(other, command("heard"))
        wait_for("news of another process", lambda: store.changed() != before)
        store.close()
        other.close()


@pytest.mark.parametrize("sharing", ["transaction", "statement"], indirect=True)
def test_shared_sessions_are_refused_with_the_reason(sharing: Pooler) -> None:
    store = open_store(sharing.url)
    with pytest.raises(DatabaseUnfit, match="pool_mode = session") as caught:
        store.verify()
    assert f"127.0.0.1:{sharing.port}" in caught.value.message
    assert PASSWORD not in caught.value.message
    with pytest.raises(StoreUnavailable, match="pool_mode = session"):
        put(store, call())
    store.close()


@pytest.mark.parametrize("sharing", ["transaction"], indirect=True)
def test_other_clients_of_the_pooler_hide_nothing(sharing: Pooler) -> None:
    """They take and return sessions all the time, so that few are met twice."""
    busy = (
        "import psycopg, sys\n"
        "several = [psycopg.connect(sys.argv[1], autocommit=True) for _ in range(4)]\n"
        "print('busy', flush=True)\n"
        "while True:\n    [one.pgconn.exec_(b'SELECT 1') for one in several]\n"
    )
    process = subprocess.Popen([sys.executable, "-c", busy, sharing.url], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"busy\n"
        for _ in range(5):
            store = open_store(sharing.url)
            with pytest.raises(DatabaseUnfit, match="pool_mode = session"):
                store.verify()
            store.close()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("sharing", ["transaction"], indirect=True)
def test_it_recovers_when_the_pooler_is_set_right(sharing: Pooler, postgres_url: str) -> None:
    store = open_store(sharing.url)
    with pytest.raises(DatabaseUnfit):
        store.next_wake()
    sharing.set_mode("session")
    wait_for("the database", lambda: answers(store))
    put(store, call())
    assert store.call("clinic", "entry-1") == call()
    store.close()


def test_a_pooler_without_a_free_session_is_told(
    program: str, postgres: Server, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.store.postgres.pooler.SECONDS", 3.0)
    with pooler(program, postgres, postgres_database, "session", size=1) as between:
        first, second = open_store(between.url), open_store(between.url)
        first.next_wake()
        with pytest.raises(StoreUnavailable, match="default_pool_size"):
            second.next_wake()
        first.next_wake()
        first.close()
        second.close()
