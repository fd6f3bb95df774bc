"""Whom the runtime speaks to over the network, by role, and what becomes of a request. Adapters live in `sender`."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """When a request may leave, on the steady clock of this process."""

    at: float  # not before
    latest: float  # nor later than
    refused_salt: str = ""  # name of the salt that the PBX did not take, as all processes know


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """How a request travelled. Instants are of this process's steady clock."""

    left: float  # just before its first byte
    came: float  # just after its answer's head


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one HTTP request.

    kind: `accepted` (HTTP 200), `refused` (the peer said no, with `code`), `limited` (503 or 429), `banned` (401),
    `not_sent` (connection refused, nothing went out), `unclear` (time-out, broken connection, 5xx other than 503).
    """

    kind: str
    status: int = 0
    code: int = 0
    body: str = ""
    reason: str = ""  # one of a few words for an answer that is none of the PBX's own, or its code; "" when all is well
    over: bool = False  # of an unclear one: the peer itself ended the connection, so it counts it now or never
    trip: Trip | None = None  # None when it was not measured
    salt: str = ""  # name of the salt that signed the request
    other_salt: str = ""  # of the one that might have; "" where an account has one
    retry_after: float | None = None  # seconds that the receiver of a notification asks to be left alone for
    held: bool = False  # of a notification: not sent, since its receiver had asked for that before


class Sender(Protocol):
    """Sends one signed command."""

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        """Make everything ready, wait for the departure, POST. Never raises for what the network or the peer does."""


class Queries(Protocol):
    """Asks the PBX for something, at once: the methods of the API that are no commands."""

    def query(self, account: str, path: str, params: Mapping[str, Any], timeout_seconds: float) -> Answer:
        """POST it, signed, to the API's `path`; `body` is what it told. Never raises for what the peer does."""


class OutsideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to another system, with its secrets in it: never to be logged, kept or shown."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None  # JSON

    def __repr__(self) -> str:
        return f"OutsideRequest({self.method})"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request to another system."""

    status: int = 0  # 0 when there was no answer
    body: bytes = b""
    fault: str = ""  # why there is no whole answer, for people; no part of the request
    retry_after: str = ""  # the header as it came
    location: str = ""


class Outside(Protocol):
    """Other people's systems."""

    def fetch(self, request: OutsideRequest, timeout_seconds: float, *, private_redirects: bool = False) -> Reply:
        """The answer, redirects of a GET followed; into private networks only if that is allowed. Never raises for
        what the network or the peer does."""
