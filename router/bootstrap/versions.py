"""Which bundle each account's new calls get: published from files, activated, paused. Every change is one commit."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from router.bootstrap.drift import Drift
from router.config.settings import AccountSettings
from router.errors import BundleRefused, ConfigurationError, StoreUnavailable
from router.files.bundle import alone_in, pack, read_directory, unpack
from router.files.bundle_builder import build_apart
from router.flow.bundle_image import calendar_countries
from router.flow.finding_output import render_text
from router.flow.findings import Finding
from router.flow.resources.holiday_calendar import known_until
from router.runtime.monitoring.metrics import account_marks
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Store
from router.runtime.versions.publication import MOST_SHOWN, Lost, Publication, lost_between, note_of
from router.runtime.versions.publish import Publisher, Seen, VersionBundles

log = structlog.get_logger()


class Versions:
    """The versions of these accounts' bundles. Thread-safe; a command that only publishes needs nothing else."""

    def __init__(self, store: Store, accounts: Iterable[AccountSettings]) -> None:
        self._store = store
        self._accounts = tuple(accounts)
        self._publisher = Publisher(store, pack, build_apart)
        self._seen: dict[str, Seen] = {}  # account -> what this process last saw in its directory
        self.bundles = VersionBundles(store, unpack)
        self._drift = Drift(store, {account.name: Path(account.flows) for account in self._accounts}, pack, build_apart)

    def follow(self) -> bool:
        """Publish each account's directory. The first time that is content which was never published, since a restart
        undoes no rollback; afterwards every change, also one that goes back. Answers whether the database answered."""
        asked = [self._follow(account) for account in self._accounts]
        return all(asked)

    def _follow(self, account: AccountSettings) -> bool:
        directory, marks = Path(account.flows), account_marks()
        try:
            with alone_in(directory):  # a file's change wakes every worker, and one of them is enough
                changed = self._follow_alone(account.name, directory)
        except StoreUnavailable as error:
            database_away(error, f"the bundle of account {account.name}")
            return False
        except BundleRefused as refused:
            findings = _logged(refused.findings, len(refused.findings))
            log.error("the bundle was not published", account=account.name, error=refused.message, findings=findings,
                      key=findings)  # fmt: skip
        except (ConfigurationError, OSError) as error:
            log.error("the bundle was not published", account=account.name, error=str(error), key=str(error))
        except Exception:  # no content of a directory may stop a worker that serves calls
            log.exception("the bundle was not published", account=account.name)
        else:
            if changed or not marks.is_published(account.name):
                marks.published(account.name, succeeded=True)
            return True
        marks.published(account.name, succeeded=False)
        return True

    def _follow_alone(self, account: str, directory: Path) -> bool:
        """Whether anything was published."""
        seen = self._seen.get(account)
        if seen is None:
            started = self._store.now()
            try:
                done, self._seen[account] = self._publisher.publish_new(account, read_directory(directory))
            except (BundleRefused, ConfigurationError):
                self._seen[account] = Seen(version="", at=started)
                raise
        else:
            done, self._seen[account] = self._publisher.follow(account, read_directory(directory), seen)
        if done.changed:
            self._tell(account, done)
        elif done.followed:
            log.info("the directory has what was published before the active version; nothing was changed",
                     account=account, version=done.version)  # fmt: skip
        return done.changed

    def _tell(self, account: str, done: Publication) -> None:
        """To the log; what is worth a look stands beside the version, too."""
        lost = self._noted(account, done)
        if done.put_back:
            log.warning("rolled back: the directory was changed back to what had been published before",
                        account=account, version=done.version, replaced=done.replaced)  # fmt: skip
        else:
            log.info("published", account=account, version=done.version, replaced=done.replaced)
        if done.warnings.count:
            log.warning("the published bundle has warnings", account=account,
                        version=done.version, warnings=done.warnings.count,
                        findings=_logged(done.warnings.first, done.warnings.count))  # fmt: skip
        if lost:
            log.warning("the publication takes something away: " + "; ".join(lost.sentences()),
                        account=account, version=done.version, lost=lost.as_object())  # fmt: skip

    def _noted(self, account: str, done: Publication) -> Lost:
        """What callers lose by a publication; noted beside the version together with its warnings."""
        before = self.bundles.get(account, done.replaced) if done.replaced else None
        lost = lost_between(before, self.bundles.get(account, done.version))
        note = note_of(done.warnings.count, lost)
        if note:
            with self._store.transaction() as tx:
                tx.note_version(account, done.version, note)
        return lost

    def publish(self, account: str, directory: str, share: float = 1.0) -> dict[str, Any]:
        """Check and store a bundle and give it to new calls, or to a share of the callers; its line of the list of
        versions, with `warnings` and what was `lost`. Raises BundleRefused with every finding."""
        return self.publish_files(account, read_directory(Path(directory)), share)

    def publish_files(self, account: str, files: Mapping[str, bytes], share: float = 1.0) -> dict[str, Any]:
        """The same for files that are at hand: relative name -> content."""
        try:
            done = self._publisher.publish(account, files, share)
        except BundleRefused:
            account_marks().published(account, succeeded=False)
            raise
        account_marks().published(account, succeeded=True)
        return self._row(account, done)

    def activate(self, account: str, version: str, share: float = 1.0) -> dict[str, Any] | None:
        """Give a stored version to new calls, or to a share of the callers (also a rollback); None when there is no
        such version."""
        if all(row["version"] != version for row in self._store.versions(account)):
            return None
        return self._row(account, self._publisher.activate(account, version, share))

    def _row(self, account: str, done: Publication) -> dict[str, Any]:
        lost = self._noted(account, done)
        row = next(row for row in self._store.versions(account) if row["version"] == done.version)
        return {**row, **done.as_object(lost)}

    def pause(self, account: str, paused: bool, by: str = "somebody") -> None:
        """Stop or resume: while paused, events are recorded, no new call is taken and nothing is sent to the PBX. `by`
        is who does it, so that a forgotten pause has a name; the first one stays noted."""
        with self._store.transaction() as tx:
            before = tx.serving(account)
            tx.save_serving(account, msgspec.structs.replace(before, paused=paused))
            if before.paused != paused:
                tx.note_pause(account, by if paused else "")

    def missing(self) -> list[str]:
        """The accounts that can take no call: without an active bundle that this program opens."""
        return [account.name for account in self._accounts if not self._can_take(account.name)]

    def paused(self) -> list[str]:
        """The accounts that `ivr pause` has stopped."""
        return [account.name for account in self._accounts if self._store.serving(account.name).paused]

    def _can_take(self, account: str) -> bool:
        version = self._store.serving(account).active
        return version is not None and self.bundles.get(account, version) is not None

    # for the metrics

    def flows(self, account: str, version: str) -> Sequence[str]:
        """The flows of a version by name; none of one that cannot be opened."""
        bundle = self.bundles.get(account, version)
        return sorted(bundle.flows) if bundle is not None else ()

    def calendar_years(self, account: str, version: str) -> Mapping[str, int]:
        """Country -> the last year of which the holidays' calendars of a version know moved days, of those countries
        that move any."""
        bundle = self.bundles.get(account, version)
        years = {country: known_until(country) for country in calendar_countries(bundle)} if bundle is not None else {}
        return {country: year for country, year in years.items() if year is not None}

    def has_drifted(self, account: str) -> bool:
        """Whether the account's directory is neither its active version nor its canary."""
        return self._drift.has_drifted(account)


def _logged(findings: Sequence[Finding], count: int) -> str:
    """The first findings as text, and how many more there are."""
    more = count - MOST_SHOWN
    return render_text(findings[:MOST_SHOWN]) + (f"and {more} more: `ivr check` shows them\n" if more > 0 else "")
