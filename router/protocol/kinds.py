"""The kinds of notification: what each cannot be without, what none but another kind has, and how it is read.

The sign of a body covers neither its path nor its time, so a body that was sent to one path may come to another. Each
kind's own required fields are required at its path, and what has all that makes another kind is refused: that body was
sent there. One field of another kind makes none, so a field that the vendor adds costs no event. What has the same
fields on several paths (results of commands, statistics) is told apart by the caller, who knows the command.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import msgspec

from router.protocol.event_fields import (
    Fields,
    Odd,
    counter,
    digits,
    flag,
    identity,
    number,
    one_of,
    optional_id,
    part,
    place,
    required_number,
    text,
)
from router.protocol.events import (
    CALL_STATES,
    AddressBookChanged,
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    PresenceChanged,
    RecordingChanged,
    RecordingStored,
    RecordingTagged,
    SessionEnded,
    SmsReported,
    StatisticsReady,
    Unhandled,
)
from router.protocol.request_refusals import malformed

RESULTS: Final = frozenset({
    "callback", "callback_group", "call/hangup", "sms", "recording/start", "play/start", "route", "transfer",
    "calls_connect", "transfer_cancel", "call/hold/on",  # profile 2026
})  # fmt: skip
RECORDING_STATES: Final = ("Started", "Continued", "Completed")
MAX_KEY_BYTES: Final = 1024  # of statistics; the document sets none
MAX_KEPT: Final = 500  # objects, ids and numbers of one change of the address book; a method changes no more at once


def leg_changed(fields: Fields, odd: Odd) -> LegChanged:
    """§3.1.1; `was_transferred`, `hold_initiator` and `transfer` are those of version 2 (profile 2026)."""
    caller, callee = part(fields, "from", odd), part(fields, "to", odd)
    tracking = part(fields, "dct", odd)
    return LegChanged(
        entry_id=identity(fields, "entry_id"),
        call_id=identity(fields, "call_id"),
        seq=counter(fields),
        timestamp=number(fields, "timestamp", odd),
        state=one_of(fields, "call_state", CALL_STATES, odd),
        location=place(fields, odd),
        from_extension=text(caller, "extension", odd, "from."),
        from_number=text(caller, "number", odd, "from."),
        taken_from_call_id=text(caller, "taken_from_call_id", odd, "from."),
        to_extension=text(callee, "extension", odd, "to."),
        to_number=text(callee, "number", odd, "to."),
        line_number=text(callee, "line_number", odd, "to.") or text(fields, "line_number", odd),
        acd_group=text(callee, "acd_group", odd, "to.") or text(fields, "acd_group", odd),
        dct_number=text(tracking, "number", odd, "dct."),
        dct_type=number(tracking, "type", odd, "dct."),
        disconnect_reason=number(fields, "disconnect_reason", odd),
        sip_call_id=text(fields, "sip_call_id", odd),
        command_id=text(fields, "command_id", odd),
        task_id=text(fields, "task_id", odd),
        callback_initiator=text(fields, "callback_initiator", odd),
        transfer=text(fields, "transfer", odd),
        from_was_transferred=flag(caller, "was_transferred", odd, "from."),
        from_hold_initiator=flag(caller, "hold_initiator", odd, "from."),
        to_was_transferred=flag(callee, "was_transferred", odd, "to."),
        to_hold_initiator=flag(callee, "hold_initiator", odd, "to."),
    )


def digits_collected(fields: Fields, odd: Odd) -> DigitsCollected:
    """§3.1.4."""
    return DigitsCollected(
        entry_id=identity(fields, "entry_id"),
        call_id=identity(fields, "call_id"),
        seq=counter(fields),
        timestamp=number(fields, "timestamp", odd),
        digits=digits(fields, "dtmf"),
        location=place(fields, odd),
        initiator=text(fields, "initiator", odd),
        from_number=text(fields, "from_number", odd),
        to_number=text(fields, "to_number", odd),
        line_number=text(fields, "line_number", odd),
    )


def journey_ended(fields: Fields, odd: Odd) -> JourneyEnded:
    """§3.1.5."""
    caller, callee = part(fields, "from", odd), part(fields, "to", odd)
    tracking = part(fields, "dct", odd)
    return JourneyEnded(
        entry_id=identity(fields, "entry_id"),
        call_direction=number(fields, "call_direction", odd),
        from_extension=text(caller, "extension", odd, "from."),
        from_number=text(caller, "number", odd, "from."),
        to_extension=text(callee, "extension", odd, "to."),
        to_number=text(callee, "number", odd, "to."),
        line_number=text(fields, "line_number", odd) or text(callee, "line_number", odd, "to."),
        dct_number=text(tracking, "number", odd, "dct."),
        dct_type=number(tracking, "type", odd, "dct."),
        create_time=number(fields, "create_time", odd),
        forward_time=number(fields, "forward_time", odd),
        talk_time=number(fields, "talk_time", odd),
        end_time=number(fields, "end_time", odd),
        entry_result=number(fields, "entry_result", odd),
        disconnect_reason=number(fields, "disconnect_reason", odd),
        sip_call_id=text(fields, "sip_call_id", odd),
    )


def command_resulted(fields: Fields, odd: Odd, command: str) -> Event:
    """§3.2: each command's "Результат". Without a command_id (PROTOCOL.md, B) it is only recorded."""
    result = required_number(fields, "result")
    command_id = optional_id(fields, "command_id", odd)
    if not command_id:
        odd.append(f"a result of {command} without a command_id: {result}")
        return Unhandled(kind=f"result/{command}")
    return CommandResulted(command=command, command_id=command_id, result=result)


