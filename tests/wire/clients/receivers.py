"""What receivers with typed fields decode: a number where the PBX sends one, text where it sends text, in strict mode."""

from typing import Any, Final

import msgspec


class Side(msgspec.Struct, kw_only=True):
    extension: str = ""
    number: str = ""
    taken_from_call_id: str = ""
    line_number: str = ""
    acd_group: str = ""


class Tracking(msgspec.Struct, kw_only=True):
    type: int
    number: str = ""


class Called(msgspec.Struct, kw_only=True, rename={"caller": "from", "callee": "to"}):
    """`events/call` and `events/summary`, in one structure as the Go receiver has it."""

    entry_id: str
    caller: Side
    callee: Side
    call_id: str = ""
    timestamp: int = 0
    seq: int = 0
    call_state: str = ""
    location: str = ""
    dct: Tracking | None = None
    disconnect_reason: int = 0
    command_id: str = ""
    task_id: str = ""
    callback_initiator: str = ""
    call_direction: int = 0
    line_number: str = ""
    create_time: int = 0
    forward_time: int = 0
    talk_time: int = 0
    end_time: int = 0
    entry_result: int = 0


class Pressed(msgspec.Struct, kw_only=True):
    seq: int
    dtmf: str
    timestamp: int
    call_id: str
    entry_id: str
    location: str


class Recorded(msgspec.Struct, kw_only=True):
    recording_id: str
    recording_state: str
    seq: int
    entry_id: str
    call_id: str
    timestamp: int
    extension: str = ""
    completion_code: int = 0
    recipient: str = ""
    command_id: str = ""


class Sent(msgspec.Struct, kw_only=True):
    command_id: str
    timestamp: int
    reason: int


class Resulted(msgspec.Struct, kw_only=True):
    command_id: str
    result: int


TYPED: Final[dict[str, type[Any]]] = {
    "events/call": Called,
    "events/summary": Called,
    "events/dtmf": Pressed,
    "events/recording": Recorded,
    "events/sms": Sent,
    "result/route": Resulted,
    "result/sms": Resulted,
    "result/callback": Resulted,
    "result/callback_group": Resulted,
    "result/transfer": Resulted,
}
