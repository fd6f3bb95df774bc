"""One process's connections to PostgreSQL.

Two pools: transactions take from one, plain reads from the other, because a transaction may have to read something on
the side (a version's content) and must not wait for a connection that only its own end can give back. What always
holds:

- a connection that the server closed is noticed before it is handed out, so a restart of the server costs only what
  was on its way at that instant;
- while the server cannot be reached, requests fail at once with its reason, and one attempt in each short while finds
  out when it can;
- no connection crosses a fork: a child has pools of its own (`per_process`);
- a transaction whose process or network is gone ends within seconds, and its locks with it.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from psycopg import Connection, Error, OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq.abc import PGconn
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from router.errors import ConfigurationError, DatabaseUnfit, StoreUnavailable
from router.store.database import FULL, NORMAL
from router.store.postgres.hosts import Hosts, HostState, places_of
from router.store.postgres.pipeline import Pipeline, Unfit, ask_plainly
from router.store.postgres.pooler import refuse_shared_sessions

WRITERS: Final = 8
"""Transactions of one process at once; more would only wait for the same processor and the same disk."""

READERS: Final = 3
WAIT_SECONDS: Final = 5.0  # for a connection that other threads hold; then the store is unavailable
GLANCE_SECONDS: Final = 0.1  # how often a waiting request looks whether connecting has failed meanwhile
RETRY_SECONDS: Final = 0.5  # between attempts to reach a server that could not be reached

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # each failure reaches whoever asked, with its reason

DEFAULTS: Final[dict[str, Any]] = {
    "application_name": "ivr-router",
    "client_encoding": "UTF8",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "target_session_attrs": "read-write",  # a router has nothing to say to a standby
    "tcp_user_timeout": 3_000,  # ms that what was sent may stay unacknowledged; a server that is only slow acknowledges
}
"""Of every connection, unless the database's URL says otherwise."""

# A host that froze or lost its network holds locks: the server ends its transaction. Sequential scans are off because
# a plan that is made while a table is small would be kept when it has grown. A statement has one plan, whatever its
# values: the one that tests/store/test_plans.py knows.
SESSION: Final = b"""
    SET statement_timeout = '10s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s';
    SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
    SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off; SET timezone = 'UTC';
    SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('idle_session_timeout', 'transaction_timeout');
"""
SYNCHRONOUS: Final[Mapping[str, bytes]] = {
    FULL: b"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    NORMAL: b"SET synchronous_commit = off",
}
"""With FULL every stronger setting of the server is left as it is."""

STANDING: Final = b"""
    SELECT system_identifier, CASE WHEN pg_is_in_recovery() THEN 0
        ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END
    FROM pg_control_system()
"""
"""A `HostState`: a file of the log begins with its timeline."""

OLDEST_VERSION: Final = 130_000
SET_UP_SECONDS: Final = 5.0  # for a new connection's first statements; a pooler may let them wait for ever


class Session(Connection[TupleRow]):
    """A connection to the primary, and what its statements go through."""

    channel: Pipeline
    epoch: int  # of `hosts`, when it was made
    hosts: Hosts

    @classmethod
    def connect(cls, conninfo: str = "", *, hosts: Hosts, durability: str, **kwargs: Any) -> "Session":  # type: ignore[override]
        """As psycopg's, to whichever of `hosts` is the primary; the pool passes them through."""
        opened = hosts.connect(lambda place: cls._to(place, hosts, durability, **kwargs))
        opened.hosts = hosts
        opened.channel = Pipeline(opened.pgconn, is_given_up=opened.is_given_up, lost=hosts.doubt)
        return opened

    @classmethod
    def look_around(cls, hosts: Hosts) -> None:
        """Whether another host has been promoted; see `Hosts`."""
        hosts.look_around(lambda place: cls._to(place, hosts, NORMAL))

    @classmethod
    def _to(cls, place: str, hosts: Hosts, durability: str, **kwargs: Any) -> "tuple[Session, HostState]":
        opened = super().connect(place, autocommit=True, prepare_threshold=None, **kwargs)
        try:
            require_version(opened.pgconn)
            if hosts.may_share_sessions(place):
                refuse_shared_sessions(opened.pgconn, lambda: Connection.connect(place, autocommit=True))
                hosts.keeps_sessions(place)
            return opened, _set_up(opened.pgconn, durability)
        except BaseException:
            opened.close()
            raise

    def is_given_up(self) -> bool:
        """Whether its server is no longer the one that is written to."""
        return self.epoch != self.hosts.epoch