def presence_changed(fields: Fields, odd: Odd) -> PresenceChanged:
    """§4.4."""
    return PresenceChanged(
        abonent_id=identity(fields, "abonent_id"),
        status=required_number(fields, "status"),
        when=number(fields, "when", odd),
        timestamp=number(fields, "timestamp", odd),
    )


def session_ended(fields: Fields, odd: Odd) -> SessionEnded:
    """§4.4: `abonent` in its list of parameters, `abonent_id` in its example."""
    return SessionEnded(
        abonent_id=optional_id(fields, "abonent_id", odd) or identity(fields, "abonent"),
        session=identity(fields, "session"),
        result=number(fields, "result", odd),
        timestamp=number(fields, "timestamp", odd),
    )


def recording_changed(fields: Fields, odd: Odd) -> RecordingChanged:
    """§3.1.3."""
    return RecordingChanged(
        recording_id=identity(fields, "recording_id"),
        seq=counter(fields),
        state=one_of(fields, "recording_state", RECORDING_STATES, odd),
        entry_id=optional_id(fields, "entry_id", odd),
        call_id=optional_id(fields, "call_id", odd),
        extension=text(fields, "extension", odd),
        timestamp=number(fields, "timestamp", odd),
        completion_code=number(fields, "completion_code", odd),
        recipient=text(fields, "recipient", odd),
        command_id=optional_id(fields, "command_id", odd),
    )


def recording_stored(fields: Fields, odd: Odd) -> RecordingStored:
    return RecordingStored(recording_id=identity(fields, "recording_id"), entry_id=optional_id(fields, "entry_id", odd))


def recording_tagged(fields: Fields, odd: Odd) -> RecordingTagged:
    found = fields.get("tags")
    told = found[:MAX_KEPT] if type(found) is list else []
    return RecordingTagged(
        recording_id=identity(fields, "recording_id"),
        entry_id=optional_id(fields, "entry_id", odd),
        tags=tuple(filter(None, (text({"tag": one}, "tag", odd) for one in told))),
    )


def sms_reported(fields: Fields, odd: Odd) -> Event:
    """§3.1.2. Without a command_id its message is unknown: it is only recorded."""
    reason = required_number(fields, "reason")
    command_id = optional_id(fields, "command_id", odd)
    if not command_id:
        odd.append(f"a report of an sms without a command_id: {reason}")
        return Unhandled(kind="events/sms")
    return SmsReported(command_id=command_id, reason=reason, timestamp=number(fields, "timestamp", odd))


