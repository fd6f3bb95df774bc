"""What the metrics read of a store."""

from typing import Any

import msgspec

from router.runtime.ports import Store
from router.runtime.records import Activation, ActiveVersion
from tests.store.build import NOON, record
from tests.store.conftest import Clock


def test_active_versions(store: Store, clock: Clock) -> None:
    assert store.active_versions() == {}
    with store.transaction() as transaction:
        transaction.store_version("clinic", "v1", b"content", activate=True)
        transaction.store_version("shop", "v2", b"content", activate=False)
        transaction.save_serving("paused", ActiveVersion(paused=True))
    clock.at = NOON + 60
    with store.transaction() as transaction:
        transaction.store_version("clinic", "v2", b"content", activate=False)
        transaction.save_serving("clinic", ActiveVersion(active="v1", canary="v2", share=0.1, since=NOON, paused=True))
    assert store.active_versions() == {
        "clinic": Activation(version="v1", canary="v2", activated=NOON, paused=True),
        "paused": Activation(paused=True),
    }


def test_last_events(store: Store) -> None:
    assert store.last_events(10) == {}

    def put(account: str, at: float, **more: Any) -> None:
        with store.transaction() as transaction:
            given = record(f"call:{account}:{at}")
            transaction.record(msgspec.structs.replace(given, account=account, at=at, **more))

    put("shop", NOON - 9)
    put("clinic", NOON)
    put("clinic", NOON - 5)  # taken in late
    put("clinic", NOON + 5, dedupe=None)  # a timer's
    assert store.last_events(10) == {"clinic": NOON, "shop": NOON - 9}
    assert store.last_events(2) == {"clinic": NOON}
