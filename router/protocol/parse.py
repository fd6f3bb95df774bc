"""From the `json` of a notification to a typed event (§3.1, §3.2, §4.4).

Peers write numbers as text and text as numbers, leave out what is empty, and add fields that we do not know: all of
that is accepted. What cannot be meant is refused with the document's own codes: 3103 for a parameter that is missing,
3104 for one that is malformed. The input is hostile until proven otherwise; whatever its bytes, the answer is an event
or a RequestRefused.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

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
    Unhandled,
)
from router.protocol.refusals import malformed, missing

MAX_ID_BYTES: Final = 128  # "строка не более 128 байт", §3.1.1
MAX_TEXT_BYTES: Final = 256  # the document sets none for numbers and lines; a SIP address fits with room to spare
MAX_NUMBER: Final = 2**53 - 1  # what every JSON implementation carries exactly
RESULTS: Final = frozenset({
    "callback", "callback_group", "call/hangup", "sms", "recording/start", "play/start", "route", "transfer",
    "calls_connect", "transfer_cancel", "call/hold/on",  # profile 2026
})  # fmt: skip
RECORDING_FIELDS: Final = (
    "recording_state", "entry_id", "call_id", "extension", "timestamp", "completion_code", "recipient", "command_id",
)  # fmt: skip

Fields = Mapping[str, Any]

_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]").search
_digits = re.compile(r"[0-9*#A-D]+").fullmatch  # the four letters are keys too, on some telephones
_integer = re.compile(r"-?[0-9]{1,16}").fullmatch
_nothing: Final[Fields] = {}


def parse_event(path: str, json_text: bytes) -> Event:
    """The event that came to `path`, e.g. "events/call" or "result/play/start" (no prefix, no outer slashes).

    Raises RequestRefused (400; 3103 or 3104). A kind that is not known, or not acted upon, is Unhandled.
    """
    fields = _decode(json_text)
    parser = PARSERS.get(path)
    if parser is not None:
        return parser(fields)
    if path.startswith("result/") and path[7:] in RESULTS:
        return _command_resulted(path[7:], fields)
    return Unhandled(kind=path, entry_id=_lenient_id(fields, "entry_id"), command_id=_lenient_id(fields, "command_id"))


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
        case Unhandled(kind="events/recording"):
            return _recording_key(body)
    digest = sha256(body)
    return f"{path}:{digest.hexdigest()}", digest.digest()


def _recording_key(body: bytes) -> tuple[str, bytes]:
    """§3.1.3: counted by recording. The router does not act on it, so one without a counter is not refused."""
    fields = _decode(body)
    recording_id, seq = _lenient_id(fields, "recording_id"), _lenient_id(fields, "seq")
    if not (recording_id and seq):
        digest = sha256(body)
        return f"events/recording:{digest.hexdigest()}", digest.digest()
    content = [_lenient_id(fields, name) for name in RECORDING_FIELDS]
    return f"recording:{recording_id}:{seq}", sha256(msgspec.json.encode(content)).digest()


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
    caller, callee, tracking = _object(fields, "from"), _object(fields, "to"), _object(fields, "dct")
    state = _text(fields, "call_state") or _missing("call_state")
    if state not in CALL_STATES:
        raise malformed("call_state is none of the document's four")
    return LegChanged(
        entry_id=_id(fields, "entry_id"),
        call_id=_id(fields, "call_id"),
        seq=_counter(fields),
        timestamp=_required_number(fields, "timestamp"),
        state=state,
        location=_text(fields, "location"),
        from_extension=_text(caller, "extension"),
        from_number=_text(caller, "number"),
        taken_from_call_id=_optional_id(caller, "taken_from_call_id"),
        to_extension=_text(callee, "extension"),
        to_number=_text(callee, "number"),
        line_number=_text(callee, "line_number") or _text(fields, "line_number"),
        acd_group=_text(callee, "acd_group") or _text(fields, "acd_group"),
        dct_number=_text(tracking, "number"),
        dct_type=_number(tracking, "type"),
        disconnect_reason=_number(fields, "disconnect_reason"),
        sip_call_id=_text(fields, "sip_call_id"),
        command_id=_optional_id(fields, "command_id"),
        task_id=_optional_id(fields, "task_id"),
        callback_initiator=_text(fields, "callback_initiator"),
    )


def _digits_collected(fields: Fields) -> DigitsCollected:
    """§3.1.4."""
    digits = _text(fields, "dtmf") or _missing("dtmf")
    if not _digits(digits):
        raise malformed("dtmf has other characters than a telephone has keys")
    return DigitsCollected(
        entry_id=_id(fields, "entry_id"),
        call_id=_id(fields, "call_id"),
        seq=_counter(fields),
        timestamp=_required_number(fields, "timestamp"),
        digits=digits,
        location=_text(fields, "location"),
        initiator=_text(fields, "initiator"),
        from_number=_text(fields, "from_number"),
        to_number=_text(fields, "to_number"),
        line_number=_text(fields, "line_number"),
    )


def _journey_ended(fields: Fields) -> JourneyEnded:
    """§3.1.5."""
    caller, callee = _object(fields, "from"), _object(fields, "to")
    return JourneyEnded(
        entry_id=_id(fields, "entry_id"),
        call_direction=_number(fields, "call_direction"),
        from_extension=_text(caller, "extension"),
        from_number=_text(caller, "number"),
        to_extension=_text(callee, "extension"),
        to_number=_text(callee, "number"),
        line_number=_text(fields, "line_number") or _text(callee, "line_number"),
        create_time=_number(fields, "create_time"),
        forward_time=_number(fields, "forward_time"),
        talk_time=_number(fields, "talk_time"),
        end_time=_number(fields, "end_time"),
        entry_result=_number(fields, "entry_result"),
        disconnect_reason=_number(fields, "disconnect_reason"),
        sip_call_id=_text(fields, "sip_call_id"),
    )


def _command_resulted(command: str, fields: Fields) -> CommandResulted:
    """§3.2: each command's "Результат"."""
    return CommandResulted(
        command=command, command_id=_id(fields, "command_id"), result=_required_number(fields, "result")
    )


