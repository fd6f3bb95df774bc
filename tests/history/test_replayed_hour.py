"""Calls replayed under the very bundle that they ran on go as they went: an hour of the emulator says 0 %."""

from collections import Counter

import pytest

from router.files.bundle import unpack
from router.history.comparison import Comparison, summed
from router.history.past import Settings
from router.history.recorded import presence_of, recording
from router.history.replay import compare
from router.runtime.versions.version_bundles import VersionBundles
from tests.runtime.emulated_hour import ACCOUNT, OPENED_BY, EmulatedHour


def replayed(hour: EmulatedHour, files: dict[str, bytes] | None = None) -> list[Comparison]:
    from router.flow.loader import load

    own = VersionBundles(hour.store, unpack).get(ACCOUNT, hour.version)
    assert own is not None
    other = load(files).bundle if files is not None else own
    assert other is not None
    presence = presence_of(hour.store, ACCOUNT)
    found = (recording(hour.store, ACCOUNT, entry_id) for entry_id in hour.entry_ids())
    settings = Settings(open_sealed=OPENED_BY.open)
    return [compare(one, other, presence, own=own, settings=settings) for one in found if one is not None]


@pytest.mark.parametrize("seed", range(2))
def test_an_hour_of_calls_under_their_own_bundle(seed: int, request: pytest.FixtureRequest) -> None:
    """`pytest --replayed-minutes N` lives through so many of them."""
    minutes = request.config.getoption("--replayed-minutes")
    hour = EmulatedHour(seed=seed, seconds=60.0 * minutes, calls=10 * minutes)
    hour.live()
    found = replayed(hour)
    assert len(found) > 5 * minutes
    assert len(Counter(one.recorded.step for one in found)) > 2
    assert [one.diff() for one in found if one.differs] == []
    assert summed(found).not_comparable == {}
    assert summed(found).percent_elsewhere == 0.0
