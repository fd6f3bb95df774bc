"""A router for this process's environment: its settings, its store, and what it shares with the machine's workers."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from router.bootstrap.process_setup import read_settings
from router.bootstrap.router import Router
from router.logs import configure, get_logger
from router.runtime.monitoring.account_marks import Numbers, count_of, file_name
from router.runtime.monitoring.heartbeats import COUNT, Heartbeats
from router.store import open_store
from router.store.shared_memory import SharedNumbers
from router.store.spool import DiskSpool
from router.tracing import open_exporter

log = get_logger()


def open_router(environ: Mapping[str, str] | None = None) -> Router:
    """A router for this environment."""
    environ = os.environ if environ is None else environ
    configure(environ)
    settings = read_settings(environ)
    store = open_store(settings.database, durability=settings.durability)
    store.verify()
    directory = environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    spool = DiskSpool(Path(settings.spool_directory))
    share = partial(_shared_marks, directory)
    heartbeats, exporter = _shared_heartbeats(directory), open_exporter(environ)
    return Router(settings, store, spool, heartbeats=heartbeats, share=share, exporter=exporter)


def _shared_heartbeats(directory: str) -> Heartbeats:
    """In the directory where the workers of a server add up their metrics, too; without one each has its own."""
    if not directory:
        return Heartbeats()
    try:
        return Heartbeats(SharedNumbers(Path(directory) / "heartbeats", COUNT))
    except OSError as error:
        log.warning("this worker tells only of its own dispatcher and timers", directory=directory, error=str(error))
        return Heartbeats()


def _shared_marks(directory: str, accounts: Sequence[str]) -> Numbers | None:
    """The same for the marks of accounts."""
    try:
        return SharedNumbers(Path(directory) / file_name(accounts), count_of(accounts)) if directory else None
    except OSError as error:
        log.warning("this worker tells only of its own events", directory=directory, error=str(error))
        return None
