"""What a step sees of the world besides its call, and what of it is told in the trace."""

from router.flow.loader import load
from router.history.journal import LISTS
from router.runtime.calls.read_environment import World
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
