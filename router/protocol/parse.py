"""From the `json` of a notification to a typed event (§3.1, §3.2, §4.4).

Peers write numbers as text and text as numbers, leave out what is empty, and add fields that we do not know: all of
that is accepted, and an odd value of a decorative field is only noted. What cannot be done without
is refused with the document's own codes: 3103 for a parameter that is missing, 3104 for one that is malformed. The
input is hostile until proven otherwise; for all bytes the answer is an event or a RequestRefused.

The sign covers neither path nor time, so a body proves by its own fields that it belongs to the path on which it came:
each kind (`kinds`) has what it cannot be without, and refuses what has all that makes another kind.
"""

import json
from hashlib import sha256
from typing import Any, Final

import msgspec

from router.errors import RequestRefused
from router.protocol.event_fields import Fields, Odd, optional_id
from router.protocol.events import DigitsCollected, Event, LegChanged, RecordingChanged, Unhandled
from router.protocol.kinds import EMPTY, KINDS, Kind
from router.protocol.request_refusals import malformed, missing

Reading = tuple[Event, tuple[str, ...]]
"""An event, and what was odd about its decoration."""

NOTHING_ODD: Final[tuple[str, ...]] = ()


def parse_event(path: str, json_text: bytes) -> Event:
    """The event of `read_event` alone."""
    return read_event(path, json_text)[0]


def read_event(path: str, json_text: bytes) -> Reading:
    """The event that came to `path`, e.g. "events/call" or "result/play/start" (no prefix, no outer slashes).

    Raises RequestRefused (400; 3103 or 3104). A kind that is not known is Unhandled.
    """
    kind = KINDS.get(path)
    try:
        fields = msgspec.json.decode(json_text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_unusual(kind, json_text)
    if type(fields) is not dict:
        raise malformed("json is not an object")
    return _read(kind, fields) if kind is not None else (_unhandled(path, fields), NOTHING_ODD)


def decode_loosely(json_text: str | bytes) -> Any:
    """JSON with what msgspec refuses: halves of surrogate pairs and numbers of any size, which its grammar allows, and
    the NaN and Infinity of some serialisers, which it does not. Raises ValueError or RecursionError."""
    return json.loads(json_text, parse_int=_whole)


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


def _read(kind: Kind, fields: Fields) -> Reading:
    for name in kind.needs:
        if name not in fields:
            raise missing(name)
    if not kind.foreign.isdisjoint(fields):
        _refuse_foreign(kind, fields)
    odd: Odd = []
    event = kind.read(fields, odd)
    return event, tuple(odd) if odd else NOTHING_ODD


def _refuse_foreign(kind: Kind, fields: Fields) -> None:
    """A field that was left empty says nothing."""
    told = {name for name in kind.foreign.intersection(fields) if fields[name] not in EMPTY}
    for shape in kind.refuses:
        if shape <= told:
            raise malformed(f"{', '.join(sorted(shape))} do not belong to this kind of notification together")


def _read_unusual(kind: Kind | None, json_text: bytes) -> Reading:
    """What msgspec does not decode may still be JSON, odd in some decorative field alone."""
    if kind is not None:
        try:
            fields = decode_loosely(json_text)
            if type(fields) is dict:
                return _read(kind, fields)
        except (ValueError, RecursionError, RequestRefused):
            pass
    raise malformed(f"json is not valid JSON{_place(json_text)}")


def _place(json_text: bytes) -> str:
    """Where it is bad, as far as that can be told."""
    try:
        json.loads(json_text)
    except json.JSONDecodeError as error:
        return f": line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError as error:
        return f": byte {error.start + 1} is no part of a character of UTF-8"
    except (ValueError, RecursionError):
        pass
    return ""


def _whole(digits: str) -> int | str:
    """A number that is too long for one is left as it was written."""
    return int(digits) if len(digits) <= 20 else digits


def _unhandled(path: str, fields: Fields) -> Unhandled:
    ids = {name: optional_id(fields, name, []) for name in ("entry_id", "command_id")}
    return Unhandled(kind=path, **ids)
