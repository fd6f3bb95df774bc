"""Listeners whose connections the server has given to us: one thread writes to all of them.

What always holds: it never waits for one peer; what one has not taken yet is bounded, and one that takes nothing for
STUCK_SECONDS is cut off. A revoked token ends its streams within CHECK_SECONDS. When the process is to leave, each
peer is told what has happened so far, as far as it takes it at once, and all connections are closed.
"""

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.web.event_feed import Feed
from router.web.identities import Identity
from router.web.listeners import Listener

POLL_SECONDS: Final = 0.1
CHECK_SECONDS: Final = 2.0
CATCH_UP_SECONDS: Final = 0.02  # of a turn, for all who come from far behind
STUCK_SECONDS: Final = 30.0
MOST_ROUNDS: Final = 8  # of a peer before the others have their turn
READ_BYTES: Final = 4096
UNHEARD_MILLISECONDS: Final = 60_000  # a peer that is gone without a word: so long the kernel tries

log = get_logger()


class Given(Protocol):
    """A connection that the server has given to us (`serving.giving_away`)."""

    @property
    def client(self) -> socket.socket:
        """It does not block."""

    @property
    def head(self) -> bytes: ...

    @property
    def last(self) -> bytes:
        """What ends the body."""

    @property
    def done(self) -> Callable[[], object]:
        """To be called once it is of no more use."""

    def framed(self, part: bytes) -> bytes:
        """A part of the body as it goes over the wire."""


class Peer:
    """Who is at the other end of an open connection; `done` is called once when it is of no more use."""

    def __init__(self, listener: Listener, given: Given, done: Callable[[], object]) -> None:
        self.listener = listener
        self.client = given.client
        self.pending = given.head + given.framed(listener.opening)
        self.done = done
        self.took_at = time.monotonic()  # when it last took something, or had nothing to take
        self.waits = False  # the kernel has no room for more
        self.is_told = False  # it knows everything
        self._given = given
        with suppress(OSError):  # no such option on a Unix socket
            self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MILLISECONDS)

    def ask(self, now: float, wall: float) -> None:
        """What is to be sent next."""
        if not self.pending:
            self.pending = self._given.framed(self.listener.next(now, wall))
            self.is_told = not self.pending

    def part(self) -> None:
        """Nothing comes after this."""
        self.pending += self._given.framed(self.listener.closing()) + self._given.last

    def send(self) -> bool:
        """As much as the kernel takes now; whether that was anything. Raises OSError for a broken connection."""
        try:
            sent = self.client.send(self.pending)
        except (BlockingIOError, InterruptedError):
            return False
        self.pending = self.pending[sent:]
        return sent > 0


class StreamLoop:
    """`holds` says whether who was let in would be let in still."""

    def __init__(self, feed: Feed, holds: Callable[[Identity], bool]) -> None:
        self._feed = feed
        self._holds = holds
        self._lock = threading.Lock()
        self._new: deque[Peer] = deque()
        self._wakers: tuple[socket.socket, socket.socket] | None = None  # while the thread runs
        self._leaving = False

    def add(self, peer: Peer) -> None:
        """From now on the loop's. Its thread runs while there are any."""
        with self._lock:
            self._new.append(peer)
            if self._wakers is None:
                self._wakers = socket.socketpair()
                for one in self._wakers:
                    one.setblocking(False)
                threading.Thread(target=self._run, args=self._wakers, name="event-streams", daemon=True).start()
        self._wake()

    def end(self) -> None:
        """Close all of them. Returns at once."""
        self._leaving = True
        self._wake()

    def _wake(self) -> None:
        with self._lock, suppress(BlockingIOError):
            if self._wakers is not None:
                self._wakers[1].send(b"!")

    def _run(self, woken: socket.socket, waker: socket.socket) -> None:
        with woken, waker, selectors.DefaultSelector() as selector:
            selector.register(woken, selectors.EVENT_READ)
            turns = _Turns(selector, self._feed, self._holds)
            turns.run(lambda: self._take_new(woken), self._may_rest, lambda: self._leaving)

    def _take_new(self, woken: socket.socket) -> list[Peer]:
        with suppress(BlockingIOError):
            while woken.recv(READ_BYTES):
                pass
        with self._lock:
            taken = list(self._new)
            self._new.clear()
        return taken

    def _may_rest(self) -> bool:
        """Whether the thread may end, since there is nobody: then the next one starts it again."""
        with self._lock:
            if self._new:
                return False
            self._wakers = None
            return True


