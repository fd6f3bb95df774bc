"""A pretend PBX with one caller: it turns what a script lets happen into typed notifications (§3.1).

It keeps the PBX's rules and nothing of ours: which leg the caller is on, what may be done to it, every counter from
1 without a gap. Nothing waits here and nothing is lost; when a notification arrives, and whether it does, is the
simulation's business. The order within a batch is that of the document's stories. `obey` adds our commands.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.protocol.events import (
    ABONENT,
    APPEARED,
    CONNECTED,
    DISCONNECTED,
    IVR,
    ON_HOLD,
    CommandResulted,
    DigitsCollected,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
)
from router.simulator.leg import Leg
from router.simulator.script import FAILURES

REPLACED: Final = 1100
CALLER_HUNG_UP: Final = 1110
NOT_ANSWERED: Final = 1111
EMPLOYEE_HUNG_UP: Final = 1120

SCHEME_EMPLOYEE: Final = "199"
"""To whom the PBX's own scheme moves a caller, and who picks up a group's call: nobody of the bundle."""

Notification = LegChanged | DigitsCollected | JourneyEnded | CommandResulted | RecordingChanged
Events = list[Notification]


class Impossible(Exception):
    """A script asks for something that cannot happen in the present state of the call; the text says why."""


class Pbx:
    """One journey through the pretend PBX."""

    def __init__(
        self,
        *,
        entry_id: str,
        caller: str,
        line: str,
        location: str,
        dct: tuple[str, int],
        group: str = "",
        sip_call_id: str = "",
    ) -> None:
        self.entry_id = entry_id
        self.caller = caller
        self.line = line
        self.location = location
        self.dct = dct
        self.group = group  # through which the call comes in
        self.sip_call_id = sip_call_id
        self.recordings = 0
        self.legs: list[Leg] = []
        self.consultation: Leg | None = None  # the employee's own call during a transfer with consultation
        self.handed_over_by = ""  # the employee who last transferred the caller blind
        self.packets: dict[str, int] = {}  # call_id -> packets of keys so far
        self.began = 0.0
        self.answered_at: float | None = None

    # what the caller does

    def ring_in(self, now: float) -> Events:
        """The call appears on the line."""
        self.began = now
        employee: dict[str, Any] = {"to_extension": SCHEME_EMPLOYEE} if self.location == ABONENT else {}
        return [self.new_leg(now, location=self.location, to_number=self.line, acd_group=self.group, **employee)]

    def press(self, digits: str, now: float) -> Events:
        """The scheme has collected one packet of keys (§3.1.4)."""
        leg = self.here("press a key")
        seq = self.packets[leg.call_id] = self.packets.get(leg.call_id, 0) + 1
        packet = DigitsCollected(
            entry_id=self.entry_id,
            call_id=leg.call_id,
            seq=seq,
            timestamp=int(now),
            digits=digits,
            location=leg.last.location,
            initiator=self.caller,
            from_number=self.caller,
            to_number=self.line,
            line_number=self.line,
        )
        return [packet]

    def hang_up(self, now: float) -> Events:
        """The caller hangs up: every leg ends, then the journey (§3.1.5)."""
        self.here("hang up")
        return self.end(now, CALLER_HUNG_UP)

    # what happens at the other end

    def happen(self, what: str, now: float) -> Events:
        """One of the script's happenings; raises Impossible when the call is not in a state for it."""
        if what in FAILURES:
            return self.fail(FAILURES[what], now)
        return HAPPENS[what](self, now)

    def _answer(self, now: float) -> Events:
        if (second := self.consultation) is not None:
            return self._join(second, now)
        leg = self.here("be answered")
        if not leg.rings:
            raise Impossible("nobody's phone rings, so nobody can answer")
        self.handed_over_by = ""
        self.answered_at = now if self.answered_at is None else self.answered_at
        return [leg.next(now, state=CONNECTED)]

    def _join(self, second: Leg, now: float) -> Events:
        """The other employee answers and the first one steps aside (§3.2.8, with consultation)."""
        first = self.here("be joined")
        self.consultation = None
        return [
            second.next(now, state=CONNECTED),
            first.next(now, state=DISCONNECTED, disconnect_reason=EMPLOYEE_HUNG_UP),
            second.next(now, from_extension="", from_number=self.caller, taken_from_call_id=first.call_id),
        ]

    def fail(self, reason: int, now: float) -> Events:
        """The attempt fails, and the caller is back where he was: in the scheme, or with the first employee. After a
        blind transfer that one's phone rings again (§3.2.8)."""
        if (second := self.consultation) is not None:
            self.consultation = None
            failed = second.next(now, state=DISCONNECTED, disconnect_reason=reason)
            return [failed, self.here("return").next(now, state=CONNECTED)]
        leg = self.here("be refused")
        if not leg.rings:
            raise Impossible("nobody's phone rings, so nothing can fail")
        failed = leg.next(now, state=DISCONNECTED, disconnect_reason=reason)
        if employee := self.handed_over_by:
            self.handed_over_by = ""
            return [failed, self.new_leg(now, location=ABONENT, to_extension=employee, taken_from=leg)]
        return [failed, self.new_leg(now, location=IVR, to_number=self.line, taken_from=leg)]

    def _hold(self, now: float) -> Events:
        return [self._talking(CONNECTED, "be put on hold").next(now, state=ON_HOLD)]

    def _resume(self, now: float) -> Events:
        """The employee takes the caller back: from hold, from a consultation, from a blind transfer that rings."""
        leg = self.here("be taken back")
        if self.handed_over_by and leg.rings:
            return self.fail(NOT_ANSWERED, now)
        if self.consultation is not None:
            return self.fail(CALLER_HUNG_UP, now)
        return [self._talking(ON_HOLD, "be taken off hold").next(now, state=CONNECTED)]

    def _move_on(self, now: float) -> Events:
        """The scheme's patience is over: it moves the caller to an employee, by no command of ours."""
        leg = self.here("be moved on")
        if not leg.in_menu:
            raise Impossible("the scheme has the caller no more, so it cannot move him on")
        gone = leg.next(now, state=DISCONNECTED, disconnect_reason=REPLACED)
        return [gone, self.new_leg(now, location=ABONENT, to_extension=SCHEME_EMPLOYEE, taken_from=leg)]

    # legs

    def new_leg(self, now: float, *, location: str, taken_from: Leg | None = None, **fields: Any) -> LegChanged:
        """A leg appears; `fields` are those of the notification, the caller being its `from` unless they say else."""
        dct_number, dct_type = self.dct
        first = LegChanged(
            entry_id=self.entry_id,
            call_id=f"leg-{len(self.legs) + 1}",
            seq=1,
            timestamp=int(now),
            state=APPEARED,
            location=location,
            line_number=self.line,
            dct_number=dct_number,
            dct_type=dct_type,
            sip_call_id=self.sip_call_id,
            taken_from_call_id=taken_from.call_id if taken_from is not None else "",
            **{"from_number": self.caller, **fields},
        )
        self.legs.append(Leg(first))
        return first

    def find(self, call_id: str) -> Leg | None:
        """The leg of that call_id, None when there is none or it has ended."""
        return next((leg for leg in self.legs if leg.call_id == call_id and leg.alive), None)

    def here(self, wish: str) -> Leg:
        """The leg that the caller is on."""
        for leg in reversed(self.legs):
            if leg.alive and leg is not self.consultation:
                return leg
        raise Impossible(f"the call is over, the caller cannot {wish}")

    def _talking(self, state: str, wish: str) -> Leg:
        leg = self.here(wish)
        if leg.in_menu or leg.last.state != state:
            raise Impossible(f"the caller cannot {wish}: the leg is {leg.last.state} in {leg.last.location}")
        return leg

    def end(self, now: float, reason: int) -> Events:
        """Every leg ends, and with them the journey."""
        alive = [leg for leg in self.legs if leg.alive]
        ended: Events = [leg.next(now, state=DISCONNECTED, disconnect_reason=reason) for leg in alive]
        answered = 0 if self.answered_at is None else int(self.answered_at)
        summary = JourneyEnded(
            entry_id=self.entry_id,
            call_direction=1,
            from_number=self.caller,
            line_number=self.line,
            create_time=int(self.began),
            forward_time=answered,
            talk_time=answered,
            end_time=int(now),
            entry_result=int(answered > 0),
            disconnect_reason=reason,
            sip_call_id=self.sip_call_id,
        )
        return [*ended, summary]


HAPPENS: Final[Mapping[str, Callable[[Pbx, float], Events]]] = {
    "answered": Pbx._answer,
    "held": Pbx._hold,
    "resumed": Pbx._resume,
    "left": Pbx._move_on,
}