def require_version(connection: PGconn) -> None:
    """Raise Unfit for a server that lacks what the statements need: pg_current_xact_id came with PostgreSQL 13."""
    if connection.server_version < OLDEST_VERSION:
        major, minor = divmod(connection.server_version, 10_000)
        raise Unfit(f"PostgreSQL {major}.{minor} is too old: install {OLDEST_VERSION // 10_000} or a newer one")


def complete(url: str) -> str:
    """The connection's whole description; ConfigurationError when the URL cannot be read."""
    try:
        given = conninfo_to_dict(url)
        places_of(given)
        _check_places({name: str(value) for name, value in given.items()})
    except (Error, ValueError):
        raise ConfigurationError(
            "IVR_DATABASE is no URL that PostgreSQL knows: write postgresql://USER@HOST/NAME; in a password write"
            " special characters as %XX"
        ) from None  # libpq repeats the URL, and a password may be in it
    return make_conninfo(**{**DEFAULTS, **given})


def _check_places(given: Mapping[str, str]) -> None:
    """A part of a password passes for a host, a port or a database where @ and / are not written as %40 and %2F: it
    would be shown in messages about the connection. Raises ValueError."""
    ports = filter(None, given.get("port", "").split(","))
    is_cut = "user" not in given and "@" in given.get("dbname", "")
    if is_cut or "@" in given.get("host", "") or not all(map(str.isdigit, ports)):
        raise ValueError


def _set_up(connection: PGconn, durability: str) -> HostState:
    """Give the session its settings; answers what the server says of itself."""
    until = time.monotonic() + SET_UP_SECONDS
    ask_plainly(connection, SESSION + SYNCHRONOUS[durability], until)
    try:
        told = ask_plainly(connection, STANDING, until)
    except OperationalError:
        raise
    except Error:  # not every service that speaks PostgreSQL's language tells its timeline
        return HostState()
    system, timeline = told.get_value(0, 0) or b"", told.get_value(0, 1) or b"0"
    return HostState(system=system.decode(), timeline=int(timeline))


class Connections:
    """The pools of one process; connected when first needed."""

    def __init__(self, hosts: Hosts, durability: str = FULL) -> None:
        self._durability = durability
        self._hosts = hosts
        self._writers = self._pool("writers", WRITERS)
        self._readers = self._pool("readers", READERS)

    def take_writer(self, patience_seconds: float | None) -> Session:
        """A connection for a transaction, which is lost when it is not over after the patience; `give_back` it."""
        until = None if patience_seconds is None else time.monotonic() + patience_seconds
        session = self._lease(self._writers, WAIT_SECONDS if patience_seconds is None else patience_seconds)
        session.channel.until = until
        return session

    def give_back(self, session: Session) -> None:
        """Another thread may have it."""
        self._writers.putconn(session)

    @contextmanager
    def reading(self) -> Iterator[Pipeline]:
        """A connection for plain reads."""
        session = self._lease(self._readers, WAIT_SECONDS)
        session.channel.until = None
        try:
            yield session.channel
        finally:
            self._readers.putconn(session)

    def close(self) -> None:
        """Close what no thread is using."""
        self._writers.close()
        self._readers.close()

    def _pool(self, name: str, size: int) -> ConnectionPool[Session]:
        return ConnectionPool(
            name=f"ivr-{name}",
            connection_class=Session,
            kwargs={"hosts": self._hosts, "durability": self._durability},
            check=_check,
            min_size=0,
            max_size=size,
            max_idle=300.0,
            reconnect_timeout=0.0,
            num_workers=1,
            open=False,
        )

    def _lease(self, pool: ConnectionPool[Session], wait_seconds: float) -> Session:
        pool.open()
        begun = time.monotonic()
        hosts = self._hosts
        if hosts.failure and begun < hosts.failed_at + RETRY_SECONDS and not _has_idle(pool):
            raise self._unreached()
        while True:
            try:
                return pool.getconn(timeout=GLANCE_SECONDS)
            except PoolTimeout:
                if hosts.failure and hosts.failed_at >= begun:
                    raise self._unreached() from None
                if time.monotonic() > begun + wait_seconds:
                    raise StoreUnavailable(f"no connection was free within {wait_seconds:g} s") from None

    def _unreached(self) -> StoreUnavailable:
        kind = DatabaseUnfit if self._hosts.is_unfit else StoreUnavailable
        return kind(f"the database cannot be reached: {self._hosts.failure}")


def _check(session: Session) -> None:
    if session.is_given_up():
        session.channel.close()  # or the pool would hand it out again
        raise OperationalError("its server is no longer the primary")
    if not session.channel.is_alive():
        session.hosts.doubt()
        raise OperationalError("the server has closed the connection")


def _has_idle(pool: ConnectionPool[Session]) -> bool:
    return bool(pool.get_stats()["pool_available"])
