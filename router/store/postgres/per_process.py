"""Things with sockets and threads, which a fork must not share: each process has its own."""

import os
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Thing = TypeVar("Thing")


class PerProcess(Generic[Thing]):
    """`here` is this process's; a forked child gets a new one, and leaves its parent's alone."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._left: list[Thing] = []  # a parent's: were it collected here, it might end there
        self.here = make()
        _ALL.add(self)

    def renew(self) -> None:
        """Called in a forked child, before any other code runs there."""
        self._left.append(self.here)
        self.here = self._make()


_ALL: "weakref.WeakSet[PerProcess[Any]]" = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for things in tuple(_ALL):
        things.renew()


os.register_at_fork(after_in_child=_after_fork_in_child)
