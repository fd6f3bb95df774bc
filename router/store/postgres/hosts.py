"""Where the primary is: the hosts that the database's URL names, as one process has found them.

A standby answers reads and a dead primary may come back, so that a host can be reached says little. Each promotion
raises the *timeline* of a cluster, and of two servers that both take writes the one with the higher timeline is the
primary. What always holds:

- a server with a lower timeline than this process has written to is refused, also when it takes writes: what it would
  be given would be lost;
- after anything that makes doubtful where the primary is (the start, a lost connection, silence), all hosts are looked
  at before one is chosen, unless one of them has a higher timeline than all that is known: that settles it;
- connections to a server that was given up have an older `epoch`: nobody uses them again.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from psycopg import OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from router.errors import ConfigurationError
from router.logs import get_logger
from router.store.postgres.pipeline import Unfit
from router.store.postgres.remedies import with_remedy

DEFAULT_PORT: Final = "5432"
SURE_SECONDS: Final = 30.0

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address to try."""

    host: str  # as the URL has it; "" for libpq's default, a socket of this machine
    port: str
    address: str = ""  # what the name means; "" leaves that to libpq

    @property
    def label(self) -> str:
        """For people."""
        named = f"{self.host or self.address or 'the local socket'}:{self.port}"
        return f"{named} ({self.address})" if self.host and self.address not in ("", self.host) else named

    @property
    def name(self) -> tuple[str, str]:
        """What the URL calls it, whatever address that is."""
        return self.host, self.port

    def parameters(self) -> dict[str, str]:
        given = {"host": self.host, "port": self.port, "hostaddr": self.address}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """What a server says of itself."""

    system: str = ""  # the cluster's identifier, the same on all of its servers; "" when it does not tell
    timeline: int = 0  # 0 for a server in recovery, and for one that does not tell


class Connected(Protocol):
    """A connection to one server."""

    epoch: int
    """Of `Hosts`, when it was made."""

    def close(self) -> None: ...


Made = TypeVar("Made", bound=Connected)

Attempt = Callable[[str], tuple[Made, HostState]]
"""Connects to a single place, and raises OperationalError."""

Found = tuple[Place, Made, HostState]


class Hosts:
    """The places of one URL, and what became of connecting to them. Thread-safe."""

    def __init__(self, conninfo: str) -> None:
        self.failure = ""  # why the latest attempt to connect failed; "" when it did not, or there was none
        self.failed_at = 0.0  # on the monotonic clock
        self.is_unfit = False  # whether that lasts until somebody changes the server, or the way to it
        self.epoch = 0
        self._given = conninfo_to_dict(conninfo)
        self._places = places_of(self._given)
        self._lock = threading.Lock()
        self._known = HostState()
        self._is_settled = False
        self._kept_sessions: dict[str, float] = {}  # description of a place -> until when that need not be asked again
        self._last: Place | None = None  # where the last connection was made
        self._silent: Place | None = None  # what gave no answer there: tried last

    @property
    def are_several(self) -> bool:
        return len(self._places) > 1

    def doubt(self) -> None:
        """A connection was lost: the next one looks at all hosts."""
        self._is_settled = False

    def give_up(self, epoch: int) -> None:
        """The server of that epoch answers no more, or takes no writes any more: none of its connections is used."""
        with self._lock:
            if epoch == self.epoch:
                self.epoch += 1
                self._is_settled = False
                self._silent = self._last

    def look_around(self, attempt: Attempt[Connected]) -> None:
        """Whether another host was promoted while the one that is known lives on: then that is given up, since what it
        is given would be lost. Does nothing for a single host."""
        last, epoch = self._last, self.epoch
        for place in self._places if self.are_several and self._is_settled else ():
            if place.name != _name(last) and self._is_promoted(place, attempt):
                self.give_up(epoch)
                return

    def _is_promoted(self, place: Place, attempt: Attempt[Connected]) -> bool:
        for address in _addresses_if_any(place):
            with suppress(OperationalError):
                session, standing = attempt(self._description(address))
                session.close()
                if self._looks_promoted(standing):
                    return True
        return False

    def may_share_sessions(self, place: str) -> bool:
        """Whether it is to be found out that the way to a place is no pooler which shares sessions."""
        return time.monotonic() >= self._kept_sessions.get(place, 0.0)

    def keeps_sessions(self, place: str) -> None:
        """It was found out: not every connection of a pool has to ask again."""
        self._kept_sessions[place] = time.monotonic() + SURE_SECONDS

    def connect(self, attempt: Attempt[Made]) -> Made:
        """A connection to the primary. `attempt` connects to a single place, and raises OperationalError. So does this,
        with the reason of each place."""
        failures: list[str] = []
        found: list[Found[Made]] = []
        is_unfit = False
        for place in self._in_order(failures):
            try:
                session, standing = attempt(self._description(place))
            except OperationalError as error:
                failures.append(f"{place.label}: {with_remedy(error)}")
                is_unfit |= isinstance(error, Unfit)
                continue
            if why := self._refusal(standing):
                session.close()
                failures.append(f"{place.label}: {why}")
                continue
            found.append((place, session, standing))
            if self._is_settled or self._looks_promoted(standing):
                break
        best = _best(found, failures)
        if best is None:
            self.failure, self.is_unfit = "; ".join(failures), is_unfit
            self.failed_at = time.monotonic()
            raise OperationalError(self.failure)
        return self._chosen(*best)

    # inside

    def _description(self, place: Place) -> str:
        return make_conninfo("", **{**self._given, **place.parameters()})

    def _in_order(self, failures: list[str]) -> Iterator[Place]:
        """The last one that was good first, one that fell silent last; names are looked up on the way."""
        ordered = sorted(self._places, key=lambda place: place.name == _name(self._silent))
        if self._is_settled:
            ordered.sort(key=lambda place: place.name != _name(self._last))
        for place in ordered:
            try:
                yield from addresses_of(place)
            except OSError as error:
                why = f"the name cannot be looked up ({error.strerror}): mend IVR_DATABASE or the name service"
                failures.append(f"{place.label}: {why}")

    def _refusal(self, standing: HostState) -> str:
        """Why a server that takes writes is not given any, "" when it is."""
        known = self._known
        if standing.system != known.system or standing.timeline >= known.timeline:
            return ""
        return (
            f"an old primary: its timeline is {standing.timeline}, and a server with {known.timeline} has taken over;"
            " stop it and make it a standby (pg_rewind). If it was put back on purpose, restart the router"
        )

    def _looks_promoted(self, standing: HostState) -> bool:
        """Whether it has taken over from the one that is known."""
        known = self._known
        return bool(known.timeline) and standing.system == known.system and standing.timeline > known.timeline

    def _chosen(self, place: Place, session: Made, standing: HostState) -> Made:
        with self._lock:
            if self._looks_promoted(standing):
                log.warning("another server has become the primary", place=place.label, timeline=standing.timeline)
                self.epoch += 1  # whatever is still connected to the one before
            self._known, self._last, self._is_settled, self.failure = standing, place, True, ""
            if _name(self._silent) == place.name:
                self._silent = None
            session.epoch = self.epoch
        return session


