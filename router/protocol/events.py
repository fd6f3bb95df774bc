"""What the PBX tells us, typed: one frozen struct for each kind of notification (§3.1, §3.2).

Wire spellings end here: the parser (`parse.py`) turns a decoded `json` object into one of these, coerces what
peers send as a number or as text, and keeps nothing it does not know: the store keeps the original body. An optional
text that did not come is `""`, an optional number that did not come is `0`.
"""

from typing import Final

import msgspec

APPEARED: Final = "Appeared"
CONNECTED: Final = "Connected"
ON_HOLD: Final = "OnHold"
DISCONNECTED: Final = "Disconnected"
CALL_STATES: Final = (APPEARED, CONNECTED, ON_HOLD, DISCONNECTED)

PRESENCE: Final = {1: "online", 2: "dnd", 3: "break", 4: "offline", 5: "dial"}
"""Statuses of an employee in the contact centre (§4.3.3), as flows name them."""

IVR: Final = "ivr"
QUEUE: Final = "queue"
ABONENT: Final = "abonent"


class LegChanged(msgspec.Struct, frozen=True, kw_only=True, tag="call", omit_defaults=True):
    """`events/call` (§3.1.1): a leg of a call is in a new state. Ordered by `seq` within its `call_id`."""

    entry_id: str  # the caller's whole journey, never changes
    call_id: str  # this leg
    seq: int  # counts from 1 within call_id
    timestamp: int  # Unix seconds
    state: str  # one of CALL_STATES
    location: str = ""  # ivr, queue, abonent; may be absent
    from_extension: str = ""
    from_number: str = ""  # absent for a hidden caller
    taken_from_call_id: str = ""  # the leg that the `from` party was on before; it may never have been seen
    to_extension: str = ""
    to_number: str = ""  # may be sip:user@domain
    line_number: str = ""  # only on incoming calls; may be sip:user@domain
    acd_group: str = ""
    dct_number: str = ""
    dct_type: int = 0
    disconnect_reason: int = 0  # only with Disconnected
    sip_call_id: str = ""
    command_id: str = ""  # the command that created the leg, ours or another integration's
    task_id: str = ""
    callback_initiator: str = ""
    # version 2 of the event (profile 2026)
    transfer: str = ""  # consultative, blind, return_blind
    from_was_transferred: bool = False  # told with Disconnected
    from_hold_initiator: bool = False  # told with OnHold
    to_was_transferred: bool = False
    to_hold_initiator: bool = False


class DigitsCollected(msgspec.Struct, frozen=True, kw_only=True, tag="dtmf", omit_defaults=True):
    """`events/dtmf` (§3.1.4): the PBX's scheme collected a whole packet of keys. Its own counter, by `call_id`."""

    entry_id: str
    call_id: str
    seq: int  # counts from 1 within call_id, apart from the leg's own counter
    timestamp: int
    digits: str  # of 0-9 * #
    location: str = ""  # where the call was: ivr, ivr.2, ...
    initiator: str = ""
    from_number: str = ""
    to_number: str = ""
    line_number: str = ""


class JourneyEnded(msgspec.Struct, frozen=True, kw_only=True, tag="summary", omit_defaults=True):
    """`events/summary` (§3.1.5): the whole journey is over."""

    entry_id: str
    call_direction: int = 0  # 0 internal, 1 incoming, 2 outgoing
    from_extension: str = ""
    from_number: str = ""
    to_extension: str = ""
    to_number: str = ""
    line_number: str = ""
    dct_number: str = ""
    dct_type: int = 0
    create_time: int = 0  # Unix seconds, like all four
    forward_time: int = 0  # when the caller left the voice menu; 0 when it was not answered
    talk_time: int = 0  # when somebody answered; 0 when it was not answered
    end_time: int = 0
    entry_result: int = 0  # 1 when a conversation took place
    disconnect_reason: int = 0
    sip_call_id: str = ""


