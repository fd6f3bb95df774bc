"""A record of the journal as the event that the PBX reported."""

from collections.abc import Mapping
from typing import Final

from router.errors import RequestRefused
from router.history.journal import Record
from router.protocol.events import Event
from router.protocol.parse import parse_event

PATHS: Final[Mapping[str, str]] = {
    "call": "events/call",
    "dtmf": "events/dtmf",
    "summary": "events/summary",
    "recording": "events/recording",
    "record_added": "events/record/added",
    "presence": "events/user/status_changed",
}
"""Kind of a record -> the path on which its event came."""


def event_of(record: Record) -> Event | None:
    """What the PBX reported, None for a record of our own. Results are read by `recorded.fates`."""
    path = PATHS.get(record.kind)
    if path is None:
        return None
    try:
        return parse_event(path, body_of(record))
    except RequestRefused:
        return None  # a conflict's body need not be one that is taken in


def body_of(record: Record) -> bytes:
    """The json as it came. What came while a caller typed in secret once got a `dtmf` of stars in every case."""
    return record.body.replace(',"dtmf":"***"}', "}").encode() if record.kind != "dtmf" else record.body.encode()
