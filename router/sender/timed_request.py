"""One request's flight: held on the ground until its instant, with the connection made, and watched until its answer.

The sender's connections take part through `board`, since only they know when the first byte leaves. What always holds:

- the connection is made, and seen to be alive, before the instant comes; then nothing but writing is left to do;
- a request that is too late does not leave;
- the path and its floor are the kernel's own figures of the very connection that carried the request.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from router.runtime.outbound_ports import Departure, Trip

_TCP_INFO_BYTES: Final = 192
_MIN_RTT_AT: Final = 148  # of `struct tcp_info`: u32, microseconds (Linux 4.6)
_NO_RTT: Final = 0xFFFFFFFF
_BOOT_ID: Final = "/proc/sys/kernel/random/boot_id"

_here = threading.local()


class TooLateError(Exception):
    """The request may not leave any more."""


class Flight:
    """What is known of one request as it goes."""

    def __init__(self, departure: Departure) -> None:
        self._departure = departure
        self._left = 0.0
        self._came = 0.0
        self._path = ""
        self._floor_seconds = 0.0

    def depart(self, connection: socket.socket) -> None:
        """Return at the instant at which the request may leave on this connection; TooLateError when that is over."""
        self._path = path_of(connection)
        at = self._departure.at
        if self._path != self._departure.path:
            at += self._departure.credit
        while (left := at - monotonic()) > 0:
            sleep(left)
        self._left = monotonic()
        if self._left > self._departure.latest:
            raise TooLateError
        self._floor_seconds = floor_of(connection)

    def arrive(self) -> None:
        """The head of the answer is there."""
        self._came = monotonic()

    @property
    def trip(self) -> Trip | None:
        """None when no answer came."""
        if not self._came:
            return None
        return Trip(left=self._left, came=self._came, path=self._path, floor_seconds=self._floor_seconds)


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


def floor_of(connection: socket.socket) -> float:
    """The shortest round trip that the kernel measured on it, seconds; 0.0 when it cannot tell."""
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    except OSError:
        return 0.0
    if len(told) < _MIN_RTT_AT + 4:
        return 0.0
    microseconds: int = struct.unpack_from("=I", told, _MIN_RTT_AT)[0]
    return 0.0 if microseconds == _NO_RTT else microseconds / 1e6


def path_of(connection: socket.socket) -> str:
    """This host and the address at the other end; "" when either is not known."""
    try:
        peer = connection.getpeername()[0]
    except OSError:
        return ""
    return f"{_this_host()} {peer}" if _this_host() else ""


@cache
def _this_host() -> str:
    """The same for all processes of this host until it boots again, and for no other host."""
    try:
        return Path(_BOOT_ID).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
