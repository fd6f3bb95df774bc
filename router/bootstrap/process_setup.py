"""What a process finds around it: its configuration, and the database that this names."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from router.config.settings import CONFIG_VARIABLE, DEFAULT_CONFIG, SQLITE, Settings, load_settings, survey_settings
from router.errors import ConfigurationError
from router.logs import hide
from router.runtime.calls.number_masking import with_masks
from router.runtime.ports import Store
from router.store import POSTGRES, open_store
from router.store.migrate import migrate
from router.store.migrated import Migrated
from router.store.sqlite.backup import Content, backup_file
from router.store.sqlite.restore import Restored, restore_file


def read_settings(environ: Mapping[str, str], *, keys: bool = True) -> Settings:
    """The configuration of this environment and its file, on demand without `keys`; raises ConfigurationError."""
    path = _config_path(environ)
    text = None
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"{CONFIG_VARIABLE} names {path}, which cannot be read: {error.strerror}"
            ) from error
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{CONFIG_VARIABLE} names {path}, which is not UTF-8 text") from error
    with _collection_paused():
        settings = load_settings(environ, text, lambda secret: Path(secret).read_text(encoding="utf-8"), keys=keys)
    hide_secrets(settings)
    return settings


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Of garbage: of thousands of accounts hardly anything is, and looking for it again and again takes longer than
    reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def survey_environment(
    environ: Mapping[str, str], read_text: Callable[[str], str]
) -> tuple[Settings, list[ConfigurationError]]:
    """The configuration as far as it can be read, and everything that is wrong with it. `read_text` gives a file's
    text, raising OSError or ValueError."""
    path, text, unread = "", None, None
    try:
        path = _config_path(environ)
        text = read_text(path) if path else None
    except (OSError, ValueError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8 text"
        unread = ConfigurationError(f"{CONFIG_VARIABLE} names {path}, which cannot be read: {why}")
    settings, faults = survey_settings(environ, text, read_text)
    return settings, [unread, *faults] if unread is not None else faults


def _config_path(environ: Mapping[str, str]) -> str:
    """The configuration file, "" when there is none."""
    return environ.get(CONFIG_VARIABLE, "") or (DEFAULT_CONFIG if Path(DEFAULT_CONFIG).is_file() else "")


def read_environment(store: Store) -> Settings:
    """The configuration of this process's environment for commands that send nothing: without keys.

    Where no file names the accounts, they are those that the database knows.
    """
    return _with_known_accounts(read_settings(os.environ, keys=False), store)


def open_environment() -> tuple[Store, Settings]:
    """`open_store_from_environment` and `read_environment`; the configuration is read once, however large it is."""
    settings = read_settings(os.environ, keys=False)
    store = open_store(settings.database, must_exist=True)
    return store, _with_known_accounts(settings, store)


def _with_known_accounts(settings: Settings, store: Store) -> Settings:
    known = store.accounts() if not _config_path(os.environ) else []
    if not known:
        return settings
    (default,) = settings.accounts
    return replace(settings, accounts=tuple(replace(default, name=name) for name in known))


def open_store_from_environment(*, must_exist: bool = True) -> Store:
    """The store alone, for commands that need no keys. A database that is made here by mistake would hold what nobody
    serves, so it is made only on demand. Raises ConfigurationError when there is none and it must exist.
    """
    return open_store(read_settings(os.environ, keys=False).database, must_exist=must_exist)


def migrate_database(
    *, serving_role: str = "", plan_only: bool = False, tell: Callable[[str], object] = lambda _text: None
) -> Migrated:
    """Bring the configured database up to date, or say what that would do; see `store.migrate.migrate`."""
    return migrate(read_settings(os.environ, keys=False).database, serving_role, plan_only, tell)


def backup_database(file: Path) -> Content:
    """Copy the configured database to a file; ConfigurationError says how where another tool does it."""
    return backup_file(_sqlite_path("pg_dump", f"--format=custom --file={file}"), file)


def restore_database(file: Path, *, as_it_was: bool) -> Restored:
    """Put a backup into the place of the configured database, likewise."""
    path = _sqlite_path("pg_restore", f"--clean --if-exists --exit-on-error --single-transaction {file}")
    return restore_file(path, file, as_it_was=as_it_was)


def _sqlite_path(tool: str, arguments: str) -> str:
    url = read_settings(os.environ, keys=False).database
    if url.startswith(SQLITE):
        return url.removeprefix(SQLITE)
    if url.startswith(POSTGRES):
        raise ConfigurationError(
            f'PostgreSQL has a tool of its own: {tool} --dbname="$IVR_DATABASE" {arguments} (docs/restore.md)'
        )
    raise ConfigurationError(f"IVR_DATABASE={url} is kept nowhere, so there is nothing to copy")


def hide_secrets(settings: Settings) -> None:
    """Have no line of this process's log hold a secret of the configuration, nor a number where numbers are masked."""
    secrets = [settings.admin_token, *_passwords(settings.database)]
    for account in settings.accounts:
        secrets += [account.api_key, *account.salts, *account.secrets.values()]
        secrets += [secret for receiver in account.receivers for secret in receiver.secrets]
    hide(secrets, with_masks if settings.mask_after_seconds is not None else None)


def _passwords(url: str) -> list[str]:
    """The password of a database's URL, as written and as meant."""
    if "://" not in url or url.startswith(SQLITE):
        return []
    parts = urlsplit(url)
    named = [value for name, value in parse_qsl(parts.query) if name == "password"]
    return [text for password in (parts.password, *named) if password for text in (password, unquote(password))]
