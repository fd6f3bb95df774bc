"""The thread that writes to all listeners: many, slow, gone and revoked ones, over pairs of sockets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from router.bootstrap.router import Router
from router.errors import StoreUnavailable
from router.runtime.administration.roles import VIEWER
from router.web import stream_loop
from router.web.event_feed import Feed
from router.web.identities import Identity
from router.web.listeners import Listener, Wanted
from router.web.stream_loop import Peer, StreamLoop
from tests.runtime.living import FIRST, living_router, publish, ring

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
WALL = Identity(token_id="t1", name="token wall", role=VIEWER)
CRM = Identity(token_id="t2", name="token crm", role=VIEWER)


class Given:
    """A connection, and whether the server has it back."""

    head, last = HEAD, b"<last>"

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.client.setblocking(False)
        self.ended = threading.Event()

    def framed(self, part: bytes) -> bytes:
        return part

    def done(self) -> None:
        self.client.close()
        self.ended.set()


class Hall:
    """A loop with its listeners."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.feed = Feed(router.store)
        self.revoked: set[str] = set()
        self.is_away = False
        self.loop = StreamLoop(self.feed, self._holds)
        self.sockets: list[socket.socket] = []
        self.given: list[Given] = []

    def _holds(self, who: Identity) -> bool:
        if self.is_away:
            raise StoreUnavailable("away")
        return who.token_id not in self.revoked

    def listen(
        self, who: Identity = WALL, *, room: int = 0, kinds: tuple[str, ...] = (), after: str = ""
    ) -> tuple[socket.socket, Given]:
        """(the listener's end, ours); with `room` the kernel keeps little for it."""
        ours, theirs = socket.socketpair()
        theirs.settimeout(60)
        if room:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
        given = Given(ours)
        listener = Listener(self.feed, who, Wanted(kinds=kinds), after, time.monotonic())
        self.sockets.append(theirs)
        self.given.append(given)
        self.loop.add(Peer(listener, given, given.done))
        return theirs, given

    def close(self) -> None:
        self.loop.end()
        for given in self.given:
            assert given.ended.wait(60)
        for one in self.sockets:
            one.close()


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    monkeypatch.setattr(stream_loop, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(stream_loop, "CHECK_SECONDS", 0.02)
    made = Hall(living_router())
    publish(made.router, FIRST)
    yield made
    made.close()


def read_until(peer: socket.socket, found: Callable[[bytes], bool]) -> bytes:
    """What has come once it is enough; all of it at the connection's end."""
    told = b""
    while not found(told):
        chunk = peer.recv(65536)
        if not chunk:
            break
        told += chunk
    return told


def ended(peer: socket.socket) -> bytes:
    return read_until(peer, lambda _: False)


def test_all_are_told_the_same_and_a_leaving_process_ends_all_at_once(hall: Hall) -> None:
    peers = [hall.listen()[0] for _ in range(50)]
    ring(hall.router, "e1")
    for peer in peers:
        assert b'"entry_id":"e1"' in read_until(peer, lambda told: b'"entry_id":"e1"' in told)
    ring(hall.router, "e2")
    hall.loop.end()
    told = {ended(peer)[-200:] for peer in peers}
    assert len(told) == 1
    assert told.pop().endswith(b"-2\n\n<last>")


def test_who_reads_slowly_misses_nothing_and_delays_nobody(hall: Hall) -> None:
    slow, _ = hall.listen(room=4096)
    quick, _ = hall.listen()
    for number in range(60):
        ring(hall.router, f"e{number}-")
    last = b'"entry_id":"e59-"'
    read_until(quick, lambda told: last in told)  # while nothing was read there
    told = read_until(slow, lambda told: last in told)
    assert [told.count(b'"entry_id":"e%d-"' % number) for number in range(60)] == [1] * 60


def test_who_comes_from_far_behind_is_told_everything_in_turns(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.web.event_feed.KEPT_FRAMES", 5)
    monkeypatch.setattr("router.web.listeners.MOST_FRAMES", 7)
    monkeypatch.setattr(stream_loop, "CATCH_UP_SECONDS", 0.0)  # one of them in each turn
    for number in range(60):
        ring(hall.router, f"e{number}-")
    present, _ = hall.listen()
    late = [hall.listen(after="0")[0] for _ in range(5)]
    ring(hall.router, "now-")
    for peer in (present, *late):
        told = read_until(peer, lambda told: b'"entry_id":"now-"' in told)
        expected = 0 if peer is present else 1
        assert [told.count(b'"entry_id":"e%d-"' % number) for number in range(60)] == [expected] * 60


def test_who_takes_nothing_is_cut_off(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_loop, "STUCK_SECONDS", 0.2)
    _, stuck = hall.listen(room=4096)
    quick, other = hall.listen()
    for number in range(60):
        ring(hall.router, f"e{number}-")
    assert stuck.ended.wait(60)
    read_until(quick, lambda told: b'"entry_id":"e59-"' in told)
    assert not other.ended.is_set()


def test_a_revoked_token_ends_its_streams_and_no_others(hall: Hall) -> None:
    wall, of_wall = hall.listen(WALL)
    _, of_crm = hall.listen(CRM)
    hall.is_away = True
    hall.revoked.add("t1")
    ring(hall.router, "e1")
    read_until(wall, lambda told: b"e1" in told)
    assert not of_wall.ended.is_set()  # while the database is away nobody is thrown out
    hall.is_away = False
    assert ended(wall).endswith(b"<last>")
    assert of_wall.ended.wait(60)
    assert not of_crm.ended.is_set()


def test_who_goes_is_let_go_and_the_thread_rests(hall: Hall) -> None:
    peer, given = hall.listen()
    read_until(peer, lambda told: b"retry" in told)
    peer.close()
    assert given.ended.wait(60)
    until = time.monotonic() + 60
    while any(thread.name == "event-streams" for thread in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.01)
    again, _ = hall.listen()
    ring(hall.router, "e1")
    assert b"e1" in read_until(again, lambda told: b"e1" in told)


def test_heartbeats_go_on_while_the_database_is_away(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.web.listeners.HEARTBEAT_SECONDS", 0.02)
    peer, _ = hall.listen()
    read_until(peer, lambda told: b"retry" in told)

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(hall.feed, "refresh", away)
    monkeypatch.setattr(hall.feed, "after", away)
    assert read_until(peer, lambda told: told.count(b"event: heartbeat") > 1)


def test_an_error_of_the_feed_is_logged_and_stops_nobody(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    peer, _ = hall.listen()
    read_until(peer, lambda told: b"retry" in told)
    refresh, faults = hall.feed.refresh, iter([ValueError("odd")] * 3)

    def odd() -> bool:
        if (fault := next(faults, None)) is not None:
            raise fault
        return refresh()

    monkeypatch.setattr(hall.feed, "refresh", odd)
    ring(hall.router, "e1")
    assert b"e1" in read_until(peer, lambda told: b"e1" in told)
