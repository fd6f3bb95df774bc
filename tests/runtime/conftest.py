"""Every call that a test of the runtime records is replayed under its own bundle once the test is over: it has to go as
it went. Only a call whose numbers are masked, or whose version is forgotten, need not."""

from collections.abc import Iterator

import pytest

from router.files.bundle import unpack
from router.history.past import Settings
from router.history.recorded import presence_of, recording
from router.history.replay import compare
from router.runtime.calls.encryption import SaltSealer
from router.runtime.ports import Store
from router.runtime.versions.version_bundles import VersionBundles
from tests.runtime import living
from tests.runtime import recording as recorders

PAGE = 500


@pytest.fixture(autouse=True)
def replays_go_as_they_went() -> Iterator[None]:
    stores: list[tuple[Store, str]] = []
    recorders.WATCHED.append(stores)
    living.WATCHED.append(stores)
    yield
    recorders.WATCHED.pop()
    living.WATCHED.pop()
    for store, salt in stores:
        _hold(store, SaltSealer([salt]))


def _hold(store: Store, sealer: SaltSealer) -> None:
    bundles = VersionBundles(store, unpack)
    for row in store.calls(None, {"live": "0"}, PAGE, ""):
        recorded = recording(store, row["account"], row["entry_id"])
        if recorded is None:
            continue
        own = bundles.get(row["account"], recorded.call.version)
        if own is None:
            continue
        settings = Settings(open_sealed=sealer.open)
        found = compare(recorded, own, presence_of(store, row["account"]), own=own, settings=settings)
        assert found.not_comparable in ("", "its numbers are masked"), row["entry_id"]
        assert not found.differs
