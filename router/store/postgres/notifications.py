"""What other processes committed: LISTEN and NOTIFY, with a poll behind them, how the database's clock stands, and
whether the server lives.

A process that commits wakes its own threads; the others, of this host or any, need to know only in case it dies or has
no thread free. So notifications are no part of the transactions (PostgreSQL lets transactions that notify commit one
after the other, each with a sync of its own): one thread sends them, many commits in one. A notification that is lost
delays what it was about until the others' next look: POLL_SECONDS, or BLIND_SECONDS while they cannot listen.
"""

import itertools
import os
import select
import threading
import time
from contextlib import suppress
from typing import Final

from psycopg import Error, OperationalError

from router.errors import StoreUnavailable
from router.logs import get_logger
from router.runtime.monitoring.outage import database_away
from router.store import statements
from router.store.database import NORMAL
from router.store.postgres.connections import Session
from router.store.postgres.hosts import Hosts
from router.store.postgres.pipeline import ask_plainly
from router.store.statement import Row, Statement, Value

NOTIFY: Final = Statement.of("SELECT pg_notify('ivr_router', $1)")
LISTEN: Final = b"LISTEN ivr_router"
POLL_SECONDS: Final = 0.5
BLIND_SECONDS: Final = 0.05
GATHER_SECONDS: Final = 0.02  # commits within it are told of in one notification
CLOCK_SECONDS: Final = 5.0  # between two looks at the database's clock
DIFFERENCE_SECONDS: Final = 5.0  # between the two clocks, from which on it is told
BEAT_SECONDS: Final = 1.0  # between two questions whether the server lives
SILENCE_SECONDS: Final = 3.0  # without an answer: then the server, or the way to it, is gone
LOOK_SECONDS: Final = 4.0  # between two looks at the other hosts, whether one was promoted
PROMPT_SECONDS: Final = 0.05  # an answer that took longer says too little about the clock
RECONNECT_SECONDS: Final = 0.5

log = get_logger()


class Notifications:
    """One process's ear and voice. Its thread starts with the first `count`."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._numbers = itertools.count(1)
        self._number = 0
        self._offset = time.time() - time.monotonic()  # of the database's clock, from the monotonic one
        self._clock_at = 0.0  # when it is to be set again, on the monotonic clock; 0.0 before the first time
        self._clocks_differ = False
        self._beat_at = 0.0  # when the server is to be asked again whether it lives
        self._told, self._telling = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def now(self) -> float:
        """The database's clock as far as this process knows it; no round trip."""
        return time.monotonic() + self._offset

    def count(self) -> int:
        """Differs after any commit, and from time to time without one, since a notification may be lost."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="postgres-notifications", daemon=True)
                    self._thread.start()
                    if self._hosts.are_several:
                        threading.Thread(target=self._look_around, name="postgres-hosts", daemon=True).start()
        return self._number

    def committed(self, *, news: bool) -> None:
        """This process has; with `news` there is something to do that others may have to do."""
        self._tick()
        if news and self._thread is not None:
            self._tell()

    def look_again(self) -> None:
        """There was more than could be read: `count` differs."""
        self._tick()

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._tell()
            self._thread.join()

    def __del__(self) -> None:
        os.close(self._told)
        os.close(self._telling)

    def _tick(self) -> None:
        self._number = next(self._numbers)  # no number comes twice, whichever thread is faster

    def _tell(self) -> None:
        with suppress(BlockingIOError):  # then the thread has more than enough to be woken by
            os.write(self._telling, b"!")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                # A notification is nothing that a disk has to keep.
                with Session.connect(hosts=self._hosts, durability=NORMAL) as session:
                    self._listen(session)
            except (Error, OSError) as error:
                database_away(StoreUnavailable(str(error).strip()), "notifications of commits")
                self._wait_blindly()

    def _look_around(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            Session.look_around(self._hosts)

    def _wait_blindly(self) -> None:
        until = time.monotonic() + RECONNECT_SECONDS
        while not self._stopping.is_set() and time.monotonic() < until:
            time.sleep(BLIND_SECONDS)
            self._tick()

    def _listen(self, session: Session) -> None:
        ask_plainly(session.pgconn, LISTEN, time.monotonic() + SILENCE_SECONDS)
        events = select.poll()
        events.register(session.pgconn.socket, select.POLLIN)
        events.register(self._told, select.POLLIN)
        self._tick()  # for what was missed before
        while not self._stopping.is_set():
            found = {descriptor for descriptor, _event in events.poll(POLL_SECONDS * 1000)}
            if not found:
                self._tick()
            if self._told in found:
                self._notify(session)
            session.pgconn.consume_input()
            self._hear(session)
            self._read_clock(session)
            if session.is_given_up():
                raise OperationalError("its server is no longer the primary")

    def _notify(self, session: Session) -> None:
        time.sleep(GATHER_SECONDS)
        with suppress(BlockingIOError):
            os.read(self._told, 65_536)
        self._ask(session, NOTIFY, "")

    def _hear(self, session: Session) -> None:
        while (notification := session.pgconn.notifies()) is not None:
            if notification.be_pid != session.pgconn.backend_pid:
                self._tick()

    def _read_clock(self, session: Session) -> None:
        begun = time.monotonic()
        if begun < self._beat_at:
            return
        ((at,),) = self._ask(session, statements.CLOCK)
        ended = time.monotonic()
        self._beat_at = ended + BEAT_SECONDS
        if not self._clock_at or (ended - begun <= PROMPT_SECONDS and ended >= self._clock_at):
            self._offset = at - (begun + ended) / 2
            self._tell_of_difference(at - time.time())
            self._clock_at = ended + CLOCK_SECONDS

    def _tell_of_difference(self, ahead: float) -> None:
        """Once, until it is gone."""
        differs = abs(ahead) > DIFFERENCE_SECONDS
        if differs and not self._clocks_differ:
            log.warning("the clock of the database's server differs from this host's: set both by NTP; opening hours,"
                        " deadlines and the age of events go by the database's", seconds=round(ahead, 1))  # fmt: skip
        self._clocks_differ = differs

    def _ask(self, session: Session, statement: Statement, *values: Value) -> list[Row]:
        """Neither of what is asked here waits for a lock or a disk: a server that does not answer is frozen, or the
        network is gone."""
        session.channel.until = time.monotonic() + SILENCE_SECONDS
        try:
            return session.channel.trip([(statement, values)])[0]
        except OperationalError:
            if time.monotonic() >= session.channel.until:
                self._hosts.give_up(session.epoch)
            raise