def _best(found: list[Found[Made]], failures: list[str]) -> Found[Made] | None:
    """That of the highest timeline; the others are closed. None when there is none, or no way to tell."""
    best = max(found, key=lambda one: one[2].timeline, default=None)
    if best is not None and (foreign := [one for one in found if one[2].system != best[2].system]):
        failures.append(
            f"{best[0].label} and {foreign[0][0].label} both take writes, and neither is a copy of the other: take one"
            " of them out of IVR_DATABASE"
        )
        best = None
    for one in found:
        if best is None or one[1] is not best[1]:
            one[1].close()
    return best


def _name(place: Place | None) -> tuple[str, str] | None:
    return None if place is None else place.name


def places_of(given: dict[str, Any]) -> tuple[Place, ...]:
    """Every host of a connection's description, or of libpq's variables; ConfigurationError when hosts and ports do
    not belong together."""
    names = _several(given, "host", "PGHOST")
    addresses = _several(given, "hostaddr", "PGHOSTADDR")
    ports = _several(given, "port", "PGPORT") or [DEFAULT_PORT]
    count = max(len(names), len(addresses), 1)
    if len(ports) not in (1, count) or (names and addresses and len(names) != len(addresses)):
        raise ConfigurationError(
            f"IVR_DATABASE names {count} host(s) and {len(ports)} port(s): write postgresql://USER@HOST1:PORT1,HOST2:PORT2/NAME"
        )
    names, addresses = names or [""] * count, addresses or [""] * count
    ports = ports * count if len(ports) == 1 else ports
    return tuple(
        Place(host=host, port=port or DEFAULT_PORT, address=address)
        for host, address, port in zip(names, addresses, ports, strict=True)
    )


def _several(given: dict[str, Any], name: str, variable: str) -> list[str]:
    text = str(given.get(name) or os.environ.get(variable, ""))
    return text.split(",") if text else []


def _addresses_if_any(place: Place) -> list[Place]:
    try:
        return list(addresses_of(place))
    except OSError:
        return []


def addresses_of(place: Place) -> Iterator[Place]:
    """All that a name means: primary and standby may share one. Raises OSError."""
    if place.address or not place.host or place.host.startswith(("/", "@")):
        yield place
        return
    found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    for address in dict.fromkeys(str(entry[4][0]) for entry in found):
        yield Place(host=place.host, port=place.port, address=address)
