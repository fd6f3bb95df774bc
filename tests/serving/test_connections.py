"""What peers have sent is bounded, wherever it waits."""

import socket
from collections.abc import Iterator
from selectors import DefaultSelector

import pytest

from router.serving import client_connections
from router.serving.client_connections import Connection, ConnectionPool
from router.serving.http_parser import Limits

MOST = 1000
SMALL = 100


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionPool]:
    monkeypatch.setattr(client_connections, "MOST_BUFFERED_BYTES", MOST)
    monkeypatch.setattr(client_connections, "SMALL_BYTES", SMALL)
    with DefaultSelector() as poller:
        found = ConnectionPool(
            poller, 10, Limits(line=10, fields=1, field=10, body=100), lambda _connection, _client: None
        )
        yield found
        for connection in found:
            found.close(connection)


def enter(pool: ConnectionPool, sent: bytes) -> Connection:
    ours, peer = socket.socketpair()
    peer.close()
    connection = Connection(ours, "", Limits())
    pool.wait_for(connection, 10)
    pool.add(connection, sent)
    return connection


def work_on(pool: ConnectionPool, connection: Connection) -> None:
    """Its request waits for a thread."""
    connection.is_busy = True
    connection.under_way = connection.incoming.size
    connection.incoming.clear()
    pool.recount(connection)


def test_those_who_waited_longest_go_first(pool: ConnectionPool) -> None:
    first, second, third = (enter(pool, b"x" * 400) for _ in range(3))
    assert pool.bound_bytes()
    assert list(pool) == [second, third]
    assert first not in pool


def test_what_waits_for_a_thread_counts(pool: ConnectionPool) -> None:
    """It cannot be let go of: who comes after it is, and is told when even that does not help."""
    busy = enter(pool, b"x" * 900)
    work_on(pool, busy)
    enter(pool, b"x" * 200)
    small = enter(pool, b"x" * SMALL)
    assert pool.bound_bytes()
    assert list(pool) == [busy, small], "who has sent little stays"
    other = enter(pool, b"x" * 200)
    work_on(pool, other)
    assert not pool.bound_bytes()
    busy.under_way = 0  # answered
    pool.recount(busy)
    assert pool.bound_bytes()
    pool.close(other)
    enter(pool, b"x" * 1000)
    assert pool.bound_bytes()


def test_largest_request_fits_whatever_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_connections, "MOST_BUFFERED_BYTES", MOST)
    with DefaultSelector() as poller:
        pool = ConnectionPool(poller, 10, Limits(body=100_000), lambda _connection, _client: None)
        connection = enter(pool, b"x" * 150_000)
        assert pool.bound_bytes()
        pool.close(connection)
