"""Opening a connection to a SQLite file, and bringing the file's tables up to date."""

import os
import sqlite3
from typing import Final
from urllib.parse import quote

from router.errors import DatabaseUnfit
from router.store.sqlite.checkpoints import OWN_PAGES
from router.store.sqlite.schema import MIGRATIONS, migrate, migrations_of

ONLY_CHECKPOINTS: Final = "PRAGMA synchronous = NORMAL"
"""SQLite syncs checkpoints alone: a power cut takes back the last commits, whole ones, in their order. What has to be
on disk is synced by `connections.Connections.sync`."""

RARELY_IN_A_COMMIT: Final = f"PRAGMA wal_autocheckpoint = {OWN_PAGES}"
"""What is copied before it comes to that is copied beside the commits (`checkpoints`)."""

FOREIGN_WAIT_SECONDS: Final = 1.0  # for programs that write to the file without our lock
STATEMENTS_CACHED: Final = 256
WAL_KEPT_BYTES: Final = 64 * 1024 * 1024


def open_connection(path: str, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(os.path.abspath(path))}?mode={mode}",
        uri=True,
        timeout=FOREIGN_WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS_CACHED,
    )
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
    return connection


def open_writer(path: str, mode: str) -> sqlite3.Connection:
    """The tables are up to date."""
    connection = open_connection(path, mode)
    try:
        bring_up_to_date(connection)
        connection.execute(ONLY_CHECKPOINTS)
        connection.execute(RARELY_IN_A_COMMIT)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: str) -> sqlite3.Connection:
    connection = open_connection(path, "rw")
    connection.execute("PRAGMA query_only = ON")
    return connection


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    _refuse_another_program(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    if migrations_of(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrate(connection)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _refuse_another_program(connection: sqlite3.Connection) -> None:
    """DatabaseUnfit when a file without our migrations has tables: they would stand among ours from then on."""
    if migrations_of(connection):
        return
    listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    if tables := sorted(name for (name,) in listed):
        named = ", ".join(tables[:3]) + (", …" if len(tables) > 3 else "")
        raise DatabaseUnfit(
            f"the database is another program's, with the tables {named}: IVR_DATABASE needs a file of its own"
        )
