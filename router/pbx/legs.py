"""The records of the model: a caller's journey, its legs and recordings.

They are mutable, and the switchboard alone changes a leg's state, so that no change goes without its notification and
`seq` counts every one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from router.pbx.setup import Menu, Scheme
from router.protocol.events import ABONENT, APPEARED, DISCONNECTED, IVR, QUEUE, JourneyEnded, LegChanged
from router.virtual_clock import Appointment

INTERNAL, INCOMING, OUTGOING = 0, 1, 2
"""call_direction (§3.1.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a leg. An empty field does not go on the wire."""

    extension: str = ""
    number: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Leg:
    """One call_id."""

    call_id: str
    journey: "Journey"
    location: str  # ivr, queue or abonent
    caller: Party
    callee: Party
    taken_from: str = ""  # the call_id that the caller was on before
    group: str = ""
    command_id: str = ""  # what the notifications name, "" when this leg keeps it to itself
    state: str = ""
    seq: int = 0
    dtmf_seq: int = 0
    reason: int | None = None
    began: float = 0.0
    connected: float | None = None  # the first time
    closed: float | None = None
    held_since: float | None = None
    held_seconds: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether commands can still name it."""
        return self.state != DISCONNECTED

    @property
    def entry_id(self) -> str:
        """Of its journey."""
        return self.journey.entry_id

    @property
    def is_in_menu(self) -> bool:
        """Whether the caller is in the PBX's hands there: in its menu, or in a group's queue."""
        return self.location in (IVR, QUEUE)

    @property
    def rings(self) -> bool:
        """Whether it is a phone that rings."""
        return self.location == ABONENT and self.state == APPEARED

    def event(self, timestamp: int) -> LegChanged:
        """`events/call` for its present state (§3.1.1)."""
        journey = self.journey
        return LegChanged(
            entry_id=journey.entry_id,
            call_id=self.call_id,
            seq=self.seq,
            timestamp=timestamp,
            state=self.state,
            location=self.location,
            from_extension=self.caller.extension,
            from_number=self.caller.number,
            taken_from_call_id=self.taken_from,
            to_extension=self.callee.extension,
            to_number=self.callee.number,
            line_number=journey.line if journey.direction == INCOMING else "",  # the line that the call came in by
            acd_group=self.group,
            dct_number=journey.dct[0],
            dct_type=journey.dct[1],
            disconnect_reason=self.reason or 0,
            sip_call_id=journey.sip_call_id,
            command_id=self.command_id,
            task_id=journey.task_id,
            callback_initiator=journey.callback_initiator,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """What the caller hears."""

    audio: str  # the internal id; "" is silence
    source: str  # scheme or command
    until: float  # when it ends, virtual time
    command_id: str = ""


class Attempting(Protocol):
    """An attempt to connect the caller; see `ringing`."""

    def cancel(self, reason: int) -> None:
        """Give up; its legs end with `reason`."""

    def decide(self, reason: int | None) -> bool:
        """What rings is answered (None), or fails with `reason`; False when nothing rings."""

    def owns(self, leg: Leg) -> bool:
        """Whether the leg belongs to it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Transfer:
    """A transfer that is under way (§3.2.8)."""

    attempt: Attempting
    resume: Callable[[], None]  # what becomes of the caller when it is called off
    is_blind: bool
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
    direction: int = INCOMING
    callback_initiator: str = ""
    task_id: str = ""
    sip_call_id: str = ""  # an incoming call's, given by the system that sends it to the PBX (§3.1.1)
    sides: tuple[Party, Party] = (Party(), Party())  # who calls and who is called, of a call that the PBX makes
    dct: tuple[str, int] = ("", 0)  # call tracking: number and type
    waits_for_people: bool = (
        False  # phones that ring for it do nothing by themselves: somebody plays those who have them
    )
    on_end: Callable[["Journey"], None] = lambda journey: None
    legs: list[Leg] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    notifications: list[Any] = field(default_factory=list)  # as the room above keeps them
    requests: list[dict[str, Any]] = field(default_factory=list)  # the same
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

    def summary(self) -> JourneyEnded:
        """`events/summary` (§3.1.5)."""
        caller, called = Party(number=self.caller), self.answered_by or self._first_missed()
        forwarded = int(self.forwarded or 0) if self.talked else 0
        if self.direction != INCOMING:
            caller, called = self.sides[0], self.answered_by or self.sides[1]
            forwarded = int(self.started)
        return JourneyEnded(
            entry_id=self.entry_id,
            call_direction=self.direction,
            from_extension=caller.extension,
            from_number=caller.number,
            to_extension=called.extension,
            to_number=called.number,
            line_number=self.line,
            dct_number=self.dct[0],
            dct_type=self.dct[1],
            create_time=int(self.started),
            forward_time=forwarded,
            talk_time=int(self.talked or 0),
            end_time=int(self.ended or 0),
            entry_result=1 if self.talked else 0,
            disconnect_reason=self.reason or 0,
            sip_call_id=self.sip_call_id,
        )

    def _first_missed(self) -> Party:
        """The first link of the chain of those who were called: an employee, or a group without a number (§3.1.5)."""
        for leg in self.legs:
            if leg.location == QUEUE:
                return Party(extension=leg.group)
            if leg.location == ABONENT:
                return leg.callee
        return Party()
