"""The only place where ports meet their adapters: a running router, made of a configuration.

`open_router` is cheap and starts nothing; `Router.start` brings up the dispatcher, the timers and the watching of
files in threads of this process. Every gunicorn worker has a router of its own; they share nothing but the database.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import structlog

from router.engine.state import StartLookup
from router.errors import BundleRefused, ConfigurationError, StoreUnavailable
from router.files.bundle import alone_in, pack, read_directory, unpack
from router.files.watch import Watcher
from router.files.workshop import build_apart
from router.flow.findings import render_text
from router.runtime.background import Background
from router.runtime.by_hand import queue_by_hand
from router.runtime.calls import Calls
from router.runtime.canary import CanaryWatch
from router.runtime.digests import Digests
from router.runtime.dispatch import Dispatcher
from router.runtime.explain import view
from router.runtime.forecast import FAR_SIGHTED, Asked, wait_seconds
from router.runtime.group import GroupCommit
from router.runtime.ingest import Ingest
from router.runtime.lanes import TO_AUTHORS
from router.runtime.limits import Limits
from router.runtime.lookups import Lookups, means_of
from router.runtime.patient_log import patient_loggers
from router.runtime.ports import CommandRow, Store, Transaction
from router.runtime.publish import Publisher, VersionBundles
from router.runtime.seal import SaltSealer
from router.runtime.settings import CONFIG_VARIABLE, DEFAULT_CONFIG, AccountSettings, Settings, load_settings
from router.runtime.spooling import NO_SPOOL, Spool, Spooling
from router.runtime.timers import Timers
from router.runtime.upkeep import Upkeep
from router.sender.http import HttpSender, Peer
from router.sender.notify import NotificationSender
from router.sender.outside import HttpOutside
from router.store import open_store
from router.store.migrated import Migrated, migrate
from router.store.spool import DiskSpool

TOKEN_BYTES: Final = 9  # of chance in a call's token: unique over all hosts

PUBLISH_AGAIN_SECONDS: Final = 1.0

# What /readyz tells.
READY: Final = "ready"
DEGRADED: Final = "degraded"
NOT_READY: Final = "not ready"

log = structlog.get_logger()


class StoreClock:
    """The database's clock: on several machines it is the only one that all of them share."""

    def __init__(self, store: Store) -> None:
        self.now = store.now

    def steady(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Router:
    """Everything that one process runs. Thread-safe.

    With `starts_itself` the first accepted event starts what nobody has started: a server that does not know our hooks.
    """

    def __init__(
        self, settings: Settings, store: Store, spool: Spool = NO_SPOOL, *, starts_itself: bool = True
    ) -> None:
        self._starts_itself = starts_itself
        self.settings = settings
        self.store = store
        self.limits = {account.name: Limits.of_account(account) for account in settings.accounts}
        self._publisher = Publisher(store, pack, build_apart)
        self._bundles = VersionBundles(store, unpack)
        sealers = {account.name: SaltSealer(account.salts) for account in settings.accounts}
        self.calls = Calls(
            self._bundles,
            new_token=self._new_token,
            forecast=self._forecast,
            sealers=sealers,
            ask=self._ask,
            enabled=settings.enabled,
            reorder_seconds=settings.reorder_seconds,
            stale_seconds=settings.stale_after_seconds,
        )
        clock = StoreClock(store)
        peers = {
            account.name: Peer(
                url=account.api_url, cc_url=account.cc_url, api_key=account.api_key, salt=account.api_salt
            )
            for account in settings.accounts
        }
        means = {
            account.name: means_of(account, sealers[account.name], self.limits[account.name])
            for account in settings.accounts
        }
        sender, outside = HttpSender(peers), HttpOutside()
        group = GroupCommit(store)  # one for all: what waits in this process at the same time shares a commit
        self.dispatcher = Dispatcher(store, sender, self.limits, self.calls.apply_own, clock, group=group)
        self.notifier = Dispatcher(
            store,
            NotificationSender(means, outside),
            self.limits,
            self.calls.apply_own,
            clock,
            lane=TO_AUTHORS,
            group=group,
        )
        self.lookups = Lookups(
            store,
            means,
            self.calls.apply_own,
            outside=outside,
            queries=sender,
            clock=clock,
            wake=self.dispatcher.wake,
            with_sessions=[account.name for account in settings.accounts if _has_its_centre(account)],
        )
        ingest = Ingest(
            store,
            self.calls,
            wake=self._accepted,
            digests={account.name: Digests(account.salts) for account in settings.accounts},
            group=group,
            directory=self.lookups.directory if settings.enabled else None,
            api_urls={account.name: account.api_url for account in settings.accounts},
        )
        self.ingest = Spooling(ingest, spool, sealers, now=clock.now, spooled=lambda: self._accepted(False))
        self.timers = Timers(store, self.calls, clock, self.dispatcher.wake, group, may_fire=self.ingest.is_empty)
        self._canaries = CanaryWatch(store)
        self._watcher = Watcher([account.flows for account in settings.accounts], self.publish_new)
        self._upkeep = Upkeep(
            store,
            retention_seconds=settings.retention_seconds,
            mask_after_seconds=settings.mask_after_seconds,
            clock=time.monotonic,
            rest=time.sleep,
        )
        self._publishing = Background("publisher", self._publish_in_time)
        self._started_in = 0
        self._starting = threading.Lock()

    @staticmethod
    def _new_token() -> str:
        return f"ivr-{secrets.token_urlsafe(TOKEN_BYTES)}"

    # running

    def start(self) -> None:
        """Start the threads of this process, once; publish what was never published."""
        with self._starting:
            if self._started_in == os.getpid():
                return
            self._started_in = os.getpid()
            self.ingest.start()
            if not self.publish_new():
                self._publishing.start()
            if self.settings.watch:
                self._watcher.start()
            self._upkeep.start()
            if self.settings.enabled:
                self.dispatcher.start()
                self.notifier.start()
                self.timers.start()
                self._canaries.start()

    def stop(self) -> None:
        """Finish what is on the wire and end the threads."""
        with self._starting:
            if self._started_in != os.getpid():
                return
            if self.settings.watch:
                self._watcher.stop()
            if self.settings.enabled:
                self._canaries.stop()
                self.timers.stop()
                self.lookups.stop()
                self.dispatcher.stop()
                self.notifier.stop()
            self._publishing.stop()
            self._upkeep.stop()
            self.ingest.stop()
            self._started_in = 0

    def _accepted(self, has_commands: bool) -> None:
        if self._starts_itself and self._started_in != os.getpid():
            self.start()
        if has_commands:
            self.dispatcher.wake()

    def ready(self) -> tuple[str, str]:
        """How it stands and why: `ready`; `degraded`, when events are accepted and nothing acts on them yet; or
        `not ready`."""
        if not self.ingest.is_empty():
            return DEGRADED, "the database is or was away: events wait in the spool"
        try:
            self.store.ping()
            missing = [account.name for account in self.settings.accounts if not self._can_take(account.name)]
        except StoreUnavailable as error:
            return NOT_READY, error.message
        return (NOT_READY, f"no active bundle for {', '.join(missing)}") if missing else (READY, "ready")

    def _can_take(self, account: str) -> bool:
        version = self.store.serving(account).active
        return version is not None and self._bundles.get(account, version) is not None

    def _ask(self, account: str, entry_id: str, request: StartLookup) -> None:
        self.lookups.ask(account, entry_id, request)

    def _forecast(self, tx: Transaction, account: str, asked: Asked) -> float:
        return wait_seconds(
            asked,
            tx.candidates(account, FAR_SIGHTED),
            tx.slots(account),
            self.limits[account].lowered(tx.shares(account), tx.now),
            tx.now,
            tx.paused_until(account)[0],
            self.dispatcher.trips.pace(account),
        )

    # versions

    def _publish_in_time(self, stop: threading.Event) -> None:
        """The database was away when the process began."""
        while not stop.wait(PUBLISH_AGAIN_SECONDS) and not self.publish_new():
            pass

    def publish_new(self) -> bool:
        """Publish each account's directory if its content was never published: a restart undoes no rollback. Answers
        whether the database could be asked."""
        is_asked = True
        for account in self.settings.accounts:
            try:
                with alone_in(Path(account.flows)):  # a file's change wakes every worker, and one of them is enough
                    files = read_directory(Path(account.flows))
                    version, activated = self._publisher.publish_new(account.name, files)
            except BundleRefused as refused:
                told = render_text(refused.findings)
                log.error("the bundle was not published", account=account.name, error=refused.message, findings=told)
            except StoreUnavailable as error:
                is_asked = False
                log.error("the bundle was not published", account=account.name, error=error.message)
            except (ConfigurationError, OSError) as error:
                log.error("the bundle was not published", account=account.name, error=str(error))
            except Exception:  # whatever stands in a directory, the worker has calls to serve
                log.exception("the bundle was not published", account=account.name)
            else:
                if activated:
                    log.info("published", account=account.name, version=version)
        return is_asked

    def publish(self, account: str, directory: str, share: float = 1.0) -> dict[str, Any]:
        """Check and store a bundle and give it to new calls, or to a share of the callers; raises BundleRefused with
        every finding."""
        return self.publish_files(account, read_directory(Path(directory)), share)

    def publish_files(self, account: str, files: Mapping[str, bytes], share: float = 1.0) -> dict[str, Any]:
        """The same for files that are at hand: relative name -> content."""
        return self._version(account, self._publisher.publish(account, files, share))

    def activate(self, account: str, version: str, share: float = 1.0) -> dict[str, Any] | None:
        """Give a stored version to new calls, or to a share of the callers (also a rollback); None when there is no
        such version."""
        if all(row["version"] != version for row in self.store.versions(account)):
            return None
        self._publisher.activate(account, version, share)
        return self._version(account, version)

    def _version(self, account: str, version: str) -> dict[str, Any]:
        return next(row for row in self.store.versions(account) if row["version"] == version)

    def pause(self, account: str, paused: bool) -> None:
        """Stop or resume: while paused, events are recorded, no new call is taken and nothing is sent to the PBX."""
        with self.store.transaction() as tx:
            tx.save_serving(account, msgspec.structs.replace(tx.serving(account), paused=paused))
        self.dispatcher.wake()

    # by hand

    def command(self, entry_id: str, account: str | None, command: str, params: Mapping[str, Any]) -> CommandRow | None:
        """Queue a command for a call; None when there is no such call. Raises CommandInvalid."""
        found = self.store.call(account, entry_id)
        if found is None:
            return None
        with self.store.transaction() as tx:
            call = tx.load(found.account, entry_id=entry_id).call or found
            row = queue_by_hand(tx, call, command, params, self._new_token())
        self.dispatcher.wake()
        return row

    # explaining

    def view(self, entry_id: str, account: str | None = None) -> dict[str, Any] | None:
        """One call as one object, None when there is none."""
        return call_view(self.store, entry_id, account)


def call_view(store: Store, entry_id: str, account: str | None = None) -> dict[str, Any] | None:
    """The one object of a call, read from a store that nothing else needs to run on."""
    call = store.call(account, entry_id)
    if call is None:
        return None
    commands = store.commands(call.account, entry_id=entry_id, limit=10_000)
    return view(call, store.journal(call.account, entry_id), commands)


def _has_its_centre(account: AccountSettings) -> bool:
    """Whether PBX and contact centre are one host: whoever names another PBX may not mean the vendor's centre."""
    return urlsplit(account.api_url).netloc == urlsplit(account.cc_url).netloc


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
    return load_settings(environ, text, lambda secret: Path(secret).read_text(encoding="utf-8"), keys=keys)


def _config_path(environ: Mapping[str, str]) -> str:
    """The configuration file, "" when there is none."""
    return environ.get(CONFIG_VARIABLE, "") or (DEFAULT_CONFIG if Path(DEFAULT_CONFIG).is_file() else "")


def configure_logging() -> None:
    """Plain tracebacks: their pretty form prints the locals of every frame, and some of those are secret."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        logger_factory=patient_loggers,
    )


def open_router(environ: Mapping[str, str] | None = None) -> Router:
    """A router for this environment; nothing of it runs before `start`."""
    configure_logging()
    settings = read_settings(os.environ if environ is None else environ)
    store = open_store(settings.database, durability=settings.durability)
    store.verify()
    return Router(settings, store, DiskSpool(Path(settings.spool_directory)))


def read_environment(store: Store) -> Settings:
    """The configuration of this process's environment for commands that speak to nobody: without keys.

    Where no file names the accounts, they are those that the database knows.
    """
    settings = read_settings(os.environ, keys=False)
    known = store.accounts() if not _config_path(os.environ) else []
    if not known:
        return settings
    (default,) = settings.accounts
    return replace(settings, accounts=tuple(replace(default, name=name) for name in known))


def open_store_from_environment(*, must_exist: bool = True) -> Store:
    """The store alone, for commands that need no keys; those that only read make no database.

    Raises ConfigurationError when there is none and it must exist.
    """
    return open_store(read_settings(os.environ, keys=False).database, must_exist=must_exist)


def migrate_database(
    *, serving_role: str = "", plan_only: bool = False, tell: Callable[[str], object] = lambda _text: None
) -> Migrated:
    """Bring the configured database up to date, or say what that would do; see `store.migrated.migrate`."""
    return migrate(read_settings(os.environ, keys=False).database, serving_role, plan_only, tell)
