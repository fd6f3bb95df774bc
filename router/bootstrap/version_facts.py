"""What can be said of the versions of a process's accounts: which can take calls, and what is in them."""

from collections.abc import Iterable, Mapping, Sequence

from router.config.settings import AccountSettings
from router.errors import StoreUnavailable
from router.flow.bundle_image import calendar_countries
from router.flow.model import Bundle
from router.flow.resources.holiday_calendar import known_until
from router.runtime.monitoring.outage import database_away
from router.runtime.ports import Store
from router.runtime.versions.version_bundles import VersionBundles


class VersionFacts:
    """Reads alone. Thread-safe."""

    def __init__(self, store: Store, accounts: Iterable[AccountSettings], bundles: VersionBundles) -> None:
        self.bundles = bundles
        self._store = store
        self._accounts = tuple(accounts)
        self._openable: set[str] = set()  # active versions that this program could open

    def are_open(self) -> bool:
        """Open each active version, so that no event has to. Answers whether the database answered."""
        try:
            self.missing()
        except StoreUnavailable as error:
            database_away(error, "the accounts' bundles")
            return False
        return True

    def missing(self) -> list[str]:
        """The accounts that can take no call: without an active bundle that this program opens."""
        active = {account: row.version for account, row in self._store.active_versions().items()}
        self._openable &= set(active.values())
        return [account.name for account in self._accounts if not self._can_take(account.name, active)]

    def paused(self) -> list[str]:
        """The accounts that `ivr pause` has stopped."""
        rows = self._store.active_versions()
        return [account.name for account in self._accounts if account.name in rows and rows[account.name].paused]

    def refused(self) -> list[str]:
        """The accounts whose keys the PBX refuses or blocks now, each with the reason.

        Only for what it answered (`strikes` is 0): a listener that is missing for a moment is asked again in seconds.
        """
        with self._store.snapshot() as reading:
            pauses = reading.pauses()
        names = {account.name for account in self._accounts}
        return [f"{name}: {pause.reason}" for name, pause in pauses.items() if name in names and not pause.strikes]

    def _can_take(self, account: str, active: Mapping[str, str]) -> bool:
        version = active.get(account, "")
        if version in self._openable:
            return True
        if not version or self.bundles.get(account, version) is None:
            return False
        self._openable.add(version)
        return True

    def bundle(self, account: str, version: str) -> Bundle | None:
        """A version, opened; None when there is none of that name, or this program cannot open it."""
        return self.bundles.get(account, version)

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
