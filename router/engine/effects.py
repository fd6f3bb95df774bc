"""What a step asks of the world: performed by the runtime, in the order in which they were asked for."""

from typing import Any

import msgspec


class QueueCommand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: put this command into the outbox."""

    command_id: str
    command: str  # route, play/start, call/hangup, transfer, sms
    call_id: str  # "" for commands that need no live call
    params: dict[str, Any]  # the json of the request, command_id included
    label: str  # what the flow's author calls it: "group sales", "audio.main_menu"
    deadline: float | None  # until when it can help; None for ever
    high_priority: bool = False
    buyable: bool = False  # a prompt can buy it more time


class WithdrawCommands(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: what is still queued for this call can no longer help (it becomes `expired`)."""

    reason: str
    keep: str = ""  # a command_id that stays


class ConfirmCommand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: an event that could only follow from the command came; it is confirmed without its result."""

    command_id: str
    by: str  # "leg"


class PostponeCommand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: time was bought; a command that is still queued can help for longer, in the place that it has."""

    command_id: str
    deadline: float
    buyable: bool = True  # whether it can be bought again


class StartLookup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: ask somebody else, outside of the transaction; the answer comes as `LookupFinished`.

    Texts hold each secret as a mark (`engine.secret_marks`), to be replaced when the request leaves.
    """

    request_id: str
    kind: str  # http, api, or a lookup of a known shape: contact, visitor
    label: str  # step name, for people
    method: str = ""  # of http
    url: str = ""
    headers: dict[str, str] = {}
    json: Any = None
    api: str = ""  # path of an api method
    arguments: dict[str, str] = {}  # of an api method; of a known lookup its `number`
    timeout_seconds: float = 2.0
    cache_seconds: float = 0.0
    stale_on_error: bool = False
    outputs: tuple[tuple[str, str, str], ...] = ()  # (name, type, path)
    country: str = "RU"  # in which the numbers of the answer are written


class AskStatistics(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: ask the PBX what became of the call, outside of the transaction; the answer comes as `Reconciled`."""

    started: float  # the call's beginning, Unix seconds


class RememberValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: put a value into a list that is shared by all calls and workers."""

    list_name: str
    value: str
    keep_seconds: float | None  # None for ever


class SendNotification(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Effect: tell the author's own webhook; durable, repeated until it answers 2xx or a day is over."""

    notification_id: str
    type: str  # what a receiver goes by: "main.missed"
    sequence: int  # among the call's notifications, from 1 on
    url: str  # texts hold secrets as marks
    data: Any
    label: str


Effect = (
    QueueCommand | WithdrawCommands | ConfirmCommand | PostponeCommand
    | StartLookup | AskStatistics | RememberValue | SendNotification
)  # fmt: skip
