"""A pretend PBX with one caller: it turns what a script says, and what our commands ask, into typed notifications.

It keeps the PBX's rules and nothing of ours: which leg the caller is on, what may be done to it, every counter from
1 without a gap. Nothing waits here and nothing is lost; when a notification arrives, and whether it does, is the
simulation's business. The order within a batch is that of the document's stories (§3.2.7, §3.2.8).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from router.engine.state import QueueCommand
from router.protocol.events import (
    ABONENT,
    APPEARED,
    CONNECTED,
    DISCONNECTED,
    IVR,
    ON_HOLD,
    QUEUE,
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
)
from router.simulator.leg import Leg
from router.simulator.script import FAILURES

DONE: Final = 1000
REPLACED: Final = 1100
CALLER_HUNG_UP: Final = 1110
EMPLOYEE_HUNG_UP: Final = 1120
ENDED_BY_COMMAND: Final = 1181
INTERCEPTED: Final = 1182
NOT_POSSIBLE: Final = 4100
GONE: Final = 4101

SCHEME_EMPLOYEE: Final = "199"
"""To whom the PBX's own scheme moves a caller, and who picks up a group's call: nobody of the bundle."""

Events = list[Event]


class Impossible(Exception):
    """A script asks for something that cannot happen in the present state of the call; the text says why."""


class Pbx:
    """One journey through the pretend PBX."""

    def __init__(self, *, entry_id: str, caller: str, line: str, location: str, dct: tuple[str, int]) -> None:
        self.entry_id = entry_id
        self.caller = caller
        self.line = line
        self.location = location
        self.dct = dct
        self.legs: list[Leg] = []
        self.consultation: Leg | None = None  # the employee's own call during a transfer with consultation
        self.packets: dict[str, int] = {}  # call_id -> packets of keys so far
        self.began = 0.0
        self.answered_at: float | None = None

    # what the caller does

    def ring_in(self, now: float) -> Events:
        """The call appears on the line."""
        self.began = now
        employee = {"to_extension": SCHEME_EMPLOYEE} if self.location == ABONENT else {}
        return [self._new_leg(now, location=self.location, to_number=self.line, **employee)]

    def press(self, digits: str, now: float) -> Events:
        """The scheme has collected one packet of keys (§3.1.4)."""
        leg = self._here("press a key")
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
        self._here("hang up")
        return self._end(now, CALLER_HUNG_UP)

    # what happens at the other end

    def happen(self, what: str, now: float) -> Events:
        """One of the script's happenings; raises Impossible when the call is not in a state for it."""
        if what in FAILURES:
            return self._fail(FAILURES[what], now)
        return HAPPENS[what](self, now)

    def _answer(self, now: float) -> Events:
        if (second := self.consultation) is not None:
            return self._join(second, now)
        leg = self._here("be answered")
        if not leg.rings:
            raise Impossible("nobody's phone rings, so nobody can answer")
        self.answered_at = now if self.answered_at is None else self.answered_at
        return [leg.next(now, state=CONNECTED)]

    def _join(self, second: Leg, now: float) -> Events:
        """The other employee answers and the first one steps aside (§3.2.8, with consultation)."""
        self.consultation = None
        first = self._here("be joined")
        return [
            second.next(now, state=CONNECTED),
            first.next(now, state=DISCONNECTED, disconnect_reason=EMPLOYEE_HUNG_UP),
            second.next(now, from_extension="", from_number=self.caller, taken_from_call_id=first.call_id),
        ]

    def _fail(self, reason: int, now: float) -> Events:
        """The attempt fails, and the caller is back where he was: in the scheme, or with the first employee."""
        if (second := self.consultation) is not None:
            self.consultation = None
            failed = second.next(now, state=DISCONNECTED, disconnect_reason=reason)
            return [failed, self._here("return").next(now, state=CONNECTED)]
        leg = self._here("be refused")
        if not leg.rings:
            raise Impossible("nobody's phone rings, so nothing can fail")
        failed = leg.next(now, state=DISCONNECTED, disconnect_reason=reason)
        return [failed, self._new_leg(now, location=IVR, to_number=self.line, taken_from=leg)]

    def _hold(self, now: float) -> Events:
        return [self._talking(CONNECTED, "be put on hold").next(now, state=ON_HOLD)]

    def _resume(self, now: float) -> Events:
        leg = self._talking(ON_HOLD, "be taken off hold")
        events: Events = []
        if (second := self.consultation) is not None:
            self.consultation = None
            events.append(second.next(now, state=DISCONNECTED, disconnect_reason=CALLER_HUNG_UP))
        return [*events, leg.next(now, state=CONNECTED)]

    def _move_on(self, now: float) -> Events:
        """The scheme's patience is over: it moves the caller to an employee, by no command of ours."""
        leg = self._here("be moved on")
        if not leg.in_menu:
            raise Impossible("the scheme has the caller no more, so it cannot move him on")
        gone = leg.next(now, state=DISCONNECTED, disconnect_reason=REPLACED)
        return [gone, self._new_leg(now, location=ABONENT, to_extension=SCHEME_EMPLOYEE, taken_from=leg)]

    # what our commands ask

    def obey(self, command: QueueCommand, code: int | None, now: float) -> Events:
        """Carry a command out, unless `code` dictates a refusal: its events, then its result push (§3.2)."""
        effect = EFFECTS.get(command.command)
        result, events = DONE, list[Event]()
        if code not in (None, DONE):
            result = int(code or 0)
        elif effect is not None:
            result, events = effect(self, command, now)
        return [*events, CommandResulted(command=command.command, command_id=command.command_id, result=result)]

    def _obey_play(self, command: QueueCommand, now: float) -> tuple[int, Events]:
        """§3.2.6: only to a caller in the scheme or in a queue."""
        leg = self._find(command.call_id)
        if leg is None:
            return GONE, []
        return (DONE if leg.in_menu else NOT_POSSIBLE), []

    def _obey_route(self, command: QueueCommand, now: float) -> tuple[int, Events]:
        """§3.2.7: from the scheme or a queue, or an intercept of a phone that still rings."""
        leg = self._find(command.call_id)
        if leg is None:
            return GONE, []
        if not (leg.in_menu or leg.rings):
            return NOT_POSSIBLE, []
        reason = REPLACED if leg.in_menu else INTERCEPTED
        gone = leg.next(now, state=DISCONNECTED, disconnect_reason=reason)
        return DONE, [gone, *self._place(command, leg, now)]

    def _place(self, command: QueueCommand, old: Leg, now: float) -> Events:
        """Ring at the destination; a group first takes the caller into its queue."""
        target = destination(command)
        place: dict[str, Any] = {"command_id": command.command_id}
        group = target.get("acd_group", "")
        if not group:
            return [self._new_leg(now, location=ABONENT, taken_from=old, **place, **target)]
        queued = self._new_leg(now, location=QUEUE, taken_from=old, **place, **target)
        queue = self.legs[-1]
        operator = {"to_extension": SCHEME_EMPLOYEE, "acd_group": group}
        left = queue.next(now, state=DISCONNECTED, disconnect_reason=REPLACED)
        return [queued, left, self._new_leg(now, location=ABONENT, taken_from=queue, **place, **operator)]

    def _obey_hangup(self, command: QueueCommand, now: float) -> tuple[int, Events]:
        """§3.2.3: not while the caller is in a queue; a hangup of a transfer's new leg takes the transfer back."""
        leg = self._find(command.call_id)
        if leg is None:
            return GONE, []
        if leg.last.location == QUEUE:
            return NOT_POSSIBLE, []
        if leg is self.consultation:
            return DONE, self._fail(ENDED_BY_COMMAND, now)
        return DONE, self._end(now, ENDED_BY_COMMAND)

    def _obey_transfer(self, command: QueueCommand, now: float) -> tuple[int, Events]:
        """§3.2.8: only a conversation. A blind transfer's leg begins with the employee in `from`, and the caller
        takes his place with seq 2; with consultation the caller waits on hold."""
        leg = self._find(command.call_id)
        if leg is None:
            return GONE, []
        if not leg.talks:
            return NOT_POSSIBLE, []
        held = [leg.next(now, state=ON_HOLD)]
        employee = {"from_extension": leg.last.to_extension, "from_number": leg.last.to_number}
        fields = {"location": ABONENT, "command_id": command.command_id, **employee, **destination(command)}
        if command.params.get("method") == "hold":
            appeared = self._new_leg(now, taken_from=leg, **fields)
            self.consultation = self.legs[-1]
            return DONE, [*held, appeared]
        appeared = self._new_leg(now, **fields)
        gone = leg.next(now, state=DISCONNECTED, disconnect_reason=EMPLOYEE_HUNG_UP)
        taken = self.legs[-1].next(now, from_extension="", from_number=self.caller, taken_from_call_id=leg.call_id)
        return DONE, [*held, appeared, gone, taken]

    # legs

    def _new_leg(self, now: float, *, location: str, taken_from: Leg | None = None, **fields: Any) -> LegChanged:
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
            **{
                "from_number": self.caller,
                "taken_from_call_id": taken_from.call_id if taken_from is not None else "",
                **fields,
            },
        )
        self.legs.append(Leg(first))
        return first

    def _find(self, call_id: str) -> Leg | None:
        return next((leg for leg in self.legs if leg.call_id == call_id and leg.alive), None)

    def _here(self, wish: str) -> Leg:
        """The leg that the caller is on."""
        for leg in reversed(self.legs):
            if leg.alive and leg is not self.consultation:
                return leg
        raise Impossible(f"the call is over, the caller cannot {wish}")

    def _talking(self, state: str, wish: str) -> Leg:
        leg = self._here(wish)
        if leg.in_menu or leg.last.state != state:
            raise Impossible(f"the caller cannot {wish}: the leg is {leg.last.state} in {leg.last.location}")
        return leg

    def _end(self, now: float, reason: int) -> Events:
        alive = [leg for leg in self.legs if leg.alive]
        ended: Events = [leg.next(now, state=DISCONNECTED, disconnect_reason=reason) for leg in alive]
        talked = 0 if self.answered_at is None else max(1, int(now - self.answered_at))
        summary = JourneyEnded(
            entry_id=self.entry_id,
            call_direction=1,
            from_number=self.caller,
            line_number=self.line,
            create_time=int(self.began),
            talk_time=talked,
            end_time=int(now),
            entry_result=int(talked > 0),
            disconnect_reason=reason,
        )
        return [*ended, summary]


def destination(command: QueueCommand) -> dict[str, str]:
    """The `to` of the leg that a route or a transfer makes, by what the flow's author called the destination."""
    kind = command.label.partition(" ")[0]
    number = str(command.params.get("to_number", ""))
    field = {"group": "acd_group", "number": "to_number", "sip": "to_number"}.get(kind, "to_extension")
    return {field: number}


HAPPENS: Final[Mapping[str, Callable[[Pbx, float], Events]]] = {
    "answered": Pbx._answer,
    "held": Pbx._hold,
    "resumed": Pbx._resume,
    "left": Pbx._move_on,
}

EFFECTS: Final[Mapping[str, Callable[[Pbx, QueueCommand, float], tuple[int, Events]]]] = {
    "play/start": Pbx._obey_play,
    "route": Pbx._obey_route,
    "call/hangup": Pbx._obey_hangup,
    "transfer": Pbx._obey_transfer,
}
