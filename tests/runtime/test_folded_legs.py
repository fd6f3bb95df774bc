"""A long call of a running router: legs that left its state are still known when something late is told of them."""

from typing import Any

from router.bootstrap.router import Router
from router.engine.environment import LEGS_KEPT
from router.engine.state import Call
from router.protocol.events import APPEARED, CONNECTED, DISCONNECTED, LegChanged
from tests.runtime.living import FIRST, living_router, publish, ring


def tell(router: Router, entry_id: str, call_id: str, seq: int, state: str, **fields: Any) -> Call:
    event = LegChanged(entry_id=entry_id, call_id=call_id, seq=seq, timestamp=1, state=state, **fields)
    key = f"call:{call_id}:{seq}"
    router.ingest.accept("default", "events/call", event, "{}", key, key.encode())
    call = router.store.call("default", entry_id)
    assert call is not None
    return call


def test_what_is_told_late_of_a_folded_leg_changes_nothing() -> None:
    router = living_router()
    publish(router, FIRST)
    ring(router, "long")
    names = [f"agent-{number}" for number in range(LEGS_KEPT + 5)]
    for name in names:
        tell(router, "long", name, 1, APPEARED, location="abonent")
        call = tell(router, "long", name, 2, DISCONNECTED, location="abonent", disconnect_reason=1110)
    assert call.folded > 0
    gone = next(name for name in names if name not in call.legs)
    after = tell(router, "long", gone, 3, CONNECTED, location="abonent")
    assert (after.legs, after.counters) == (call.legs, call.counters), (
        "it is late, and no new leg that waits for its first"
    )
