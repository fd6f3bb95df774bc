"""What a step sees of the world besides its call, and what of it is told in the trace."""

from router.flow.loader import load
from router.history.journal import LIMITS, LISTS, PRESENCE, VALUES
from router.runtime.calls.read_environment import World
from router.runtime.outbox.forecast import Asked
from router.runtime.ports import Transaction
from tests.runtime.living import living_router, publish, ring
from tests.runtime.outbox import NOON
from tests.stores import MemoryStore

FLOW = """
flow: main
for: {lines: ["74950000001"]}
on_error: bye
start: bye
steps: {bye: hangup}
"""
LISTS_OF_BOTH_KINDS = """
lists: {vip: {numbers: ["79000000567"]}, seen: {keep: 30m}}
"""


def test_only_lists_that_calls_fill_are_looked_up_and_told() -> None:
    """A list that lost its `keep` is its numbers alone, whatever an earlier version put into it."""
    bundle = load({"main.yaml": FLOW.encode(), "resources.yaml": LISTS_OF_BOTH_KINDS.encode()}).bundle
    store = MemoryStore(lambda: NOON)
    with store.transaction() as tx:
        for name in ("vip", "seen"):
            tx.remember("clinic", name, "79000000001", None)
        world = World.of(tx, "clinic", lambda *_: 0.0, bundle, {})
        seen = [world.memory.remembers(name, "79000000001") for name in ("vip", "seen")]
        assert seen == [False, True]
        assert [(entry.kind, entry.data) for entry in world.told(NOON)] == [(LISTS, {"seen": [True]})]
        assert not World.of(tx, "clinic", lambda *_: 0.0, None, {}).memory.remembers("seen", "79000000001")


def test_whatever_a_step_asks_is_told_by_kind() -> None:
    """A replay sees the world that the call saw."""
    store, asked = MemoryStore(lambda: NOON), list[tuple[str, Asked]]()

    def forecast(tx: Transaction, account: str, question: Asked) -> float:
        asked.append((account, question))
        return 2.5

    with store.transaction() as tx:
        tx.set_presence("clinic", "101", "online")
        tx.set_presence("shop", "102", "online")
        world = World.of(tx, "clinic", forecast, None, {"night": "+79000000001"})
        assert list(world.told(NOON)) == []
        assert [world.presence.get(one) for one in ("101", "102")] == ["online", None]
        assert [world.values.get(one) for one in ("night", "day")] == ["+79000000001", None]
        assert world.waits.seconds("route", deadline=NOON + 9, buyable=True) == 2.5
        world.waits.seconds("hangup", high_priority=True, command_id="c-1")
        assert [(entry.at, entry.kind, entry.data) for entry in world.told(NOON)] == [
            (NOON, LIMITS, {"route": 2.5, "hangup": 2.5}),
            (NOON, PRESENCE, {"101": "online", "102": None}),
            (NOON, VALUES, {"night": "+79000000001"}),
        ]
    assert asked == [
        ("clinic", Asked(command="route", deadline=NOON + 9, buyable=True)),
        ("clinic", Asked(command="call/hangup", high_priority=True, command_id="c-1")),
    ]


ASKING = """
flow: main
for: any
on_error: bye
start: ask
steps:
  ask:
    switch:
      - {when: 'online("101") and limits.route.wait < 5', goto: away}
      - {else: bye}
  away: release
  bye: hangup
"""


def test_a_running_routers_trace_tells_it_before_what_came_of_it() -> None:
    router = living_router()
    with router.store.transaction() as tx:
        tx.set_presence("default", "101", "online")
    publish(router, ASKING)
    assert ring(router, "asks").step == "away"
    (record,) = router.store.journal("default", "asks")
    kinds = [entry.kind for entry in record.trace]
    assert kinds[:2] == [LIMITS, PRESENCE]
    assert "left" in kinds
    assert [entry.data for entry in record.trace[:2]] == [{"route": 0.0}, {"101": "online"}]
