"""Which bundle each account's new calls get: published from files, activated, paused. Every change is one commit."""

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import sleep
from typing import Any, Final

import msgspec

from router.bootstrap import uploads
from router.bootstrap.drift import Drift
from router.bootstrap.origins import from_directory
from router.bootstrap.publication_log import listed, log_publication, log_unchanged
from router.bootstrap.version_facts import VersionFacts
from router.config.settings import AccountSettings
from router.errors import BundleRefused, ConfigurationError, StoreUnavailable
from router.files.bundle import alone_in, pack, read_directory, stored_files, unpack
from router.files.bundle_builder import build_apart
from router.files.part_files import MappedParts
from router.flow.account_needs import AccountFacts
from router.logs import get_logger
from router.runtime.administration.audit import PAUSE, RESUME, THE_ROUTER, Actor, note
from router.runtime.monitoring.metrics import account_marks
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Store
from router.runtime.records import Origin
from router.runtime.versions.adoption import adopt_versions, without_image
from router.runtime.versions.directory_content import DirectoryContent
from router.runtime.versions.known_versions import KnownVersions
from router.runtime.versions.publication import Lost, Publication, lost_between, note_of
from router.runtime.versions.publish import Built, Publisher, Seen
from router.runtime.versions.upload import Examined, Upload
from router.runtime.versions.version_bundles import VersionBundles
from router.runtime.versions.version_opener import give_notice

MANY_ACCOUNTS: Final = 50  # of one directory: one query for all of them is cheaper than theirs

log = get_logger()


