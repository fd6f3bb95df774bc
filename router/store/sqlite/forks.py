"""The connections of whichever process asks: no connection crosses a fork, since SQLite's bookkeeping would.

Before a fork they are closed, between two transactions, and both sides open what they need anew.
"""

import os
import weakref

from router.store.database import FULL
from router.store.sqlite.connections import Connections


class ProcessConnections:
    """`Connections` of whichever process asks: a forked child gets its own."""

    def __init__(self, path: str, durability: str = FULL) -> None:
        self._path = path
        self._durability = durability
        self.here = Connections(path, durability)
        _FORKABLE.add(self)

    def renew(self) -> None:
        """Called in a forked child, before any other code runs there."""
        self.here.after_fork_in_child()
        self.here = Connections(self._path, self._durability)


_FORKABLE: weakref.WeakSet[ProcessConnections] = weakref.WeakSet()


def _before_fork() -> None:
    for connections in tuple(_FORKABLE):
        connections.here.before_fork()


def _after_fork_in_parent() -> None:
    for connections in tuple(_FORKABLE):
        connections.here.after_fork_in_parent()


def _after_fork_in_child() -> None:
    for connections in tuple(_FORKABLE):
        connections.renew()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
