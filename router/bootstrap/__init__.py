"""The only place where ports meet their adapters: a running router, made of a configuration."""

from router.bootstrap.process_setup import (
    backup_database,
    migrate_database,
    open_store_from_environment,
    read_environment,
    read_settings,
    restore_database,
    survey_environment,
)
from router.bootstrap.router import Router, StoreClock, open_router
from router.bootstrap.versions import Versions

__all__ = [
    "Router",
    "StoreClock",
    "Versions",
    "backup_database",
    "migrate_database",
    "open_router",
    "open_store_from_environment",
    "read_environment",
    "read_settings",
    "restore_database",
    "survey_environment",
]
