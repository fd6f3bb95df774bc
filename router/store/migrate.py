"""Bringing a database up to date, whatever keeps it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing

from router.errors import ConfigurationError, DatabaseUnfit
from router.store import POSTGRES, SQLITE, open_store
from router.store.migrated import Migrated
from router.store.sqlite.schema import MIGRATIONS


def migrate(url: str, serving_role: str, plan_only: bool, tell: Callable[[str], object]) -> Migrated:
    """Run the migrations that are missing, or with `plan_only` only name them.

    `serving_role` (of PostgreSQL) may then read and write; `tell` hears of each wait. Raises DatabaseUnfit for a
    database that needs a newer program, and StoreUnavailable when it cannot be reached or changed.
    """
    if url.startswith(POSTGRES):
        from router.store.postgres.migrate import migrate as migrate_postgres  # loads psycopg

        return migrate_postgres(url, serving_role=serving_role, plan_only=plan_only, tell=tell)
    if serving_role:
        raise ConfigurationError("a SQLite file knows no roles: leave --grant out")
    return _migrate_file(url, plan_only)


def _migrate_file(url: str, plan_only: bool) -> Migrated:
    """Opening the file is all it takes; routers do the same at their start."""
    before = _count(url.removeprefix(SQLITE))
    if before > len(MIGRATIONS):
        raise DatabaseUnfit(
            f"the database has {before} migrations and this version knows {len(MIGRATIONS)}; run a newer router, or "
            "restore the backup of before the upgrade (docs/downgrade.md)"
        )
    names = tuple(f"number {number}" for number in range(before + 1, len(MIGRATIONS) + 1))
    if plan_only:
        return Migrated(done=(), missing=names, total=before)
    open_store(url).close()
    return Migrated(done=names, missing=(), total=len(MIGRATIONS))


def _count(path: str) -> int:
    if not os.path.exists(path):
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return count