class CommandResulted(msgspec.Struct, frozen=True, kw_only=True, tag="result", omit_defaults=True):
    """`result/...` (§3.2): the outcome of a command, before or after the events that it caused."""

    command: str  # the path behind result/, e.g. "route", "play/start"
    command_id: str
    result: int  # 1000 is success, everything else is a code of the document's list


class PresenceChanged(msgspec.Struct, frozen=True, kw_only=True, tag="presence", omit_defaults=True):
    """`events/user/status_changed` (§4.4): unsigned, so it may change presence and nothing else."""

    abonent_id: str
    status: int  # 1 online, 2 do not disturb, 3 break, 4 offline, 5 outbound dialling
    when: int = 0  # milliseconds
    timestamp: int = 0  # milliseconds: when it was sent


class SessionEnded(msgspec.Struct, frozen=True, kw_only=True, tag="session_end", omit_defaults=True):
    """`events/user/session_end` (§4.4): a session that we began in the contact centre is over. Unsigned."""

    abonent_id: str
    session: str
    result: int = 0  # a code of 12xx when no command asked for it
    timestamp: int = 0  # milliseconds


class RecordingChanged(msgspec.Struct, frozen=True, kw_only=True, tag="recording", omit_defaults=True):
    """`events/recording` (§3.1.3): a recording began, moved on with the employee, or ended. Its own counter."""

    recording_id: str
    seq: int  # counts within recording_id
    state: str  # Started, Continued, Completed
    entry_id: str = ""
    call_id: str = ""
    extension: str = ""  # the employee who is recorded
    timestamp: int = 0
    completion_code: int = 0  # only with Completed; 1000 is saved
    recipient: str = ""  # Cloud, Mail, CloudAndMail; of one that is saved
    command_id: str = ""


class RecordingStored(msgspec.Struct, frozen=True, kw_only=True, tag="record_added", omit_defaults=True):
    """`events/record/added` (profile 2026): the file can be had."""

    recording_id: str
    entry_id: str = ""


class RecordingTagged(msgspec.Struct, frozen=True, kw_only=True, tag="record_tagged", omit_defaults=True):
    """`events/record/tagged` (profile 2026): speech analytics found topics in a recording."""

    recording_id: str
    entry_id: str = ""
    tags: tuple[str, ...] = ()  # ids of topics


class SmsReported(msgspec.Struct, frozen=True, kw_only=True, tag="sms", omit_defaults=True):
    """`events/sms` (§3.1.2): whether an SMS got to its recipient."""

    command_id: str
    reason: int  # 1000 is delivered, else 43xx
    timestamp: int = 0


class AddressBookChanged(msgspec.Struct, frozen=True, kw_only=True, tag="address_book", omit_defaults=True):
    """`events/ab` (§3.7.4). Of what was deleted the PBX tells the ids alone, and not what they were of."""

    action: str  # new, updated, deleted
    ids: tuple[str, ...] = ()  # of contacts, organisations or groups
    numbers: tuple[str, ...] = ()  # of contacts, digits only


class StatisticsReady(msgspec.Struct, frozen=True, kw_only=True, tag="statistics", omit_defaults=True):
    """`result/stats`, `result/stat`, `result/stats_in_calls_service` (§3.3): what was asked for can be fetched."""

    kind: str  # stats or stats_in_calls_service
    key: str
    request_id: str = ""


class Unhandled(msgspec.Struct, frozen=True, kw_only=True, tag="other", omit_defaults=True):
    """Any other notification, and one that names nothing it could change: recorded and left alone."""

    kind: str  # the path behind the prefix, e.g. "events/recording"
    entry_id: str = ""
    command_id: str = ""


Told = RecordingChanged | RecordingStored | RecordingTagged | SmsReported
"""What a call's trace tells, and nothing else depends on."""

Event = (
    LegChanged
    | DigitsCollected
    | JourneyEnded
    | CommandResulted
    | PresenceChanged
    | SessionEnded
    | Told
    | AddressBookChanged
    | StatisticsReady
    | Unhandled
)
