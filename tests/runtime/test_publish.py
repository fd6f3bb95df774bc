"""What publishing promises: whole or not at all, and a restart undoes no rollback."""

from collections.abc import Mapping

import pytest

from router.errors import BundleRefused, StoreUnavailable
from router.files.bundle import pack, unpack
from router.flow.bundle_image import open_image
from router.flow.resources import holiday_calendar
from router.flow.resources.holiday_calendar import YearOfDays
from router.runtime.versions import version_bundles
from router.runtime.versions.publish import Built, Publisher, build
from router.runtime.versions.version_bundles import VersionBundles
from tests.stores import MemoryStore

FIRST = {"main.yaml": b"flow: main\nfor: any\nstart: bye\nsteps: {bye: hangup}\n"}
SECOND = {"main.yaml": b"flow: main\nfor: any\nstart: bye\nsteps: {bye: release}\n"}
REFORMATTED = {"main.yaml": b"# the same\nflow: main\nfor: any\nstart: bye\nsteps:\n  bye: hangup\n"}
BROKEN = {"main.yaml": b"flow: main\nfor: any\nstart: nowhere\nsteps: {bye: hangup}\n"}


class Workshop:
    """Builds, and counts."""

    def __init__(self) -> None:
        self.built = 0

    def __call__(self, files: Mapping[str, bytes]) -> Built:
        self.built += 1
        return build(files)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def publisher(store: MemoryStore, workshop: Workshop) -> Publisher:
    return Publisher(store, pack, workshop)


def start(publisher: Publisher, files: Mapping[str, bytes], *, changed: bool) -> str:
    """A process starts with these files in its directory; the version that they are."""
    done, _ = publisher.publish_new("main", files)
    assert done.changed is changed
    return done.version


def test_content_is_published_once_and_read_once(store: MemoryStore, publisher: Publisher, workshop: Workshop) -> None:
    version = start(publisher, FIRST, changed=True)
    assert start(publisher, FIRST, changed=False) == version
    assert workshop.built == 1
    assert store.serving("main").active == version


def test_the_same_content_in_another_form_is_the_same_version(publisher: Publisher, workshop: Workshop) -> None:
    version = start(publisher, FIRST, changed=True)
    assert start(publisher, REFORMATTED, changed=False) == version
    assert workshop.built == 2


def test_a_restart_undoes_no_rollback(store: MemoryStore, publisher: Publisher) -> None:
    first = start(publisher, FIRST, changed=True)
    start(publisher, SECOND, changed=True)
    publisher.publish("main", FIRST)
    start(publisher, SECOND, changed=False)
    assert store.serving("main").active == first


def test_refused_bundle_leaves_the_old_one_active(store: MemoryStore, publisher: Publisher) -> None:
    first = start(publisher, FIRST, changed=True)
    with pytest.raises(BundleRefused, match="nothing was published") as refused:
        publisher.publish_new("main", BROKEN)
    assert [finding.severity for finding in refused.value.findings] == ["error"]
    assert store.serving("main").active == first
    assert len(store.versions("main")) == 1


def test_stored_but_never_active_counts_as_new(
    store: MemoryStore, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may die between the two transactions."""

    def dies(account: str, version: str) -> bool:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(publisher, "_was_active", dies)
        with pytest.raises(StoreUnavailable):
            publisher.publish_new("main", FIRST)
    assert store.serving("main").active is None
    version = start(publisher, FIRST, changed=True)
    assert store.serving("main").active == version


def test_image_of_another_program_is_made_anew(store: MemoryStore, publisher: Publisher, workshop: Workshop) -> None:
    version = start(publisher, FIRST, changed=True)
    with store.transaction() as tx:
        tx.store_version("main", version, b"", activate=False, image=b"of another program")
    assert start(publisher, FIRST, changed=False) == version
    assert workshop.built == 2
    assert open_image(store.version_image("main", version)) is not None


def test_bundle_without_an_image_is_read_from_its_files(store: MemoryStore) -> None:
    with store.transaction() as tx:
        tx.store_version("main", "v1", pack(FIRST), activate=True)
    bundles = VersionBundles(store, unpack)
    found = bundles.get("main", "v1")
    assert found is not None
    assert found.flows["main"].steps["bye"].verb == "hangup"
    assert bundles.get("main", "v1") is found
    assert bundles.get("main", "v2") is None


HOLIDAYS = {
    "main.yaml": b"flow: main\nfor: any\nstart: bye\nsteps: {bye: hangup}\n",
    "hours.yaml": b'hours: {office: {open: {mon-fri: "09:00-18:00"}, holidays: RU}}\n',
}
SATURDAY_NOON = 1803114000.0  # 2027-02-20T12:00+03:00, which the calendar makes a working day


def test_a_version_keeps_the_days_that_it_was_published_with(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another library here, or a later one, changes nothing of what a version means; a new version has its days."""
    publisher = Publisher(store, pack)
    first = publisher.publish("main", HOLIDAYS).version
    monkeypatch.setattr(holiday_calendar, "_of_library", lambda country, year: YearOfDays(off={}, working={}))
    again = publisher.publish("main", {**HOLIDAYS, "notes.yaml": b"lists: {vip: {numbers: []}}\n"}).version
    for version, opens in ((first, True), (again, False)):
        hours = VersionBundles(store, unpack).get("main", version).hours["office"]  # type: ignore[union-attr]
        assert hours.is_open(SATURDAY_NOON) is opens
    monkeypatch.setattr(version_bundles, "open_image", lambda *_: None)  # the program was updated, too
    hours = VersionBundles(store, unpack).get("main", first).hours["office"]  # type: ignore[union-attr]
    assert hours.is_open(SATURDAY_NOON)
    assert (
        publisher.publish("main", {**HOLIDAYS, "main.yaml": b"# the same\n" + HOLIDAYS["main.yaml"]}).version == first
    )
    monkeypatch.undo()
    hours = VersionBundles(store, unpack).get("main", first).hours["office"]  # type: ignore[union-attr]
    assert hours.is_open(SATURDAY_NOON)


def test_of_large_versions_only_those_that_were_asked_for_last_stay_open(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, bundles = Publisher(store, pack), VersionBundles(store, unpack)

    def opened(count: int) -> list[str]:
        rows = "".join(f"{number}\n" for number in range(count))
        lists = {"l.yaml": b"lists: {many: {file: many.txt}}\n", "many.txt": rows.encode()}
        return [publisher.publish("main", {**FIRST, **lists}).version]

    versions = [version for count in range(2000, 2006) for version in opened(count)]
    before = {version: bundles.get("main", version) for version in versions}
    assert [bundles.get("main", version) for version in versions] == list(before.values())  # together they are small
    monkeypatch.setattr(version_bundles, "KEPT_BYTES", 1)
    bundles = VersionBundles(store, unpack)
    before = {version: bundles.get("main", version) for version in versions}
    kept = [version for version in versions[::-1] if bundles.get("main", version) is before[version]]
    assert kept == versions[: -version_bundles.KEPT - 1 : -1]
    again = bundles.get("main", versions[0])
    assert again is not None
    assert "1999" in again.lists["many"]
    assert bundles.get("main", versions[0]) is again
