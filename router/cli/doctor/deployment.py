"""What is examined: the configuration as far as it can be read, and the database once it is known to be usable."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from router.cli.doctor.diagnosis import Diagnosis
from router.config.settings import SQLITE, AccountSettings, Settings
from router.errors import ConfigurationError
from router.runtime.ports import Store

CLOSE_SECONDS: Final = 0.4


class UsableStore:
    """The database, for all checks that read from it: they wait until the one that examines it has found it usable."""

    def __init__(self) -> None:
        self._is_known = threading.Event()
        self._store: Store | None = None

    def settle(self, store: Store | None) -> None:
        """None: it cannot be used, and why has been told. Only the first word counts."""
        if not self._is_known.is_set():
            self._store = store
            self._is_known.set()

    def close(self) -> None:
        """The last to leave a SQLite file takes away what it made beside it; a database that hangs is left."""
        if self._store is not None:
            closing = threading.Thread(target=self._store.close, daemon=True)
            closing.start()
            closing.join(CLOSE_SECONDS)

    def get(self, until: float) -> Store | None:
        """The store; None when it cannot be used, or is not known by then."""
        return self._store if self._is_known.wait(max(0.0, until - monotonic())) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What the checks are given."""

    settings: Settings
    environ: Mapping[str, str] = field(repr=False)
    faults: tuple[ConfigurationError, ...] = ()  # of the configuration
    written: frozenset[str] = frozenset()  # variables that the configuration's file refers to
    url: str = ""  # where the webhook is reached from outside, "" for where gunicorn listens
    asks_pbx: bool = False  # whether the PBX may be asked something, with the account's key
    until: float  # on the monotonic clock: when all has to be said
    store: UsableStore = field(default_factory=UsableStore)

    @property
    def accounts(self) -> tuple[AccountSettings, ...]:
        return self.settings.accounts

    @property
    def is_sqlite(self) -> bool:
        return self.settings.database.startswith(SQLITE)

    @property
    def knows_database(self) -> bool:
        """Whether the database that the settings name is known: what they say of it could be read."""
        return not any(fault.fields.get("setting") in DATABASE_SETTINGS for fault in self.faults)

    @property
    def database_file(self) -> str:
        """Of SQLite, as it is written."""
        return self.settings.database.removeprefix(SQLITE)

    def secrets(self) -> list[str]:
        """What may be printed nowhere, longest first."""
        settings = self.settings
        found = {settings.admin_token, _password(settings.database)}
        for account in settings.accounts:
            found |= {account.api_key, account.api_salt, account.salt_old, *account.secrets.values()}
        return sorted((secret for secret in found if len(secret) >= SHORTEST_SECRET), key=len, reverse=True)


DATABASE_SETTINGS: Final = ("IVR_DATABASE", "database")
SHORTEST_SECRET: Final = 6  # what is shorter is found in any text


def _password(url: str) -> str:
    """Of a database's URL."""
    user, at, _ = url.rpartition("@")
    return user.rpartition(":")[2] if at and not url.startswith(SQLITE) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at."""

    area: str
    run: Callable[[Deployment], Iterator[Diagnosis]]
    seconds: float  # it may take, then it is given up
    hangs: str  # what it may hang in, for people
