"""From the `json` of a notification to a typed event (§3.1, §3.2, §4.4).

Peers write numbers as text and text as numbers, leave out what is empty, and add fields that we do not know: all of
that is accepted. What cannot be meant is refused with the document's own codes: 3103 for a parameter that is missing,
3104 for one that is malformed. The input is hostile until proven otherwise; whatever its bytes, the answer is an event
or a RequestRefused.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Final

import msgspec

from router.errors import RequestRefused
from router.protocol.events import (
    CALL_STATES,
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    PresenceChanged,
    RecordingChanged,
    Unhandled,
)
from router.protocol.fields import (
    Fields,
    counter,
    identity,
    lenient_id,
    missing_field,
    number,
    object_in,
    optional_id,
    required_number,
    text,
)
from router.protocol.refusals import malformed
from router.protocol.told import LENIENT

RESULTS: Final = frozenset({
    "callback", "callback_group", "call/hangup", "sms", "recording/start", "play/start", "route", "transfer",
    "calls_connect", "transfer_cancel", "call/hold/on",  # profile 2026
})  # fmt: skip

_digits = re.compile(r"[0-9*#A-D]+").fullmatch  # the four letters are keys too, on some telephones


def parse_event(path: str, json_text: bytes) -> Event:
    """The event that came to `path`, e.g. "events/call" or "result/play/start" (no prefix, no outer slashes).

    Raises RequestRefused (400; 3103 or 3104). A kind that is not known, or not acted upon, is Unhandled.
    """
    fields = _decode(json_text)
    parser = PARSERS.get(path)
    if parser is not None:
        return parser(fields)
    lenient = LENIENT.get(path)
    if lenient is not None:
        with suppress(RequestRefused):
            return lenient(fields)
    if path.startswith("result/") and path[7:] in RESULTS:
        return _command_resulted(path[7:], fields)
    return Unhandled(kind=path, entry_id=lenient_id(fields, "entry_id"), command_id=lenient_id(fields, "command_id"))


def dedupe_key(event: Event, path: str, body: bytes) -> tuple[str, bytes]:
    """(key, digest): one key for each notification, and what tells a repetition of it from a conflict.

    A leg, a packet of digits and a recording are named by their counters; everything else by its bytes. The digest
    is that of the content as understood, so the same content in another notation is not a conflict.
    """
    match event:
        case LegChanged(call_id=call_id, seq=seq):
            return f"call:{call_id}:{seq}", sha256(msgspec.json.encode(event)).digest()
        case DigitsCollected(call_id=call_id, seq=seq):
            return f"dtmf:{call_id}:{seq}", sha256(msgspec.json.encode(event)).digest()
        case RecordingChanged(recording_id=recording_id, seq=seq):
            return f"recording:{recording_id}:{seq}", sha256(msgspec.json.encode(event)).digest()
    digest = sha256(body)
    return f"{path}:{digest.hexdigest()}", digest.digest()


def _decode(json_text: bytes) -> Fields:
    try:
        fields = msgspec.json.decode(json_text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise malformed("json is not valid JSON") from None
    if not isinstance(fields, dict):
        raise malformed("json is not an object")
    return fields


def _leg_changed(fields: Fields) -> LegChanged:
    """§3.1.1."""
    caller, callee, tracking = object_in(fields, "from"), object_in(fields, "to"), object_in(fields, "dct")
    state = text(fields, "call_state") or missing_field("call_state")
    if state not in CALL_STATES:
        raise malformed("call_state is none of the document's four")
    return LegChanged(
        entry_id=identity(fields, "entry_id"),
        call_id=identity(fields, "call_id"),
        seq=counter(fields),
        timestamp=required_number(fields, "timestamp"),
        state=state,
        location=text(fields, "location"),
        from_extension=text(caller, "extension"),
        from_number=text(caller, "number"),
        taken_from_call_id=optional_id(caller, "taken_from_call_id"),
        to_extension=text(callee, "extension"),
        to_number=text(callee, "number"),
        line_number=text(callee, "line_number") or text(fields, "line_number"),
        acd_group=text(callee, "acd_group") or text(fields, "acd_group"),
        dct_number=text(tracking, "number"),
        dct_type=number(tracking, "type"),
        disconnect_reason=number(fields, "disconnect_reason"),
        sip_call_id=text(fields, "sip_call_id"),
        command_id=optional_id(fields, "command_id"),
        task_id=optional_id(fields, "task_id"),
        callback_initiator=text(fields, "callback_initiator"),
    )


def _digits_collected(fields: Fields) -> DigitsCollected:
    """§3.1.4."""
    digits = text(fields, "dtmf") or missing_field("dtmf")
    if not _digits(digits):
        raise malformed("dtmf has other characters than a telephone has keys")
    return DigitsCollected(
        entry_id=identity(fields, "entry_id"),
        call_id=identity(fields, "call_id"),
        seq=counter(fields),
        timestamp=required_number(fields, "timestamp"),
        digits=digits,
        location=text(fields, "location"),
        initiator=text(fields, "initiator"),
        from_number=text(fields, "from_number"),
        to_number=text(fields, "to_number"),
        line_number=text(fields, "line_number"),
    )


def _journey_ended(fields: Fields) -> JourneyEnded:
    """§3.1.5."""
    caller, callee = object_in(fields, "from"), object_in(fields, "to")
    return JourneyEnded(
        entry_id=identity(fields, "entry_id"),
        call_direction=number(fields, "call_direction"),
        from_extension=text(caller, "extension"),
        from_number=text(caller, "number"),
        to_extension=text(callee, "extension"),
        to_number=text(callee, "number"),
        line_number=text(fields, "line_number") or text(callee, "line_number"),
        create_time=number(fields, "create_time"),
        forward_time=number(fields, "forward_time"),
        talk_time=number(fields, "talk_time"),
        end_time=number(fields, "end_time"),
        entry_result=number(fields, "entry_result"),
        disconnect_reason=number(fields, "disconnect_reason"),
        sip_call_id=text(fields, "sip_call_id"),
    )


def _command_resulted(command: str, fields: Fields) -> CommandResulted:
    """§3.2: each command's "Результат"."""
    return CommandResulted(
        command=command, command_id=identity(fields, "command_id"), result=required_number(fields, "result")
    )


def _presence_changed(fields: Fields) -> PresenceChanged:
    """§4.4."""
    return PresenceChanged(
        abonent_id=identity(fields, "abonent_id"), status=required_number(fields, "status"), when=number(fields, "when")
    )


PARSERS: Final[Mapping[str, Callable[[Fields], Event]]] = {
    "events/call": _leg_changed,
    "events/dtmf": _digits_collected,
    "events/summary": _journey_ended,
    "events/user/status_changed": _presence_changed,
}
