"""How notifications are spelled (§3.1, §3.2): the reverse of `protocol.parse`, in the names and types of the document.

Optional fields that are empty do not go on the wire.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.pbx.legs import Party
from router.protocol.events import (
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
    SmsReported,
)

Body = dict[str, Any]


def path_of(event: Event) -> str:
    """Where it is posted, behind the webhook's base."""
    return f"result/{event.command}" if isinstance(event, CommandResulted) else WRITTEN[type(event)][0]


def body_of(event: Event) -> Body:
    """Its json."""
    return WRITTEN[type(event)][1](event)


def _known(**fields: str) -> Body:
    return {name: text for name, text in fields.items() if text}


def party(one: Party) -> Body:
    """One side of a leg."""
    return _known(extension=one.extension, number=one.number)


def _dct(number: str, kind: int) -> Body:
    return {"type": kind, **_known(number=number)}


def _leg(event: LegChanged) -> Body:
    taken = _known(taken_from_call_id=event.taken_from_call_id)
    came = _known(line_number=event.line_number, acd_group=event.acd_group)
    origin = _known(
        command_id=event.command_id,
        callback_initiator=event.callback_initiator,
        task_id=event.task_id,
        sip_call_id=event.sip_call_id,
    )
    return {
        "entry_id": event.entry_id,
        "call_id": event.call_id,
        "timestamp": event.timestamp,
        "seq": event.seq,
        "call_state": event.state,
        "location": event.location,
        "from": _known(extension=event.from_extension, number=event.from_number) | taken,
        "to": _known(extension=event.to_extension, number=event.to_number) | came,
        "dct": _dct(event.dct_number, event.dct_type),
        **origin,
        **({"disconnect_reason": event.disconnect_reason} if event.disconnect_reason else {}),
    }


def _digits(event: DigitsCollected) -> Body:
    return {
        "seq": event.seq,
        "dtmf": event.digits,
        "timestamp": event.timestamp,
        "call_id": event.call_id,
        "entry_id": event.entry_id,
        "location": event.location,
        "initiator": event.initiator,
        **_known(from_number=event.from_number),
        "to_number": event.to_number,
        "line_number": event.line_number,
    }


def _summary(event: JourneyEnded) -> Body:
    return {
        "entry_id": event.entry_id,
        "call_direction": event.call_direction,
        "from": _known(extension=event.from_extension, number=event.from_number),
        "to": _known(extension=event.to_extension, number=event.to_number),
        **_known(line_number=event.line_number, sip_call_id=event.sip_call_id),
        "dct": _dct(event.dct_number, event.dct_type),
        "create_time": event.create_time,
        "forward_time": event.forward_time,
        "talk_time": event.talk_time,
        "end_time": event.end_time,
        "entry_result": event.entry_result,
        "disconnect_reason": event.disconnect_reason,
    }


def _recording(event: RecordingChanged) -> Body:
    return {
        "recording_id": event.recording_id,
        "entry_id": event.entry_id,
        "call_id": event.call_id,
        "extension": event.extension,
        "recording_state": event.state,
        "seq": event.seq,
        "timestamp": event.timestamp,
        **({"completion_code": event.completion_code} if event.completion_code else {}),
        **_known(recipient=event.recipient, command_id=event.command_id),
    }


def _result(event: CommandResulted) -> Body:
    return {"command_id": event.command_id, "result": event.result}


def _sms(event: SmsReported) -> Body:
    return {"command_id": event.command_id, "timestamp": event.timestamp, "reason": event.reason}


WRITTEN: Final[Mapping[type, tuple[str, Callable[[Any], Body]]]] = {
    LegChanged: ("events/call", _leg),
    DigitsCollected: ("events/dtmf", _digits),
    JourneyEnded: ("events/summary", _summary),
    RecordingChanged: ("events/recording", _recording),
    SmsReported: ("events/sms", _sms),
    CommandResulted: ("", _result),
}
