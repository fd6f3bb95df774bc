"""A caller's journey and its legs, as the PBX keeps them, and how they look on the wire (§3.1).

These are the only mutable records of the model; the switchboard alone changes a leg's state, so that no change goes
without its notification and `seq` counts every one of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from router.emulator.agenda import Appointment
from router.emulator.config import Menu, Scheme
from router.protocol.events import ABONENT, DISCONNECTED, IVR, QUEUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a leg. An empty field does not go on the wire."""

    extension: str = ""
    number: str = ""

    def wire(self) -> dict[str, str]:
        """The fields that are known."""
        return {name: text for name, text in (("extension", self.extension), ("number", self.number)) if text}


@dataclass(slots=True, kw_only=True, eq=False)
class Leg:
    """One call_id."""

    call_id: str
    entry_id: str
    location: str  # ivr, queue or abonent
    caller: Party
    callee: Party
    line: str
    taken_from: str = ""  # the call_id that the caller was on before
    group: str = ""
    command_id: str = ""  # what the notifications name, "" when this leg keeps it to itself
    state: str = ""
    seq: int = 0
    dtmf_seq: int = 0
    reason: int | None = None
    dct: Mapping[str, Any] = field(default_factory=lambda: {"type": 0})  # call tracking
    callback_initiator: str = ""
    task_id: str = ""
    sip_call_id: str = ""
    began: float = 0.0
    connected: float | None = None  # the first time
    closed: float | None = None
    held_since: float | None = None
    held_seconds: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether commands can still name it."""
        return self.state != DISCONNECTED

    def event(self, timestamp: int) -> dict[str, Any]:
        """The body of `events/call` for its present state (§3.1.1)."""
        taken = {"taken_from_call_id": self.taken_from} if self.taken_from else {}
        group = {"acd_group": self.group} if self.group else {}
        named = {"command_id": self.command_id} if self.command_id else {}
        ended = {"disconnect_reason": self.reason} if self.reason is not None else {}
        line = {"line_number": self.line} if self.line else {}
        origin = {name: text for name, text in self._origin() if text}
        return {
            "entry_id": self.entry_id,
            "call_id": self.call_id,
            "timestamp": timestamp,
            "seq": self.seq,
            "call_state": self.state,
            "location": self.location,
            "from": self.caller.wire() | taken,
            "to": self.callee.wire() | line | group,
            "dct": dict(self.dct),
            **named,
            **origin,
            **ended,
        }

    def _origin(self) -> tuple[tuple[str, str], ...]:
        """What tells of a call that the PBX made, or whose id another system gave."""
        return (
            ("callback_initiator", self.callback_initiator),
            ("task_id", self.task_id),
            ("sip_call_id", self.sip_call_id),
        )


@dataclass(slots=True, kw_only=True, eq=False)
class Notification:
    """One push to the webhook and what came of it."""

    at: float  # when it happened; Unix seconds, virtual time
    path: str  # e.g. events/call
    address: str  # where it is posted, behind the webhook's base: the path, or another spelling of it
    payload: Mapping[str, Any]
    text: str  # the payload as it is signed and sent
    is_signed: bool = True  # the contact centre's are not (§4.4)
    dropped: bool = False  # a fault kept it from being sent
    deliveries: list[dict[str, Any]] = field(default_factory=list)  # each with at, status and ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """What the caller hears."""

    audio: str  # the internal id; "" is silence
    source: str  # scheme or command
    until: float  # when it ends, virtual time
    command_id: str = ""


class Attempting(Protocol):
    """An attempt to connect the caller with somebody; see `ringing`."""

    def cancel(self, reason: int) -> None:
        """Give up; its legs end with `reason`."""

    def owns(self, leg: Leg) -> bool:
        """Whether the leg belongs to it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Transfer:
    """A transfer that is under way (§3.2.8)."""

    attempt: Attempting
    resume: Callable[[], None]  # what becomes of the caller when it is called off
    completion: Appointment | None = None  # the consulting employee is going to hang up


@dataclass(slots=True, kw_only=True, eq=False)
class Recording:
    """One employee's part of a conversation, recorded; see `recording`."""

    recording_id: str
    entry_id: str
    call_id: str  # the leg that it is on at present
    extension: str
    command_id: str
    started: float
    seq: int = 0
    ended: float | None = None
    code: int = 0  # how it ended

    @property
    def seconds(self) -> float:
        """Its length, of one that has ended."""
        return (self.ended or self.started) - self.started


@dataclass(slots=True, kw_only=True, eq=False)
class Journey:
    """One entry_id: a caller, from dialling to the summary."""

    id: str  # short, fits into a URL
    entry_id: str
    caller: str  # "" when the number is withheld
    line: str
    scheme: Scheme | None
    started: float
    direction: int = 1  # call_direction: 0 internal, 1 incoming, 2 outgoing
    callback_initiator: str = ""
    task_id: str = ""
    sip_call_id: str = ""  # an incoming call's, given by whoever sends it to the PBX (§3.1.1)
    sides: tuple[Party, Party] = (Party(), Party())  # who calls and who is called, of a call that the PBX makes
    dct: Mapping[str, Any] = field(default_factory=lambda: {"type": 0})
    on_end: Callable[["Journey"], None] = lambda journey: None
    legs: list[Leg] = field(default_factory=list)
    notifications: list[Notification] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    forwarded: float | None = None
    talked: float | None = None
    answered_by: Party | None = None
    ended: float | None = None
    reason: int | None = None
    menu: Menu | None = None  # where the caller is, or comes back to, in the scheme
    collected: str | None = None  # what a DISA block holds so far; None outside of one
    playing: Playing | None = None
    pending: Appointment | None = None  # the scheme's next move
    attempt: Attempting | None = None
    transfer: Transfer | None = None
    talk_end: Appointment | None = None

    def live(self, location: str) -> Leg | None:
        """The newest leg at that location that has not ended."""
        return next((leg for leg in reversed(self.legs) if leg.alive and leg.location == location), None)

    @property
    def menu_leg(self) -> Leg | None:
        """The leg in the voice menu."""
        return self.live(IVR)

    def summary(self) -> dict[str, Any]:
        """The body of `events/summary` (§3.1.5)."""
        caller, missed = Party(number=self.caller), self._first_missed()
        forwarded = int(self.forwarded or 0) if self.talked else 0
        if self.direction != 1:
            caller, missed = self.sides
            forwarded = int(self.started)
        line = {"line_number": self.line} if self.line else {}
        sip = {"sip_call_id": self.sip_call_id} if self.sip_call_id else {}
        return {
            "entry_id": self.entry_id,
            "call_direction": self.direction,
            "from": caller.wire(),
            "to": (self.answered_by or missed).wire(),
            **line,
            **sip,
            "dct": dict(self.dct),
            "create_time": int(self.started),
            "forward_time": forwarded,
            "talk_time": int(self.talked or 0),
            "end_time": int(self.ended or 0),
            "entry_result": 1 if self.talked else 0,
            "disconnect_reason": self.reason,
        }

    def _first_missed(self) -> Party:
        """The first link of the chain of those who were called: an employee, or a group without a number (§3.1.5)."""
        for leg in self.legs:
            if leg.location == QUEUE:
                return Party(extension=leg.group)
            if leg.location == ABONENT:
                return leg.callee
        return Party()
