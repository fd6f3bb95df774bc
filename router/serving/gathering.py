"""Whether the loop waits a moment for more requests before it hands a batch over.

A batch has a price besides that of its requests: a transaction, its sync, its round trips, the threads it wakes. Peers
that keep connections send their next requests as soon as they have their answers: behind a batch of several come
several more, one after the other, within a fraction of a millisecond. The first of them alone would be a batch, and the
others would wait for its end. What always holds:

- only what follows the answers of several at once waits, and never longer than one moment;
- the moment has to bring back half of those who were answered; where it did not, it is left out the next times. So
  peers that do not wait for their answers, or do not come back, are not held up.
"""

from collections.abc import Callable, Collection, Iterable
from math import inf
from typing import Any, Final

MOMENT_SECONDS: Final = 0.0002
"""How long a batch may wait for more."""

FOLLOWS_SECONDS: Final = 0.001
"""What comes later after the last answers is no reaction to them."""

IN_VAIN: Final = 2
"""Moments in a row without enough who came back, after which it is left out."""

LEFT_OUT: Final = 16
"""For so many batches; then it is tried again."""


class Gathering:
    """Of one loop. `steady` is a clock that cannot be set."""

    def __init__(self, steady: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self._steady = steady
        self._sleep = sleep
        self._answered: frozenset[object] = frozenset()  # the connections of the last batch
        self._answered_at = -inf
        self._in_vain = 0
        self._left_out = 0

    def answered(self, connections: Iterable[object]) -> None:
        """The answers of a batch are about to be sent."""
        self._answered = frozenset(connections)
        self._answered_at = self._steady()

    def wait(self, waiting: Collection[tuple[object, Any]], look: Callable[[], object]) -> None:
        """Sleep for the moment if it is likely to pay, and `look` for what came. What is `waiting` is a connection
        with its request."""
        is_reaction = self._steady() - self._answered_at <= FOLLOWS_SECONDS
        if not (waiting and is_reaction and len(self._answered) > 1):
            return
        if self._left_out:
            self._left_out -= 1
            return
        self._sleep(MOMENT_SECONDS)
        look()
        back = sum(connection in self._answered for connection, _ in waiting)
        self._in_vain = 0 if 2 * back >= len(self._answered) else self._in_vain + 1
        if self._in_vain >= IN_VAIN:
            self._left_out = LEFT_OUT
