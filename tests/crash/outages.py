"""What takes the database away while processes are killed: each for as long as its block lasts."""

import resource
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

import psycopg

from router.store.postgres.migrate import migrate
from tests.acceptance.processes import wait_for
from tests.postgres_server import OWNER, SERVING, Server, server, standby_of, url_of

DATABASE: Final = "crash"
ROOM: Final = 4096  # of each file; database and spool have more already, or soon
UNLIMITED: Final = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
CANCEL_SECONDS: Final = 0.02  # between two rounds of cancelling all that runs


class Processes(Protocol):
    """The router, as an outage sees it."""

    def processes(self) -> list[int]:
        """The master and its workers."""


Outage = Callable[[Processes], AbstractContextManager[None]]


class FileTroubles:
    """Of a SQLite file: a stranger holds it, its disk is full, it may not be written to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.all: tuple[Outage, ...] = (self.held, self.full, self.read_only)

    @contextmanager
    def held(self, _router: Processes) -> Iterator[None]:
        """A stranger writes, and does not come to an end."""
        stranger = sqlite3.connect(self._path, isolation_level=None, timeout=10)
        stranger.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            stranger.execute("ROLLBACK")
            stranger.close()

    @contextmanager
    def full(self, router: Processes) -> Iterator[None]:
        """No file of the router's grows any more: database, spool and log alike."""
        _limit(router, (ROOM, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            _limit(router, UNLIMITED)

    @contextmanager
    def read_only(self, _router: Processes) -> Iterator[None]:
        """Whoever opens it now may only read it, `-wal` and `-shm` included."""
        files = [path for path in self._path.parent.glob(f"{self._path.name}*") if path.is_file()]
        for path in files:
            path.chmod(0o400)
        try:
            yield
        finally:
            for path in files:
                with suppress(FileNotFoundError):
                    path.chmod(0o600)


def _limit(router: Processes, size: tuple[int, int]) -> None:
    for pid in router.processes():
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, size)


class Cluster:
    """A primary and its synchronous standby, and what may happen to them. After each failover the old primary is made
    anew, as the standby of the new one, so that the URL stays as it is."""

    def __init__(self, primary: Server, standby: Server) -> None:
        self.url = url_of([primary, standby], DATABASE)
        self.primary, self.standby = primary, standby
        self.all: tuple[Outage, ...] = (
            *(self.dies, self.failover, self.refuses),
            *(self.cancels, self.freezes, self.waits_for_its_standby),
        )
        self._replicate()

    def _replicate(self) -> None:
        self._set("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        wait_for("replication", self._is_synchronous)

    def _set(self, statement: str) -> None:
        self.primary.execute(statement)
        self.primary.execute("SELECT pg_reload_conf()")

    def _is_synchronous(self) -> bool:
        with psycopg.connect(self.primary.url()) as connection:
            return connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall() == [("sync",)]

    @contextmanager
    def dies(self, _router: Processes) -> Iterator[None]:
        """Without closing anything; then it recovers."""
        self.primary.stop(signal.SIGQUIT)
        try:
            yield
        finally:
            self.primary.start()

    @contextmanager
    def failover(self, _router: Processes) -> Iterator[None]:
        """The primary's power is cut, and the standby is promoted after a while."""
        self.primary.kill()
        try:
            yield
        finally:
            self.standby.promote()
            self.primary, self.standby = self.standby, self.primary
            self._set("ALTER SYSTEM RESET synchronous_standby_names")
            self.standby.become_standby_of(self.primary)
            self._replicate()

    @contextmanager
    def refuses(self, _router: Processes) -> Iterator[None]:
        """No connection is left, and none can be made."""
        self.primary.execute(f"ALTER ROLE {SERVING} CONNECTION LIMIT 0")
        self.primary.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{SERVING}'")
        try:
            yield
        finally:
            self.primary.execute(f"ALTER ROLE {SERVING} CONNECTION LIMIT -1")

    @contextmanager
    def cancels(self, _router: Processes) -> Iterator[None]:
        """Whatever runs is cancelled."""
        over = threading.Event()
        each = f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = '{SERVING}' AND state = 'active'"

        def cancel() -> None:
            with psycopg.connect(self.primary.url(), autocommit=True) as connection:
                while not over.wait(CANCEL_SECONDS):
                    connection.execute(each.encode())

        thread = threading.Thread(target=cancel)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @contextmanager
    def waits_for_its_standby(self, _router: Processes) -> Iterator[None]:
        """No commit is confirmed, though each is on the primary's disk."""
        self.standby.stop()
        try:
            yield
        finally:
            self.standby.start()
            wait_for("replication", self._is_synchronous)

    @contextmanager
    def freezes(self, _router: Processes) -> Iterator[None]:
        """Its connections stay open, and nothing answers on them."""
        self.primary.freeze()
        try:
            yield
        finally:
            self.primary.thaw()


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A migrated database on two servers, for as long as the block lasts."""
    with server(programs) as primary:
        primary.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        migrate(primary.url(DATABASE, OWNER), serving_role=SERVING)
        with standby_of(primary, programs) as standby:
            yield Cluster(primary, standby)
