"""A PostgreSQL server: each host that the URL names, then the database on the primary.

A name is looked up here and not by libpq, which would keep the whole process waiting for a name server that is away.
"""

from collections.abc import Iterator
from functools import partial
from time import perf_counter, time
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from router.cli.doctor.checks.clocks import clock_difference
from router.cli.doctor.checks.replication import Primary, chosen_primary, synchronous
from router.cli.doctor.checks.sqlite_file import Usable
from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, wrong
from router.store.postgres.connections import complete, require_version
from router.store.postgres.hosts import Place, addresses_of, places_of
from router.store.postgres.migrate import applied, unfit
from router.store.postgres.pooler import refuse_shared_sessions
from router.store.postgres.remedies import plain, remedy_of

AREA: Final = "database"
CONNECT_SECONDS: Final = 2
WRITES: Final = 3
SLOW_SECONDS: Final = 0.05
CROWDED: Final = 0.9
LOOK: Final = "a router goes on once it answers: events are spooled until then"
SESSION: Final = "SET statement_timeout = '2s'; SET lock_timeout = '1s'"
TOUCH: Final = """
    INSERT INTO outbox_marks (account, lane, mark) VALUES ('', 0, 1)
    ON CONFLICT (account, lane) DO UPDATE SET mark = outbox_marks.mark + 1
"""
FACTS: Final = """
    SELECT extract(epoch FROM clock_timestamp())::float8, current_setting('fsync'), current_setting('server_encoding'),
        (SELECT count(*) FROM pg_stat_activity), current_setting('max_connections')::int
"""

Connection = psycopg.Connection[Any]


def postgres_server(url: str) -> Usable:
    """Yields what was found, and answers whether the database can be read."""
    given = conninfo_to_dict(complete(url))
    primaries: list[Primary] = []
    try:
        for place in places_of(given):
            yield from _host(given, place, primaries)
        if not primaries:
            return False
        chosen = yield from chosen_primary(primaries)
        if chosen is None:
            return False
        if len(places_of(given)) > 1:
            yield synchronous(chosen)
        return (yield from _inside(chosen.connection))
    except psycopg.Error as error:
        yield wrong(AREA, plain(error), remedy_of(error) or LOOK)
        return False
    finally:
        for primary in primaries:
            primary.connection.close()


def _host(given: dict[str, Any], place: Place, primaries: list[Primary]) -> Iterator[Diagnosis]:
    """Of one host; a connection to one that takes writes joins the `primaries`."""
    try:
        addresses = list(addresses_of(place))
    except (OSError, UnicodeError) as error:
        told = f"{place.label}: the name cannot be looked up ({getattr(error, 'strerror', None) or error})"
        yield wrong(AREA, told, "mend IVR_DATABASE or the name service")
        return
    for address in addresses:
        changed = {**address.parameters(), "target_session_attrs": "any", "connect_timeout": CONNECT_SECONDS}
        try:
            connection, is_standby = _connected(make_conninfo("", **{**given, **changed}))
        except psycopg.Error as error:
            yield wrong(AREA, f"{address.label} cannot be reached: {plain(error)}", remedy_of(error) or LOOK)
            continue
        if is_standby:
            yield fine(AREA, f"{address.label} is a standby")
            connection.close()
        else:
            yield fine(AREA, f"{address.label} answers and takes writes")
            primaries.append(Primary(label=address.label, connection=connection))


def _connected(description: str) -> tuple[Connection, bool]:
    """A connection that a router could work with, and whether it leads to a standby. Raises psycopg's errors."""
    connection: Connection = psycopg.connect(description, autocommit=True)
    try:
        require_version(connection.pgconn)
        refuse_shared_sessions(connection.pgconn, partial(psycopg.connect, description, autocommit=True))
        connection.execute(SESSION)
        row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.Error:
        connection.close()
        raise
    return connection, row is not None and bool(row[0])


def _inside(connection: Connection) -> Usable:
    yield from _facts(connection)
    if why := unfit(applied(connection)):
        yield wrong(AREA, why, "a database of another program has none: compare IVR_DATABASE")
        return False
    try:
        yield _write(connection)
    except psycopg.Error as error:
        yield wrong(AREA, f"it takes no write: {plain(error)}", remedy_of(error) or LOOK)
    return True


def _facts(connection: Connection) -> Iterator[Diagnosis]:
    """What can be said of the server itself."""
    begun = time()
    row = connection.execute(FACTS).fetchone()
    assert row is not None
    at, fsync, encoding, connections, most = row
    yield clock_difference("clock", at - (begun + time()) / 2, "the database's")
    if fsync == "off":
        yield wrong(AREA, "fsync is off on the server: a power cut loses what was acknowledged", "switch it on there")
    if encoding != "UTF8":
        yield wrong(AREA, f"it stores texts as {encoding}", "create the database with ENCODING 'UTF8'")
    if connections > CROWDED * most:
        told = f"{connections} of {most} connections are taken"
        yield dubious(AREA, told, "raise max_connections to at least 12 × workers × hosts, or lower IVR_WORKERS")


def _write(connection: Connection) -> Diagnosis:
    """A commit without the way there and back: a far server is no slow disk."""
    trips, writes = [], []
    for _ in range(WRITES):
        begun = perf_counter()
        connection.execute("SELECT 1")
        trips.append(perf_counter() - begun)
        begun = perf_counter()
        connection.execute(TOUCH)
        writes.append(perf_counter() - begun)
    took = max(0.0, min(writes) - min(trips))
    told = f"takes a write in {1000 * took:.0f} ms, and the way there takes {1000 * min(trips):.0f} ms"
    slow = "the disk of the server is slow to sync (or its standby is): every event waits for it"
    return fine(AREA, told) if took < SLOW_SECONDS else dubious(AREA, told, slow)
