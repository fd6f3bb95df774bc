"""Where calls, commands, versions and the journal are kept: adapters of `runtime.ports.Store`, chosen by a URL."""

import os
import time
from collections.abc import Callable
from typing import Final

from router.errors import ConfigurationError
from router.runtime.ports import Store
from router.store.database import FULL
from router.store.repository import Repository
from router.store.sqlite.database import SqliteDatabase
from router.store.sqlite.memory import MemoryConnections

SQLITE: Final = "sqlite:///"
MEMORY: Final = "memory:"
POSTGRES: Final = ("postgresql://", "postgres://")


def open_store(
    url: str,
    now: Callable[[], float] | None = None,
    *,
    must_exist: bool = False,
    migrates: bool = True,
    durability: str = FULL,
) -> Store:
    """The store behind `url`: `sqlite:///ivr.db` (relative), `sqlite:////var/lib/ivr.db` (absolute),
    `postgresql://USER@HOST/NAME` or `memory:`. `now` replaces its clock, for tests.

    With `durability` FULL a commit is on the disk; with NORMAL it survives every process, but the last ones not a power
    cut.

    A SQLite file is made, unless it `must_exist`, and brought up to date when needed; a PostgreSQL database is as
    `ivr migrate` left it, and need not even be reachable yet. Who only reads need not migrate (`migrates`). Raises
    ConfigurationError for a URL that is of no use, and StoreUnavailable when the file cannot be opened.
    """
    if url.startswith(POSTGRES):
        from router.store.postgres.database import PostgresDatabase  # psycopg loads slowly: only where it is used

        return Repository(PostgresDatabase(url, now, durability))
    now = now or time.time
    if url == MEMORY:
        return Repository(SqliteDatabase(MemoryConnections(), now))
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        if must_exist and not os.path.exists(url.removeprefix(SQLITE)):
            raise ConfigurationError(
                f"there is no database {url.removeprefix(SQLITE)}: IVR_DATABASE says where it is. A router that starts,"
                " `ivr migrate` and `ivr publish --create` make one"
            )
        return Repository(SqliteDatabase.at(url.removeprefix(SQLITE), now, durability, migrates=migrates))
    raise ConfigurationError(
        "IVR_DATABASE is no database that this version knows: write sqlite:///ivr.db, sqlite:////path for an absolute"
        " path, or postgresql://USER@HOST/NAME"
    )
