"""The database: whose it is, whether it is whole, whether it takes a write, and how fast.

Nothing is made, migrated or repaired here, and what other checks read from it they get only once it is usable.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from router.cli.doctor.checks.sqlite_file import sqlite_file
from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, skipped, wrong
from router.errors import ConfigurationError, StoreUnavailable
from router.runtime.ports import Store
from router.store import open_store

AREA: Final = "database"


def database(deployment: Deployment) -> Iterator[Diagnosis]:
    """Either kind; in every case those who wait for it learn whether it can be read."""
    try:
        if not deployment.knows_database:
            yield skipped(AREA, "not examined: which one it is cannot be read from the settings")
        elif deployment.is_sqlite:
            is_usable = yield from sqlite_file(Path(deployment.database_file))
            if is_usable:
                deployment.store.settle(_opened(deployment))
        else:
            from router.cli.doctor.checks.postgres_server import postgres_server  # psycopg takes a while to load

            is_usable = yield from postgres_server(deployment.settings.database)
            if is_usable:
                deployment.store.settle(_opened(deployment))
    except (ConfigurationError, StoreUnavailable) as error:
        yield wrong(AREA, error.message, "mend IVR_DATABASE")
    finally:
        deployment.store.settle(None)


def _opened(deployment: Deployment) -> Store:
    return open_store(deployment.settings.database, must_exist=True, migrates=False)
