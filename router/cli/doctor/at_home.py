"""What can be seen on this machine: configuration, database, bundles."""

import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from router.cli.doctor.symptoms import Patient, Symptom, dubious, fine, skipped, wrong
from router.errors import ConfigurationError, StoreUnavailable
from router.files.bundle import pack, read_directory, unpack
from router.flow.holiday_calendar import HolidayCalendar, known_until
from router.flow.image import calendars_of_bundle
from router.flow.loader import load
from router.flow.model import Bundle
from router.runtime.publish import VersionBundles
from router.runtime.settings import AccountSettings

LEAST_FREE_BYTES: Final = 512 * 1024 * 1024
SLOW_COMMIT_SECONDS: Final = 0.05
SQLITE: Final = "sqlite:///"
LOCAL: Final = ("127.0.0.1:", "[::1]:", "localhost:")
NETWORK_FILESYSTEMS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})


def configuration(patient: Patient) -> Iterator[Symptom]:
    """What is allowed by the settings and better were not."""
    area, settings = "configuration", patient.settings
    yield fine(area, f"{len(settings.accounts)} account(s): {', '.join(one.name for one in settings.accounts)}")
    if not settings.enabled:
        yield dubious(area, "IVR_ENABLED is 0: events are recorded and nothing is sent", "set it to 1 to take calls")
    is_open = not settings.listen.startswith(LOCAL)
    if not settings.admin_token and (is_open or settings.trusted_proxies):
        place = f"listens on {settings.listen}" if is_open else "stands behind proxies"
        yield dubious(
            area,
            f"the server {place} and there is no IVR_ADMIN_TOKEN",
            "console and API refuse every request; set a token, such as `ivr token` makes",
        )
    for account in settings.accounts:
        yield from _account(account)


def _account(account: AccountSettings) -> Iterator[Symptom]:
    area = f"account {account.name}"
    if account.allowed_networks is None:
        yield dubious(
            area,
            "notifications are taken from any address",
            "unset MANGO_ALLOWED_IPS to take the vendor's five addresses only",
        )
    if account.api_url.startswith("http://") and not account.api_url.startswith(("http://127.", "http://localhost")):
        yield wrong(area, f"commands go to {account.api_url} without TLS", "the vendor's address begins with https://")


def database(patient: Patient) -> Iterator[Symptom]:
    """Whether it takes a write, how fast, and how long it will."""
    area, store = "database", patient.store
    if store is None:
        return  # said already
    begun = time.perf_counter()
    try:
        store.ping()
        with store.transaction() as tx:
            tx.note_version("", "", "")  # changes nothing, and has to be kept all the same
    except StoreUnavailable as error:
        yield wrong(area, error.message, "events are answered 503, or spooled, until it takes them")
        return
    took = time.perf_counter() - begun
    told = f"takes a write in {1000 * took:.0f} ms"
    slow = "the disk is slow to sync: every event waits for it"
    yield fine(area, told) if took < SLOW_COMMIT_SECONDS else dubious(area, told, slow)
    if patient.settings.database.startswith(SQLITE):
        yield from _sqlite_file(Path(patient.settings.database.removeprefix(SQLITE)).absolute())


def _sqlite_file(path: Path) -> Iterator[Symptom]:
    area = "database"
    free = shutil.disk_usage(path.parent).free
    room = f"{free // 1024**2} MiB are free beside {path.name}"
    yield fine(area, room) if free >= LEAST_FREE_BYTES else wrong(area, room, "make room: a full disk takes no events")
    kind = _filesystem(path)
    if kind in NETWORK_FILESYSTEMS:
        yield wrong(area, f"{path} is on {kind}", "SQLite needs a local disk; several machines need PostgreSQL")
    if not os.access(path.parent, os.W_OK):
        yield wrong(area, f"{path.parent} cannot be written to", "SQLite makes files beside the database")


def _filesystem(path: Path) -> str:
    """The type of the file system that holds a path, "" when the machine does not tell."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return ""
    holding = [(len(fields[1]), fields[2]) for fields in mounts if path.is_relative_to(fields[1].replace("\\040", " "))]
    return max(holding, default=(0, ""))[1]


def bundles(patient: Patient) -> Iterator[Symptom]:
    """Of each account: the directory, and what new calls get."""
    for account in patient.settings.accounts:
        area = f"flows of {account.name}"
        yield from _directory(patient, account, area)
        if patient.store is not None:
            yield from _serving(patient, account, area)


def _directory(patient: Patient, account: AccountSettings, area: str) -> Iterator[Symptom]:
    try:
        files = read_directory(Path(account.flows))
    except ConfigurationError as error:
        yield dubious(area, error.message, "without it nothing can be published; what is active goes on")
        return
    loaded = load(files)
    errors = sum(finding.severity == "error" for finding in loaded.findings)
    warnings = len(loaded.findings) - errors
    if loaded.bundle is None:
        yield wrong(area, f"{account.flows} has {errors} error(s)", f"ivr check {account.flows}")
        return
    told = f"{account.flows}: {len(loaded.bundle.flows)} flow(s), {warnings} warning(s)"
    yield fine(area, told)
    if patient.store is not None:
        active = patient.store.serving(account.name).active
        if active not in (None, loaded.bundle.version, patient.store.version_of(account.name, pack(files))):
            yield dubious(area, f"{account.flows} is not what is active", "ivr publish, or ivr versions to see why")


def _calendars(bundle: Bundle, area: str) -> Iterator[Symptom]:
    """Up to when the holidays' calendars know days that are moved, and whether the version goes by the same days."""
    this_year = datetime.now(UTC).year
    for country, kept in calendars_of_bundle(bundle).items():
        year = known_until(country)
        told = (
            f"holidays of {country}: moved days are known up to {year}"
            if year
            else f"holidays of {country} follow rules"
        )
        if year is not None and year < this_year:
            yield dubious(area, told, "pip install --upgrade holidays, and publish a change; until then write `dates`")
        elif kept != HolidayCalendar(country).frozen():
            differ = f"{told}; the active version keeps other days"
            yield dubious(area, differ, "a version keeps its days: publish a change to take those of the library here")
        else:
            yield fine(area, told)


def _serving(patient: Patient, account: AccountSettings, area: str) -> Iterator[Symptom]:
    assert patient.store is not None
    serving = patient.store.serving(account.name)
    if serving.active is None:
        yield wrong(area, "no version is active, so no call is taken", f"ivr publish {account.flows}")
    elif (bundle := VersionBundles(patient.store, unpack).get(account.name, serving.active)) is None:
        yield wrong(area, f"the active version {serving.active} cannot be loaded", f"ivr publish {account.flows}")
    else:
        yield fine(area, f"version {serving.active} is active")
        yield from _calendars(bundle, area)
    if serving.paused:
        yield dubious(area, "the account is paused: no call is taken", "ivr resume")
    if serving.canary:
        yield skipped(area, f"version {serving.canary} is tried on {serving.share:.0%} of the callers", "ivr promote")
