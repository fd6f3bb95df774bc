"""The settings of one map. What is invalid in it is passed over, so that all around it is still read and checked; the
step that it belongs to is Invalid all the same.
"""

import msgspec

from router.flow.durations import parse_duration
from router.flow.model import Mark
from router.flow.yaml.node import Node, find, items, pairs


class Fields(msgspec.Struct, frozen=True, gc=False):
    """A mapping's values by key; any other node has none. A struct: every map of a large bundle has one for a while."""

    node: Node

    def get(self, key: str) -> Node | None:
        """The sound value under `key`."""
        value = find(self.node, key)
        return None if value is None or value.invalid or value.empty else value

    def written(self, key: str) -> Node | None:
        """What stands under `key`, be it sound or not."""
        return find(self.node, key)

    def is_unclear(self, key: str) -> bool:
        """Whether it is not known what is written under `key`: that is invalid, or may stand under an invalid key."""
        value = find(self.node, key)
        return value.invalid if value is not None else any(name.invalid for name, _ in pairs(self.node))

    def inside(self, key: str) -> "Fields":
        """The settings of the map under `key`; of none when there is no map."""
        value = self.get(key)
        return Fields(value if value is not None else NOTHING)

    def entries(self) -> tuple[tuple[Node, Node], ...]:
        """The (key, value) pairs that are sound, in the order written."""
        return tuple(
            (key, value) for key, value in pairs(self.node) if not (key.invalid or value.invalid or value.empty)
        )

    def one_or_many(self, key: str) -> tuple[Node, ...]:
        """The sound items under `key`, which may also be one by itself."""
        value = self.get(key)
        if value is None:
            return ()
        return tuple(item for item in items(value) if not (item.invalid or item.empty)) or (
            (value,) if value.kind == "scalar" else ()
        )

    def text(self, key: str, default: str = "") -> str:
        value = self.get(key)
        return default if value is None else value.text

    def seconds(self, key: str) -> float | None:
        """The duration under `key`, in seconds."""
        value = self.get(key)
        return None if value is None else parse_duration(value.text)

    def integer(self, key: str, default: int) -> int:
        value = self.get(key)
        return default if value is None or value.kind != "scalar" else int(value.text)

    def flag(self, key: str) -> bool:
        return self.text(key) == "true"


NOTHING = Node("mapping", (), Mark(file="", line=1, column=1))
"""A map in which nothing is written."""
