"""Several hosts in the URL: what takes writes is found, an old primary gets none, and each trouble is told."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from router.errors import ConfigurationError, StoreUnavailable
from router.runtime.ports import Store
from router.store import open_store
from router.store.postgres import hosts
from router.store.postgres.hosts import Place, addresses_of, places_of
from tests.acceptance.processes import free_port, wait_for
from tests.acceptance.test_failover import DATABASE, Pair, is_synchronous, two_servers
from tests.postgres_server import PASSWORD, SERVING, Server, url_of
from tests.store.build import call, put
from tests.store.test_postgres import answers

FAILOVER_SECONDS = 10.0
ONE_WRITE = """
import sys
from router.store import open_store
from tests.store.build import call, put
store = open_store(sys.argv[1])
put(store, call(sys.argv[2]))
store.close()
"""


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """One for all tests, in their order: the last two make a primary of its standby."""
    with two_servers() as started:
        yield started


@pytest.fixture
def store(pair: Pair) -> Iterator[Store]:
    opened = open_store(pair.url)
    yield opened
    opened.close()


def entries(server: Server) -> set[str]:
    found = open_store(server.url(DATABASE, SERVING))
    try:
        return {row["entry_id"] for row in found.calls(None, {}, 100, "")}
    finally:
        found.close()


def written_elsewhere(url: str, entry_id: str) -> None:
    """By a process that knows nothing of what went before."""
    subprocess.run([sys.executable, "-c", ONE_WRITE, url, entry_id], check=True, timeout=60)


def takes_writes(store: Store, entry_id: str) -> bool:
    try:
        put(store, call(entry_id))
    except StoreUnavailable:
        return False
    return True


def epoch(store: Store) -> int:
    found: int = store._database._process.here.hosts.epoch  # type: ignore[attr-defined]
    return found


def test_a_standby_alone_is_told(pair: Pair) -> None:
    alone = open_store(pair.standby.url(DATABASE, SERVING))
    with pytest.raises(StoreUnavailable, match=r"session is read-only.*a standby"):
        alone.next_wake()
    alone.close()


def test_a_standby_that_commits_wait_for_is_away(pair: Pair, store: Store) -> None:
    put(store, call("before"))
    pair.standby.stop()
    begun = time.monotonic()
    with (
        pytest.raises(StoreUnavailable, match="synchronous_standby_names"),
        store.transaction(patience_seconds=1.0) as transaction,
    ):
        transaction.save_call(call("waits"))
    assert time.monotonic() - begun < FAILOVER_SECONDS
    pair.standby.start()
    wait_for("replication", lambda: is_synchronous(pair.primary))
    wait_for("the database", lambda: takes_writes(store, "after"))
    assert {"before", "after"} <= entries(pair.primary)


def test_two_servers_that_are_no_copies_of_each_other(pair: Pair, postgres: Server, postgres_database: str) -> None:
    foreign = open_store(url_of([pair.primary, postgres], "postgres", "postgres"))
    with pytest.raises(StoreUnavailable, match="neither is a copy of the other"):
        foreign.next_wake()
    foreign.close()


def test_one_server_under_two_addresses_is_one(postgres: Server, postgres_url: str) -> None:
    twice = open_store(
        postgres_url.replace(f"127.0.0.1:{postgres.port}", f"127.0.0.1:{postgres.port},localhost:{postgres.port}")
    )
    put(twice, call())
    twice.close()


def test_a_host_that_is_gone_is_no_trouble(postgres: Server, postgres_url: str) -> None:
    for gone in (f"127.0.0.1:{free_port()}", "no-such-host.invalid:5432"):
        store = open_store(postgres_url.replace("127.0.0.1:", f"{gone},127.0.0.1:"))
        assert answers(store)
        store.close()


def test_a_name_that_means_several_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 5432)) for address in ("10.0.0.1", "10.0.0.2")]
    monkeypatch.setattr(hosts.socket, "getaddrinfo", lambda *_args, **_kwargs: [*found, found[0]])  # type: ignore[attr-defined]
    meant = list(addresses_of(Place(host="db", port="5432")))
    assert [one.label for one in meant] == ["db:5432 (10.0.0.1)", "db:5432 (10.0.0.2)"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"host": "a,b", "port": "1,2"}, ["a:1", "b:2"]),
        ({"host": "a,b", "port": "1"}, ["a:1", "b:1"]),
        ({"host": "a,b"}, ["a:5432", "b:5432"]),
        ({"host": "a,b", "port": "1,"}, ["a:1", "b:5432"]),
        ({"hostaddr": "10.0.0.1,10.0.0.2"}, ["10.0.0.1:5432", "10.0.0.2:5432"]),
        ({}, ["the local socket:5432"]),
    ],
)
def test_the_hosts_of_a_url(given: dict[str, str], expected: list[str]) -> None:
    assert [place.label for place in places_of(given)] == expected


def test_hosts_and_ports_that_do_not_belong_together() -> None:
    with pytest.raises(ConfigurationError, match=r"3 host\(s\) and 2 port\(s\)") as caught:
        open_store("postgresql://ivr:hidden@/ivr?host=a,b,c&port=1,2")
    assert "hidden" not in caught.value.message


def test_connections_that_rested_while_another_server_was_promoted_are_given_up(pair: Pair, store: Store) -> None:
    """The old primary lives on and would take writes on them."""
    put(store, call("before"))
    store.changed()  # starts what watches the server
    wait_for("the watch", lambda: store._database._process.here.notifications._clock_at)  # type: ignore[attr-defined]
    pair.primary.configure("synchronous_standby_names = ''")
    pair.standby.promote()
    wait_for("the promotion to be seen", lambda: epoch(store), FAILOVER_SECONDS)
    put(store, call("after promotion"))
    assert "after promotion" in entries(pair.standby)
    assert "after promotion" not in entries(pair.primary)


def test_an_old_primary_gets_nothing_while_the_new_one_is_away(pair: Pair, store: Store) -> None:
    put(store, call("first"))
    written_elsewhere(pair.url, "new process")
    pair.standby.stop()
    with pytest.raises(StoreUnavailable, match=r"an old primary.*pg_rewind") as caught:
        put(store, call("stray"))
    assert PASSWORD not in caught.value.message
    pair.standby.start()
    wait_for("the new primary", lambda: takes_writes(store, "later"), FAILOVER_SECONDS)
    assert {"first", "new process", "later"} <= entries(pair.standby)
    assert not {"first", "new process", "later", "stray"} & entries(pair.primary)