class Versions(VersionFacts):
    """The versions of these accounts' bundles. Thread-safe; a command that only publishes needs nothing else."""

    def __init__(
        self, store: Store, accounts: Iterable[AccountSettings], builder_idle_seconds: float | None = None
    ) -> None:
        """The process that checks large bundles stays so many seconds for the next one; with None there is none that
        stays."""
        super().__init__(store, accounts, VersionBundles(store, unpack, MappedParts()))
        self._directories: dict[Path, list[str]] = {}  # -> the accounts that it belongs to
        for account in self._accounts:
            self._directories.setdefault(Path(account.flows), []).append(account.name)
        self._facts = {
            account.name: AccountFacts(profile=account.profile, values=account.values) for account in self._accounts
        }
        self._builder_idle_seconds = builder_idle_seconds
        self._publisher = Publisher(store, pack, self._build, self._facts.__getitem__, self._opened)
        self._following = threading.Lock()  # the thread that publishes at start, and the one that watches
        self._seen: dict[str, Seen] = {}  # account -> what this process last saw in its directory
        self._digests: dict[str, bytes] = {}  # the same as the files' digest, once that was published or found so
        self._drift = Drift(store, {account.name: Path(account.flows) for account in self._accounts}, pack, self._build)

    # from the accounts' directories

    def follow(self, ends: threading.Event | None = None) -> bool:
        """Publish each account's directory. The first time that is content which was never published, since a restart
        undoes no rollback; afterwards every change, also one that goes back. Answers whether the database answered;
        `ends` cuts it short."""
        ends = ends or threading.Event()
        with self._following:
            try:
                known = None if self._seen.keys() >= self._names() else KnownVersions(self._store)
                for directory in self._directories:
                    self._follow(directory, known, ends)
            except StoreUnavailable as error:
                database_away(error, "the accounts' bundles")
                return False
        return True

    def is_following(self) -> bool:
        """Whether directories are looked at in this moment."""
        return self._following.locked()

    def _names(self) -> set[str]:
        return {account.name for account in self._accounts}

    def _follow(self, directory: Path, known: KnownVersions | None, ends: threading.Event) -> None:
        """Raises StoreUnavailable."""
        started, accounts = None, self._directories[directory]
        if ends.is_set():
            return
        try:
            with alone_in(directory):  # a file's change wakes every worker, and one of them is enough
                started = self._store.now() if known is not None else 0.0
                content = DirectoryContent(read_directory(directory), pack, self._build)
                if known is not None:
                    accounts = self._without_known(accounts, content, known)
                for account in accounts:
                    if not ends.is_set():
                        self._follow_account(account, content, started)
        except StoreUnavailable:
            raise
        except Exception as error:  # the directory cannot be read
            for account in accounts:
                self._refused(account, error, started)

    def _without_known(self, accounts: list[str], content: DirectoryContent, known: KnownVersions) -> list[str]:
        """Those accounts that did not publish this content before, by what was known when the process started, or by
        what another worker has done since."""
        new = self._unknown(accounts, content, known)
        if len(new) >= MANY_ACCOUNTS:
            new = self._unknown(new, content, KnownVersions(self._store))
        return new

    def _unknown(self, accounts: list[str], content: DirectoryContent, known: KnownVersions) -> list[str]:
        first = [account for account in accounts if account not in self._seen]
        version = known.version_of(first, content.packed)
        for account in first:
            if seen := known.seen(account, version):
                self._now_seen(account, seen, content)
        return [account for account in accounts if self._digests.get(account) != content.digest]

    def _follow_account(self, account: str, content: DirectoryContent, started: float) -> None:
        try:
            changed = self._follow_alone(account, content)
        except StoreUnavailable:
            raise
        except Exception as error:  # no content of a directory may stop a worker that serves calls
            self._refused(account, error, started)
        else:
            if changed or not account_marks().is_published(account):
                account_marks().published(account, succeeded=True)

    def _refused(self, account: str, error: Exception, started: float | None) -> None:
        """The account's directory could not be published. What was refused once counts as `seen`: what stands there
        next is a change."""
        if isinstance(error, BundleRefused | ConfigurationError) and started is not None:
            self._seen.setdefault(account, Seen(version="", at=started))
        if isinstance(error, BundleRefused):
            findings = listed(error.findings, len(error.findings))
            log.error("the bundle was not published", account=account, error=error.message, findings=findings,
                      key=findings)  # fmt: skip
        elif isinstance(error, ConfigurationError | OSError):
            log.error("the bundle was not published", account=account, error=str(error), key=str(error))
        else:
            log.error("the bundle was not published", account=account, exc_info=error)
        account_marks().published(account, succeeded=False)

    def _follow_alone(self, account: str, content: DirectoryContent) -> bool:
        """Whether anything was published."""
        if self._digests.get(account) == content.digest:
            return False
        publisher, seen = self._publisher_of(content), self._seen.get(account)
        if seen is None:
            done, seen = publisher.publish_new(account, content.files)
        else:
            done, seen = publisher.follow(account, content.files, seen)
        self._now_seen(account, seen, content)
        if done.changed:
            self._tell(account, done)
            return True
        self.bundles.get(account, done.version)  # which another worker has published: opened before an event asks
        log_unchanged(account, done)
        return False

    def _publisher_of(self, content: DirectoryContent) -> Publisher:
        """One for content that is packed and built once for all accounts."""
        return Publisher(self._store, content.pack, content.build, self._facts.__getitem__, self._opened)

    def _now_seen(self, account: str, seen: Seen, content: DirectoryContent) -> None:
        self._seen[account], self._digests[account] = seen, content.digest

    def _tell(self, account: str, done: Publication) -> None:
        """To the log; what is worth a look stands beside the version, too."""
        directory = next(path for path, names in self._directories.items() if account in names)
        lost = self._noted(account, done, from_directory(directory))
        log_publication(account, done, lost)

    def _noted(self, account: str, done: Publication, origin: Origin | None) -> Lost:
        """What callers lose by a publication; noted beside the version together with its warnings and its origin."""
        before = self.bundles.get(account, done.replaced) if done.replaced else None
        lost = lost_between(before, self.bundles.get(account, done.version))
        note = note_of(done.warnings.count, lost)
        if note or origin is not None:
            with self._store.transaction() as tx:
                if note:
                    tx.note_version(account, done.version, note)
                if origin is not None:
                    tx.note_origin(account, done.version, origin)
        return lost

    def publish(
        self, account: str, directory: str, share: float = 1.0, by: Actor = THE_ROUTER, origin: Origin | None = None
    ) -> dict[str, Any]:
        """Check and store a bundle and give it to new calls, or to a share of the callers; its line of the list of
        versions, with `warnings` and what was `lost`. Raises BundleRefused with every finding."""
        origin = origin or from_directory(Path(directory))
        return self.publish_files(account, read_directory(Path(directory)), share, by, origin)

    def publish_files(
        self,
        account: str,
        files: Mapping[str, bytes],
        share: float = 1.0,
        by: Actor = THE_ROUTER,
        origin: Origin | None = None,
    ) -> dict[str, Any]:
        """The same for files that are at hand: relative name -> content."""
        return self._publish(account, DirectoryContent(files, pack, self._build), share, by, origin)

    def replay(self, archive: bytes, account: str, seconds: float) -> bytes:
        """See `web.router_parts`."""
        return uploads.replay(archive, account, self._store.now() - seconds)

    def publish_examined(
        self, account: str, examined: Examined, share: float = 1.0, by: Actor = THE_ROUTER, origin: Origin | None = None
    ) -> dict[str, Any]:
        """The same for a bundle that `examine` has checked."""
        content = DirectoryContent(examined.files, pack, self._build, examined.built)
        return self._publish(account, content, share, by, origin)

    def examine(self, upload: Upload) -> Examined:
        """Look at a bundle that was sent, in another process: see `uploads`."""
        return uploads.examine(upload, self._builder_idle_seconds)

    def _build(self, files: Mapping[str, bytes]) -> Built:
        return build_apart(files, self._builder_idle_seconds)

    def _publish(
        self, account: str, content: DirectoryContent, share: float, by: Actor, origin: Origin | None
    ) -> dict[str, Any]:
        publisher = self._publisher_of(content)
        try:
            done = publisher.publish(account, content.files, share, by)
        except BundleRefused:
            account_marks().published(account, succeeded=False)
            raise
        account_marks().published(account, succeeded=True)
        origin = origin or Origin()
        return self._row(account, done, origin if origin.author else msgspec.structs.replace(origin, author=by.name))

    def activate(self, account: str, version: str, share: float = 1.0, by: Actor = THE_ROUTER) -> dict[str, Any] | None:
        """Give a stored version to new calls, or to a share of the callers (also a rollback); None when there is no
        such version."""
        if all(row["version"] != version for row in self._store.versions(account)):
            return None
        self.bundles.get(account, version)
        return self._row(account, self._publisher.activate(account, version, share, by))

    def _opened(self, account: str, version: str, new_bytes: int) -> None:
        """A version was stored and is not active yet: it is opened here, and elsewhere meanwhile."""
        self.bundles.get(account, version)
        give_notice(new_bytes, sleep)

    def adopt(self, stop: threading.Event) -> None:
        """Have versions of an older program share their parts; what is left of it is done at the next start."""
        try:
            adopt_versions(self._store, unpack, pack, stop)
            for account, version in without_image(self._store):
                if not stop.is_set():
                    self._renew(account, version)
        except StoreUnavailable as error:
            database_away(error, "versions of an older program")

    def _renew(self, account: str, version: str) -> None:
        try:
            files = stored_files(self._store, account, version)
            if files is not None:
                self._publisher.renew(account, files)
        except (BundleRefused, ConfigurationError) as error:  # it goes on as far as it can be opened
            log.warning("the image of a version cannot be made", account=account, version=version, error=str(error))

    def _row(self, account: str, done: Publication, origin: Origin | None = None) -> dict[str, Any]:
        lost = self._noted(account, done, origin)
        row = next(row for row in self._store.versions(account) if row["version"] == done.version)
        return {**row, **done.as_object(lost)}

    def pause(self, account: str, paused: bool, by: Actor = THE_ROUTER) -> None:
        """Stop or resume: while paused, events are recorded, no new call is taken and nothing is sent to the PBX. `by`
        is who does it, so that a forgotten pause has a name; the first one stays noted."""
        with self._store.transaction() as tx:
            before = tx.serving(account)
            tx.save_serving(account, msgspec.structs.replace(before, paused=paused))
            if before.paused != paused:
                tx.note_pause(account, str(by) if paused else "")
                note(tx, by, PAUSE if paused else RESUME, account=account, paused=[before.paused, paused])

    def has_drifted(self, account: str) -> bool:
        """Whether the account's directory is neither its active version nor its canary."""
        return self._drift.has_drifted(account)