def address_book_changed(fields: Fields, odd: Odd) -> Event:
    """§3.7.4: objects, or of what was deleted their ids. What tells no action changes nothing, and is only recorded."""
    action = text(fields, "action", odd)
    if not action:
        if other := next((name for name in sorted(NO_BOOK.intersection(fields)) if fields[name] not in EMPTY), ""):
            raise malformed(f"{other} without an action is no change of the address book")
        return Unhandled(kind="events/ab")
    data = fields.get("data")
    told = data[:MAX_KEPT] if type(data) is list else [data]
    objects = [one for one in told if type(one) is dict]
    ids = [str(one) for one in told if type(one) in (int, str)]
    ids += [optional_id(one, name, odd) for one in objects for name in ("contact_id", "org_id", "group_id")]
    phones = [phone for one in objects if type(one.get("phones")) is list for phone in one["phones"]]
    numbers = ["".join(filter(str.isdigit, str(one.get("phone", "")))) for one in phones if type(one) is dict]
    return AddressBookChanged(
        action=action,
        ids=tuple(dict.fromkeys(filter(None, ids)))[:MAX_KEPT],
        numbers=tuple(dict.fromkeys(filter(None, numbers)))[:MAX_KEPT],
    )


def statistics_ready(fields: Fields, odd: Odd, kind: str) -> StatisticsReady:
    """§3.3.3, §3.3.4.2."""
    key = identity(fields, "key", MAX_KEY_BYTES)
    return StatisticsReady(kind=kind, key=key, request_id=optional_id(fields, "request_id", odd))


EMPTY: Final[tuple[object, ...]] = (None, "", [], {})
"""A field that was left so says nothing."""


class Kind(msgspec.Struct, frozen=True):
    """One kind of notification."""

    read: Callable[[Fields, Odd], Event]  # raises RequestRefused for a needed field that is missing or malformed
    refuses: tuple[frozenset[str], ...]  # what makes another kind: each the fields that it has all of
    foreign: frozenset[str]  # all of these, without which nothing has to be looked at
    needs: tuple[str, ...] = ()  # fields that have to be there with any content; `read` asks for the others


LEG: Final = frozenset({"call_id", "seq", "call_state"})
PACKET: Final = frozenset({"call_id", "seq", "dtmf"})
RECORDING: Final = frozenset({"recording_id", "seq", "recording_state"})
SUMMARY: Final = frozenset({"call_direction", "entry_result", "create_time", "forward_time", "talk_time", "end_time"})
SESSION: Final = (frozenset({"session", "abonent_id"}), frozenset({"session", "abonent"}))
SHAPES: Final = (LEG, PACKET, RECORDING, SUMMARY, *SESSION)
"""What makes a kind: a body that is valid at its own path has all of it."""

NO_BOOK: Final = frozenset[str]().union(*SHAPES) - {"abonent"} | {
    "entry_id", "command_id", "result", "reason", "key", "status"
}  # fmt: skip
"""What tells that a body without an action is no change of the address book; nothing that it does have is needed."""


def _kind(read: Callable[[Fields, Odd], Event], *own: frozenset[str], needs: tuple[str, ...] = ()) -> Kind:
    """A shape that one field more would make of its own is left out: a body of that one lacks what is needed here."""
    has = frozenset[str]().union(*own)
    shapes = tuple(shape for shape in SHAPES if len(shape - has) > 1)
    return Kind(read, shapes, frozenset[str]().union(*shapes), needs)


def _result(command: str) -> Kind:
    return _kind(partial(command_resulted, command=command))


def _statistics(kind: str) -> Kind:
    return _kind(partial(statistics_ready, kind=kind))


KINDS: Final[Mapping[str, Kind]] = {
    "events/call": _kind(leg_changed, LEG),
    "events/dtmf": _kind(digits_collected, PACKET),
    "events/summary": _kind(journey_ended, SUMMARY, needs=(*sorted(SUMMARY), "disconnect_reason")),
    "events/recording": _kind(recording_changed, RECORDING | {"call_id"}),
    "events/record/added": _kind(recording_stored),
    "events/record/tagged": _kind(recording_tagged),
    "events/sms": _kind(sms_reported),
    "events/ab": _kind(address_book_changed),
    "events/user/status_changed": _kind(presence_changed, frozenset({"abonent_id", "status"})),
    "events/user/session_end": _kind(session_ended, *SESSION),
    "result/stats": _statistics("stats"),
    "result/stat": _statistics("stats"),
    "result/stats_in_calls_service": _statistics("stats_in_calls_service"),
    **{f"result/{command}": _result(command) for command in sorted(RESULTS)},
}
"""By the path on which they come. What comes on any other path is recorded and left alone."""
