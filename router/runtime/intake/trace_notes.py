"""What a call's trace says of its recordings and messages: notifications that change nothing in its course.

A recording's link is the one of the cabinet (§3.4.3): it has neither key nor sign in it, so it may be kept and shown.
A reader has to log in there.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from router.protocol.codes import is_success, meaning
from router.protocol.events import Event, RecordingChanged, RecordingStored, RecordingTagged, SmsReported

Note = dict[str, Any]
"""The data of a trace entry of kind note: `text` for people, the rest for programs."""


def note_of(event: Event, api_url: str) -> Note | None:
    """The note for a call's trace; None for an event that the trace does not tell like that."""
    tell = TELL.get(type(event))
    return tell(event, api_url) if tell is not None else None


def link_of(recording_id: str, api_url: str) -> str:
    """Where the cabinet plays a recording after a login (§3.4.3)."""
    return f"{api_url}queries/recording/issa/{quote(recording_id, safe='')}/play"


def _recording(event: RecordingChanged, api_url: str) -> Note:
    of = f" of {event.extension}" if event.extension else ""
    text = f"recording{of}: {event.state}"
    data: Note = {"recording_id": event.recording_id, "state": event.state}
    if event.completion_code and not is_success(event.completion_code):
        return data | {"text": f"{text}, {meaning(event.completion_code)}", "code": event.completion_code}
    if event.state != "Completed":
        return data | {"text": f"{text} {event.recording_id}"}
    link = link_of(event.recording_id, api_url)
    return data | {"text": f"{text} {link}", "link": link}


def _stored(event: RecordingStored, api_url: str) -> Note:
    link = link_of(event.recording_id, api_url)
    return {"text": f"recording stored: {link}", "recording_id": event.recording_id, "link": link}


def _tagged(event: RecordingTagged, api_url: str) -> Note:
    tags = ", ".join(event.tags) or "none"
    return {"text": f"recording {event.recording_id} has topics: {tags}", "recording_id": event.recording_id}


def _sms(event: SmsReported, api_url: str) -> Note:
    told = "delivered" if is_success(event.reason) else f"{event.reason}, {meaning(event.reason)}"
    return {"text": f"sms {event.command_id}: {told}", "command_id": event.command_id, "code": event.reason}


TELL: Final[Mapping[type, Callable[[Any, str], Note]]] = {
    RecordingChanged: _recording,
    RecordingStored: _stored,
    RecordingTagged: _tagged,
    SmsReported: _sms,
}
