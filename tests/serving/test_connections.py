"""What peers have sent is bounded, wherever it waits."""

import socket
from collections.abc import Iterator
from selectors import DefaultSelector

import pytest

from router.serving import connections
from router.serving.connections import Connection, ConnectionPool
from router.serving.http_parser import Limits

MOST = 1000
SMALL = 100


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionPool]:
    monkeypatch.setattr(connections, "MOST_BUFFERED_BYTES", MOST)
    monkeypatch.setattr(connections, "SMALL_BYTES", SMALL)
    with DefaultSelector() as poller:
        found = ConnectionPool(
            poller, 10, Limits(line=10, fields=1, field=10, body=100), lambda _connection, _client: None
        )
        yield found
        for connection in found:
            found.close(connection)


def enter(crowd: ConnectionPool, sent: bytes) -> Connection:
    ours, peer = socket.socketpair()
    peer.close()
    connection = Connection(ours, "", Limits())
    crowd.wait_for(connection, 10)
    crowd.add(connection, sent)
    return connection


def work_on(crowd: ConnectionPool, connection: Connection) -> None:
    """Its request waits for a thread."""
    connection.is_busy = True
    connection.under_way = connection.incoming.size
    connection.incoming.clear()
    crowd.recount(connection)


def test_those_who_waited_longest_go_first(crowd: ConnectionPool) -> None:
    first, second, third = (enter(crowd, b"x" * 400) for _ in range(3))
    assert crowd.bound_bytes()
    assert list(crowd) == [second, third]
    assert first not in crowd


def test_what_waits_for_a_thread_counts(crowd: ConnectionPool) -> None:
    """It cannot be let go of: who comes after it is, and is told when even that does not help."""
    busy = enter(crowd, b"x" * 900)
    work_on(crowd, busy)
    enter(crowd, b"x" * 200)
    small = enter(crowd, b"x" * SMALL)
    assert crowd.bound_bytes()
    assert list(crowd) == [busy, small], "who has sent little stays"
    other = enter(crowd, b"x" * 200)
    work_on(crowd, other)
    assert not crowd.bound_bytes()
    busy.under_way = 0  # answered
    crowd.recount(busy)
    assert crowd.bound_bytes()
    crowd.close(other)
    enter(crowd, b"x" * 1000)
    assert crowd.bound_bytes()


def test_largest_request_fits_whatever_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_BUFFERED_BYTES", MOST)
    with DefaultSelector() as poller:
        crowd = ConnectionPool(poller, 10, Limits(body=100_000), lambda _connection, _client: None)
        connection = enter(crowd, b"x" * 150_000)
        assert crowd.bound_bytes()
        crowd.close(connection)
