"""Notifications that no call's course depends on: recordings, messages, the address book, sessions, statistics.

One that cannot be read raises RequestRefused here, and is recorded as it came by whoever asks: it is not refused.
"""

from collections.abc import Callable, Mapping
from typing import Final

from router.protocol.events import (
    AddressBookChanged,
    Event,
    RecordingChanged,
    RecordingStored,
    RecordingTagged,
    SessionEnded,
    SmsReported,
    StatisticsReady,
)
from router.protocol.fields import (
    Fields,
    counter,
    identity,
    lenient_id,
    missing_field,
    number,
    optional_id,
    required_number,
    text,
)
from router.protocol.refusals import malformed

MAX_KEY_BYTES: Final = 1024  # of statistics
RECORDING_STATES: Final = ("Started", "Continued", "Completed")
MAX_TOLD: Final = 500  # objects, ids and numbers of one change of the address book; a method changes no more at once


def _session_ended(fields: Fields) -> SessionEnded:
    """§4.4: `abonent` in its list of parameters, `abonent_id` in its example."""
    return SessionEnded(
        abonent_id=optional_id(fields, "abonent_id") or identity(fields, "abonent"),
        session=text(fields, "session"),
        result=number(fields, "result"),
        timestamp=number(fields, "timestamp"),
    )


def _recording_changed(fields: Fields) -> RecordingChanged:
    """§3.1.3."""
    state = text(fields, "recording_state")
    if state not in RECORDING_STATES:
        raise malformed("recording_state is none of the document's three")
    return RecordingChanged(
        recording_id=identity(fields, "recording_id"),
        seq=counter(fields),
        state=state,
        entry_id=optional_id(fields, "entry_id"),
        call_id=optional_id(fields, "call_id"),
        extension=text(fields, "extension"),
        timestamp=number(fields, "timestamp"),
        completion_code=number(fields, "completion_code"),
        recipient=text(fields, "recipient"),
        command_id=optional_id(fields, "command_id"),
    )


def _recording_stored(fields: Fields) -> RecordingStored:
    return RecordingStored(recording_id=identity(fields, "recording_id"), entry_id=optional_id(fields, "entry_id"))


def _recording_tagged(fields: Fields) -> RecordingTagged:
    found = fields.get("tags")
    tags = tuple(str(tag) for tag in found[:MAX_TOLD] if isinstance(tag, int | str)) if isinstance(found, list) else ()
    return RecordingTagged(
        recording_id=identity(fields, "recording_id"), entry_id=optional_id(fields, "entry_id"), tags=tags
    )


def _sms_reported(fields: Fields) -> SmsReported:
    """§3.1.2."""
    return SmsReported(
        command_id=identity(fields, "command_id"),
        reason=required_number(fields, "reason"),
        timestamp=number(fields, "timestamp"),
    )


def _address_book_changed(fields: Fields) -> AddressBookChanged:
    """§3.7.4: objects, or of what was deleted their ids."""
    data = fields.get("data")
    told = data[:MAX_TOLD] if isinstance(data, list) else [data]
    objects = [one for one in told if isinstance(one, dict)]
    ids = [str(one) for one in told if isinstance(one, int | str)]
    ids += [lenient_id(one, name) for one in objects for name in ("contact_id", "org_id", "group_id")]
    phones = [phone for one in objects if isinstance(one.get("phones"), list) for phone in one["phones"]]
    numbers = ["".join(filter(str.isdigit, str(one.get("phone", "")))) for one in phones if isinstance(one, dict)]
    return AddressBookChanged(
        action=text(fields, "action") or missing_field("action"),
        ids=tuple(dict.fromkeys(filter(None, ids)))[:MAX_TOLD],
        numbers=tuple(dict.fromkeys(filter(None, numbers)))[:MAX_TOLD],
    )


def _statistics_ready(kind: str) -> Callable[[Fields], StatisticsReady]:
    """§3.3.3, §3.3.4.2."""

    def parse(fields: Fields) -> StatisticsReady:
        key = text(fields, "key", MAX_KEY_BYTES) or missing_field("key")
        return StatisticsReady(kind=kind, key=key, request_id=optional_id(fields, "request_id"))

    return parse


LENIENT: Final[Mapping[str, Callable[[Fields], Event]]] = {
    "events/recording": _recording_changed,
    "events/record/added": _recording_stored,
    "events/record/tagged": _recording_tagged,
    "events/sms": _sms_reported,
    "events/ab": _address_book_changed,
    "events/user/session_end": _session_ended,
    "result/stats": _statistics_ready("stats"),
    "result/stat": _statistics_ready("stats"),
    "result/stats_in_calls_service": _statistics_ready("stats_in_calls_service"),
}
"""By the path on which they come."""
