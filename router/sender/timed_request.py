"""One request's flight: held on the ground until its instant, with the connection made, and watched until its answer.

The sender's connections take part through `board`, since only they know when the first byte leaves. What always holds:

- the connection is made, and seen to be alive, before the instant comes; then nothing but writing is left to do;
- a request that is too late does not leave.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from router.runtime.outbound_ports import Departure, Trip

_here = threading.local()


class TooLateError(Exception):
    """The request may not leave any more."""


class Flight:
    """What is known of one request as it goes."""

    def __init__(self, departure: Departure) -> None:
        self._departure = departure
        self._left = 0.0
        self._came = 0.0

    def depart(self) -> None:
        """Return at the instant at which the request may leave; TooLateError when that is over."""
        while (left := self._departure.at - monotonic()) > 0:
            sleep(left)
        self._left = monotonic()
        if self._left > self._departure.latest:
            raise TooLateError

    def arrive(self) -> None:
        """The head of the answer is there."""
        self._came = monotonic()

    @property
    def trip(self) -> Trip | None:
        """None when no answer came."""
        return Trip(left=self._left, came=self._came) if self._came else None


@contextmanager
def board(departure: Departure) -> Iterator[Flight]:
    """The flight of the one request that this thread makes meanwhile."""
    flight = _here.flight = Flight(departure)
    try:
        yield flight
    finally:
        _here.flight = None


def flight_of_this_thread() -> Flight | None:
    """None for requests that wait for nothing."""
    flight: Flight | None = getattr(_here, "flight", None)
    return flight
