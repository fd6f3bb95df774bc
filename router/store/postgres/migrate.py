"""Bringing a PostgreSQL database up to date while routers serve from it.

What always holds: one process migrates at a time, on any host; a migration and the row that says it was done are one
transaction, or its statements may be repeated; nobody waits behind us for a lock longer than LOCK_SECONDS, since a
statement that does not get its lock by then gives way and is tried again.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
from psycopg import Connection, sql
from psycopg.errors import DeadlockDetected, InsufficientPrivilege, LockNotAvailable, UndefinedTable

from router.errors import ConfigurationError, DatabaseUnfit, StoreUnavailable
from router.store.migrated import Migrated
from router.store.postgres.connections import complete, require_version
from router.store.postgres.remedies import plain, with_remedy
from router.store.postgres.schema import MIGRATIONS, TABLES, Migration

LOCK_SECONDS: Final = 2.0
ATTEMPTS: Final = 60
PAUSE_SECONDS: Final = 1.0
TURN_SECONDS: Final = 600.0  # how long another host's migration is waited for

_TURN: Final = "SELECT pg_try_advisory_lock(hashtextextended('ivr-router migrations', 3))"
_DONE: Final = "SELECT number, breaking FROM ivr_migrations ORDER BY number"
_NOTE: Final = "INSERT INTO ivr_migrations (number, name, breaking) VALUES (%s, %s, %s)"
_HISTORY: Final = """
    CREATE TABLE IF NOT EXISTS ivr_migrations (
        number integer PRIMARY KEY, name text NOT NULL, breaking boolean NOT NULL,
        applied timestamptz NOT NULL DEFAULT now()
    )
"""

Tell = Callable[[str], object]


def migrate(url: str, *, serving_role: str = "", plan_only: bool = False, tell: Tell = lambda _text: None) -> Migrated:
    """Do what is missing, or with `plan_only` say what that would be; then let `serving_role` read and write.

    `tell` hears of each wait. Raises StoreUnavailable when the server refuses, and ConfigurationError for a database
    that this program cannot bring up to date.
    """
    try:
        with psycopg.connect(complete(url), autocommit=True) as connection:
            return _migrate(connection, serving_role, plan_only, tell)
    except psycopg.Error as error:
        said = with_remedy(error)
        if isinstance(error, InsufficientPrivilege):
            said = f"{plain(error)}; migrating takes the URL of the role that owns the database"
        raise StoreUnavailable(f"the database was not migrated: {said}") from error


def _migrate(connection: Connection[Any], serving_role: str, plan_only: bool, tell: Tell) -> Migrated:
    require_version(connection.pgconn)
    _require_utf8(connection)
    if plan_only:
        done = applied(connection)
        if why := too_new(done):
            raise DatabaseUnfit(why)
        return Migrated(done=(), missing=_names(MIGRATIONS[len(done) :]), total=len(done))
    connection.execute(f"SET lock_timeout = {LOCK_SECONDS * 1000:.0f}")
    _take_turn(connection, tell)
    done = applied(connection)
    if why := too_new(done):
        raise DatabaseUnfit(why)
    if not done:
        connection.execute(_HISTORY)
    for number, migration in enumerate(MIGRATIONS[len(done) :], len(done) + 1):
        _patiently(lambda: _apply(connection, number, migration), migration.name, tell)  # noqa: B023 (called at once)
    if serving_role:
        _patiently(lambda: _grant(connection, serving_role), f"the rights of {serving_role}", tell)
    return Migrated(done=_names(MIGRATIONS[len(done) :]), missing=(), total=max(len(MIGRATIONS), len(done)))


def applied(connection: Connection[Any]) -> list[tuple[int, bool]]:
    """(number, whether it broke with older routers) of each migration that the database has."""
    try:
        return connection.execute(_DONE).fetchall()
    except UndefinedTable:
        return []


def too_new(done: Sequence[tuple[int, bool]]) -> str:
    """Why this program is too old for a database that has these migrations, "" when it is not. What came after ours is
    no hindrance unless it broke with older routers."""
    broken = [number for number, breaking in done if breaking and number > len(MIGRATIONS)]
    if broken:
        return (
            f"the database has {len(done)} migrations, and number {broken[-1]} needs a newer router than this, which"
            f" knows {len(MIGRATIONS)}: install the version that the other hosts run"
        )
    return ""


def unfit(done: Sequence[tuple[int, bool]]) -> str:
    """Why this program cannot serve from a database that has these migrations, "" when it can."""
    if len(done) < len(MIGRATIONS):
        return (
            f"the database has {len(done)} of {len(MIGRATIONS)} migrations: run `ivr migrate` with the URL of the role"
            " that owns its tables"
        )
    return too_new(done)


def _names(migrations: Sequence[Migration]) -> tuple[str, ...]:
    return tuple(migration.name for migration in migrations)


def _require_utf8(connection: Connection[Any]) -> None:
    (encoding,) = connection.execute("SHOW server_encoding").fetchone() or ("",)
    if encoding != "UTF8":
        raise ConfigurationError(f"the database stores texts as {encoding}; create one with ENCODING 'UTF8'")


def _take_turn(connection: Connection[Any], tell: Tell) -> None:
    until = time.monotonic() + TURN_SECONDS
    told = False
    while not (connection.execute(_TURN).fetchone() or (False,))[0]:
        if time.monotonic() > until:
            raise StoreUnavailable(f"another migration has been running for {TURN_SECONDS:g} s")
        if not told:
            tell("another migration is running; waiting for it")
            told = True
        time.sleep(PAUSE_SECONDS)


def _apply(connection: Connection[Any], number: int, migration: Migration) -> None:
    if not migration.transactional:
        for statement in migration.statements:
            connection.execute(sql.SQL(statement))
    with connection.transaction():
        if migration.transactional:
            for statement in migration.statements:
                connection.execute(sql.SQL(statement))
        connection.execute(_NOTE, (number, migration.name, migration.breaking))


def _grant(connection: Connection[Any], role: str) -> None:
    """What serving takes: rows to be read and written, nothing of the tables' making."""
    name = sql.Identifier(role)
    schema = sql.Identifier((connection.execute("SELECT current_schema()").fetchone() or ("public",))[0])
    with connection.transaction():
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, name))
        for table in TABLES:
            rights = sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}")
            connection.execute(rights.format(sql.Identifier(table), name))
        connection.execute(sql.SQL("GRANT SELECT ON ivr_migrations TO {}").format(name))


def _patiently(work: Callable[[], object], name: str, tell: Tell) -> None:
    """Give way to whoever holds a lock that is needed, and try again."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            work()
            return
        except (LockNotAvailable, DeadlockDetected):
            if attempt == ATTEMPTS:
                raise
            tell(f"{name}: the tables are busy; trying again")
            time.sleep(PAUSE_SECONDS)
