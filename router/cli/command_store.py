"""The database of a command: opened when it is asked for, and closed when the command ends, however it ends.

The last to leave a SQLite file takes away what it made beside it, so a command that root has called leaves nothing
there that the router may not write.
"""

import click

from router.bootstrap import process_setup
from router.config.settings import Settings
from router.runtime.ports import Store


def command_store(*, must_exist: bool = True) -> Store:
    """The store alone, for commands that need no keys; ConfigurationError when there is none and it must exist."""
    return _closed_at_the_end(process_setup.open_store_from_environment(must_exist=must_exist))


def command_environment() -> tuple[Store, Settings]:
    """The store, and the configuration without keys."""
    store, settings = process_setup.open_environment()
    return _closed_at_the_end(store), settings


def _closed_at_the_end(store: Store) -> Store:
    click.get_current_context().call_on_close(store.close)
    return store
