"""The recorded calls of the database under another bundle: what `ivr replay` shows, and what a publication may have to
pass first."""

import os
from collections.abc import Iterator
from typing import Any, Final

from router.bootstrap.process_setup import read_environment, read_settings
from router.errors import ConfigurationError
from router.files.bundle import unpack
from router.flow.model import Bundle
from router.history.comparison import Comparison
from router.history.past import Settings
from router.history.recorded import PresenceHistory, presence_of, recording
from router.history.replay import compare
from router.runtime.calls.encryption import SaltSealer
from router.runtime.ports import Store
from router.runtime.versions.version_bundles import VersionBundles

PAGE: Final = 500


def compared(store: Store, bundle: Bundle, account: str | None, since: float) -> Iterator[Comparison]:
    """Every finished call that a flow took since that instant, newest first."""
    histories: dict[str, PresenceHistory] = {}
    versions, settings = VersionBundles(store, unpack), _settings(store)
    for row in _rows(store, account, since):
        owner = row["account"]
        if owner not in histories:
            histories[owner] = presence_of(store, owner)
        if len(histories) > 1:
            raise ConfigurationError("the database has calls of several accounts: name one with --account")
        recorded = recording(store, owner, row["entry_id"])
        if recorded is not None:
            own = versions.get(owner, recorded.call.version)
            yield compare(recorded, bundle, histories[owner], own=own, settings=settings.get(owner))


def _settings(store: Store) -> dict[str, Settings]:
    """Of each account: what the course of its calls depended on, and what opens its seals."""
    try:
        read = read_settings(os.environ)  # with the salts, where they are at hand
    except ConfigurationError:
        read = read_environment(store)
    return {
        account.name: Settings(
            reorder_seconds=read.reorder_seconds,
            stale_seconds=read.stale_after_seconds,
            open_sealed=SaltSealer(account.salts).open,
        )
        for account in read.accounts
    }


def _rows(store: Store, account: str | None, since: float) -> Iterator[dict[str, Any]]:
    after = ""
    while page := store.calls(account, {"live": "0", "since": str(since)}, PAGE, after):
        yield from page
        after = page[-1]["cursor"]