class _Turns:
    """What the thread does, turn by turn."""

    def __init__(self, selector: selectors.BaseSelector, feed: Feed, holds: Callable[[Identity], bool]) -> None:
        self._selector = selector
        self._feed = feed
        self._holds = holds
        self._peers: dict[Peer, None] = {}
        self._checked_at = time.monotonic()
        self._has_more = False

    def run(
        self, take_new: Callable[[], list[Peer]], may_rest: Callable[[], bool], is_leaving: Callable[[], bool]
    ) -> None:
        while True:
            for peer in take_new():
                self._peers[peer] = None
                self._selector.register(peer.client, selectors.EVENT_READ, peer)
            leaving = is_leaving()
            self._turn()
            if leaving:
                for peer in tuple(self._peers):
                    self._part(peer)
            if not self._peers and may_rest():
                return
            if not leaving:
                self._wait()

    def _turn(self) -> None:
        now, wall = time.monotonic(), time.time()
        try:
            self._has_more = self._feed.refresh()
        except StoreUnavailable:  # heartbeats go on
            self._has_more = False
        except Exception:
            self._has_more = False
            log.exception("events could not be read for those who listen")
        if now - self._checked_at >= CHECK_SECONDS:
            self._checked_at = now
            self._check()
        behind: list[Peer] = []
        for peer in tuple(self._peers):
            if peer.listener.is_behind and not peer.pending:
                behind.append(peer)
            else:
                self._serve(peer, now, wall)
        self._catch_up(behind, wall)

    def _catch_up(self, behind: list[Peer], wall: float) -> None:
        """Those who come from far behind take turns, so that the others are told at once what happens now."""
        until = time.monotonic() + CATCH_UP_SECONDS
        for turn, peer in enumerate(behind):
            now = time.monotonic()
            self._has_more = True
            if turn and now > until:
                return
            self._serve(peer, now, wall)
            if peer in self._peers:
                self._peers[peer] = self._peers.pop(peer)  # the last one of the next turn

    def _wait(self) -> None:
        for key, events in self._selector.select(0.0 if self._has_more else POLL_SECONDS):
            peer = key.data
            if peer is not None and events & selectors.EVENT_READ:
                self._hear(peer)

    def _hear(self, peer: Peer) -> None:
        """A listener has nothing more to say; what it says all the same is dropped."""
        try:
            is_over = not peer.client.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            is_over = True
        if is_over:
            self._close(peer)

    def _serve(self, peer: Peer, now: float, wall: float) -> None:
        """As much as it takes now."""
        try:
            for _ in range(MOST_ROUNDS):
                peer.ask(now, wall)
                if not peer.pending or peer.send():
                    peer.took_at = now
                if peer.pending or peer.is_told or peer.listener.is_behind:
                    break
            else:
                self._has_more = True
        except OSError:
            self._close(peer)
            return
        except Exception:  # of what is told to one of them; the others go on
            log.exception("a listener could not be told what happened")
            self._close(peer)
            return
        if now - peer.took_at > STUCK_SECONDS:
            self._close(peer)
        elif peer.waits != bool(peer.pending):
            peer.waits = bool(peer.pending)
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.waits else 0)
            self._selector.modify(peer.client, wanted, peer)

    def _check(self) -> None:
        """End the streams whose token was revoked or has expired."""
        try:
            gone = {who for who in {peer.listener.who for peer in self._peers} if not self._holds(who)}
        except StoreUnavailable:
            return
        for peer in [one for one in self._peers if one.listener.who in gone]:
            self._part(peer)

    def _part(self, peer: Peer) -> None:
        """The end, as far as the peer takes it at once."""
        peer.part()
        with suppress(OSError):
            peer.send()
        self._close(peer)

    def _close(self, peer: Peer) -> None:
        if peer not in self._peers:
            return
        del self._peers[peer]
        with suppress(KeyError, ValueError, OSError):
            self._selector.unregister(peer.client)
        with suppress(OSError):
            peer.client.shutdown(socket.SHUT_RDWR)
        peer.done()
