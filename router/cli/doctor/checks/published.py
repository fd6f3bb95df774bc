"""The flows: of each account the directory, what new calls get, and whether both are the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import monotonic, time
from typing import Final

from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, skipped, wrong
from router.cli.doctor.each_account import each_account
from router.config.settings import AccountSettings
from router.errors import BundleRefused, ConfigurationError, StoreUnavailable
from router.files.bundle import pack, read_directory, unpack
from router.flow.bundle_image import calendars_of_bundle
from router.flow.loader import load
from router.flow.model import Bundle
from router.flow.resources.holiday_calendar import HolidayCalendar, known_until
from router.runtime.ports import Store
from router.runtime.versions.version_bundles import VersionBundles

WAIT_SECONDS: Final = 6.5  # for the database
FORGOTTEN_HOURS: Final = 1.0
LATE_IN_THE_YEAR: Final = 11  # the month by which the next year's days should be known


def bundles(deployment: Deployment) -> Iterator[Diagnosis]:
    """Of each account; without a database what can be seen in the directory."""
    store = deployment.store.get(min(deployment.until - 1.0, monotonic() + WAIT_SECONDS))
    directories = Directories()
    opened = VersionBundles(store, unpack) if store is not None else None

    def examine(account: AccountSettings) -> Iterator[Diagnosis]:
        area = f"flows of {account.name}"
        try:
            yield from _directory(directories, store, account, area)
            if store is not None and opened is not None:
                yield from _serving(store, opened, account, area)
        except StoreUnavailable as error:
            yield wrong(area, error.message, "see the lines of the database")

    yield from each_account(
        deployment.accounts,
        examine,
        area="flows",
        asked="directory and version",
        hangs="their directory hangs, or holds far more than a bundle",
        until=deployment.until - 0.4,
    )


class Directories:
    """What stands in each directory, read once: accounts may share one."""

    def __init__(self) -> None:
        self.get = cache(self._read)

    @staticmethod
    def _read(path: str) -> tuple[str, int, int, int, bytes]:
        """(version or "", flows, errors, warnings, the files packed). Raises ConfigurationError."""
        files = read_directory(Path(path))
        loaded = load(files)
        errors = sum(finding.severity == "error" for finding in loaded.findings)
        warnings = len(loaded.findings) - errors
        bundle = loaded.bundle
        version, flows = (bundle.version, len(bundle.flows)) if bundle is not None else ("", 0)
        return version, flows, errors, warnings, pack(files)


def _directory(
    directories: Directories, store: Store | None, account: AccountSettings, area: str
) -> Iterator[Diagnosis]:
    try:
        version, flows, errors, warnings, packed = directories.get(account.flows)
    except (BundleRefused, ConfigurationError) as error:
        yield dubious(area, error.message, "without it nothing can be published; what is active goes on")
        return
    except (OSError, ValueError) as error:
        yield dubious(area, f"{account.flows} cannot be read: {error}", "mend IVR_FLOWS, or owner and mode")
        return
    if not version:
        yield wrong(area, f"{account.flows} has {errors} error(s)", f"ivr check {account.flows}")
        return
    yield fine(area, f"{account.flows}: {flows} flow(s), {warnings} warning(s)")
    if store is not None:
        active = store.serving(account.name).active
        if active not in (None, version, store.version_of(account.name, packed)):
            yield dubious(area, f"{account.flows} is not what is active", "ivr publish, or ivr versions to see why")


def _serving(store: Store, opened: VersionBundles, account: AccountSettings, area: str) -> Iterator[Diagnosis]:
    serving = store.serving(account.name)
    if serving.active is None:
        yield wrong(area, "no version is active, so no call is taken", f"ivr publish {account.flows}")
    elif (bundle := opened.get(account.name, serving.active)) is None:
        yield wrong(area, f"the active version {serving.active} cannot be loaded", f"ivr publish {account.flows}")
    else:
        yield fine(area, f"version {serving.active} is active")
        yield from _calendars(bundle, area)
    if serving.paused:
        activation = store.active_versions()[account.name]
        yield _pause(area, activation.paused_at, activation.paused_by)
    if serving.canary:
        yield skipped(area, f"version {serving.canary} is tried on {serving.share:.0%} of the callers", "ivr promote")


def _pause(area: str, since: float, by: str) -> Diagnosis:
    """A pause of more than an hour was probably forgotten."""
    if not since:
        return dubious(area, "the account is paused: no call is taken", "ivr resume")
    at = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d %H:%M UTC")
    hours = (time() - since) / 3600
    told = f"the account is paused since {at} ({by}): no call is taken"
    if hours < FORGOTTEN_HOURS:
        return dubious(area, told, "ivr resume")
    return wrong(area, f"{told}, for {hours:.0f} h now", "was it forgotten? ivr resume")


_frozen = cache(lambda country: HolidayCalendar(country).frozen())
_known_until = cache(known_until)


def _calendars(bundle: Bundle, area: str) -> Iterator[Diagnosis]:
    """Up to when the holidays' calendars know days that are moved, and whether the version goes by the same days."""
    today = datetime.now(UTC)
    for country, kept in calendars_of_bundle(bundle).items():
        year = _known_until(country)
        told = (
            f"holidays of {country}: moved days are known up to {year}"
            if year
            else f"holidays of {country} follow rules"
        )
        if year is not None and year < today.year:
            yield dubious(area, told, "pip install --upgrade holidays, and publish a change; until then write `dates`")
        elif kept != _frozen(country):
            differ = f"{told}; the active version keeps other days"
            yield dubious(area, differ, "a version keeps its days: publish a change to take those of the library here")
        elif year == today.year and today.month >= LATE_IN_THE_YEAR:
            remedy = f"pip install --upgrade holidays once {year + 1} is decreed, and publish a change"
            yield dubious(area, f"{told}, and {year + 1} is near", remedy)
        else:
            yield fine(area, told)
