"""What the PBX answers to a request over HTTP, and how it refuses one (§1.4, §2.2).

An answer has one of three bodies: JSON, CSV, or none with an address to go to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from router.errors import RequestRefused

DONE: Final = 1000
REFUSED: Final = 420  # "Method Failure" of the document
NO_SUCH_OBJECT: Final = 3300
BAD_PARAMETERS: Final = 3100

Params = Mapping[str, Any]
"""The known parameters of a request, checked against its schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The HTTP answer to a request."""

    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    csv: str | None = None  # in place of the body
    location: str = ""  # where a redirect leads; a path of the emulator
    after_seconds: float = 0.0  # how long it is kept back; virtual time


def refused(code: int, error: str, message: str) -> RequestRefused:
    """HTTP 420 with one of the document's codes."""
    return RequestRefused(message, status=REFUSED, result=code, error=error)


def no_such(what: str, code: int = NO_SUCH_OBJECT) -> RequestRefused:
    """Class 33xx."""
    return refused(code, "no-such-object", f"there is no such {what}")


def wrong(message: str, code: int = BAD_PARAMETERS) -> RequestRefused:
    """The parameters are of the right form and make no sense together, or not now."""
    return refused(code, "wrong-parameters", message)


def done(**more: Any) -> Answer:
    """200 with `result` 1000."""
    return Answer(body={"result": DONE, **more})
