"""What other processes committed: LISTEN and NOTIFY, with a poll behind them, and how the database's clock stands.

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

import structlog
from psycopg import Error

from router.store.connections import NORMAL
from router.store.postgres import sql
from router.store.postgres.connections import Attempts, Session

POLL_SECONDS: Final = 0.5
BLIND_SECONDS: Final = 0.05
GATHER_SECONDS: Final = 0.005  # commits within it are told of in one notification
CLOCK_SECONDS: Final = 5.0  # between two looks at the database's clock
PROMPT_SECONDS: Final = 0.05  # an answer that took longer says too little about the clock
RECONNECT_SECONDS: Final = 0.5

log = structlog.get_logger()


class Wakeups:
    """One process's ear and voice. Its thread starts with the first `count`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count(1)
        self._number = 0
        self._offset = time.time() - time.monotonic()  # of the database's clock, from the monotonic one
        self._clock_at = 0.0
        self._told, self._telling = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = False
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
                    self._thread = threading.Thread(target=self._run, name="postgres-wakeups", daemon=True)
                    self._thread.start()
        return self._number

    def committed(self, *, news: bool) -> None:
        """This process has; with `news` there is something to do that others may have to do."""
        self._tick()
        if news and self._thread is not None:
            self._tell()

    def close(self) -> None:
        """End the thread."""
        self._stopping = True
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
        while not self._stopping:
            try:
                # A notification is nothing that a disk has to keep.
                with Session.connect(self._url, attempts=Attempts(), durability=NORMAL) as session:
                    self._listen(session)
            except (Error, OSError) as error:
                log.warning("commits of other processes are not heard of", error=str(error).strip())
                self._wait_blindly()

    def _wait_blindly(self) -> None:
        until = time.monotonic() + RECONNECT_SECONDS
        while not self._stopping and time.monotonic() < until:
            time.sleep(BLIND_SECONDS)
            self._tick()

    def _listen(self, session: Session) -> None:
        session.execute(sql.LISTEN)
        events = select.poll()
        events.register(session.pgconn.socket, select.POLLIN)
        events.register(self._told, select.POLLIN)
        self._tick()  # for what was missed before
        while not self._stopping:
            found = {descriptor for descriptor, _event in events.poll(POLL_SECONDS * 1000)}
            if not found:
                self._tick()
            if self._told in found:
                self._notify(session)
            session.pgconn.consume_input()
            self._hear(session)
            self._read_clock(session)

    def _notify(self, session: Session) -> None:
        time.sleep(GATHER_SECONDS)
        with suppress(BlockingIOError):
            os.read(self._told, 65_536)
        session.wire.trip([(sql.NOTIFY, ("",))])

    def _hear(self, session: Session) -> None:
        while (notification := session.pgconn.notifies()) is not None:
            if notification.be_pid != session.pgconn.backend_pid:
                self._tick()

    def _read_clock(self, session: Session) -> None:
        begun = time.monotonic()
        if begun < self._clock_at:
            return
        ((at,),) = session.wire.trip([(sql.CLOCK, ())])[0]
        ended = time.monotonic()
        if ended - begun <= PROMPT_SECONDS or not self._clock_at:
            self._offset = at - (begun + ended) / 2
            self._clock_at = ended + CLOCK_SECONDS