def _presence_changed(fields: Fields) -> PresenceChanged:
    """§4.4."""
    return PresenceChanged(
        abonent_id=_id(fields, "abonent_id"), status=_required_number(fields, "status"), when=_number(fields, "when")
    )


PARSERS: Final[Mapping[str, Callable[[Fields], Event]]] = {
    "events/call": _leg_changed,
    "events/dtmf": _digits_collected,
    "events/summary": _journey_ended,
    "events/user/status_changed": _presence_changed,
}


def _missing(name: str) -> str:
    raise missing(name)


def _object(fields: Fields, name: str) -> Fields:
    """A nested object; PHP's serialiser writes an empty one as `[]`."""
    value = fields.get(name)
    if isinstance(value, dict):
        return value
    if not value:
        return _nothing
    raise malformed(f"{name} is not an object")


def _text(fields: Fields, name: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """A text, or a number in its shortest form; `""` when there is none."""
    value = fields.get(name)
    if value is None or value == "":
        return ""
    if type(value) is int:
        value = str(value)
    elif type(value) is float and value.is_integer():
        value = str(int(value))
    if type(value) is not str or _control(value):
        raise malformed(f"{name} is not a plain text")
    # Only text that could be too long is encoded to count its bytes: a character has at most four.
    if len(value) * 4 > max_bytes and len(value.encode()) > max_bytes:
        raise malformed(f"{name} has more than {max_bytes} bytes")
    return value


def _optional_id(fields: Fields, name: str) -> str:
    return _text(fields, name, MAX_ID_BYTES)


def _id(fields: Fields, name: str) -> str:
    return _text(fields, name, MAX_ID_BYTES) or _missing(name)


def _lenient_id(fields: Fields, name: str) -> str:
    """A text of a notification that we only record: `""` when it is not usable."""
    try:
        return _optional_id(fields, name)
    except RequestRefused:
        return ""


def _number(fields: Fields, name: str) -> int:
    """A whole number, or one written as text; 0 when there is none."""
    value = fields.get(name)
    if value is None or value == "":
        return 0
    if (type(value) is str and _integer(value)) or (type(value) is float and value.is_integer()):
        value = int(value)
    if type(value) is not int or abs(value) > MAX_NUMBER:
        raise malformed(f"{name} is not a whole number")
    return value


def _required_number(fields: Fields, name: str) -> int:
    if fields.get(name) in (None, ""):
        raise missing(name)
    return _number(fields, name)


def _counter(fields: Fields) -> int:
    seq = _required_number(fields, "seq")
    if seq < 0:
        raise malformed("seq is negative")
    return seq
