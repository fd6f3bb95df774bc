"""The switchboard: puts legs up, changes and ends them, and tells of each change.

Always holds: every change of a leg's state goes through here, counts `seq` on from 1 and is told; a journey ends once,
with a summary after its last leg's event. What to do with a call is decided elsewhere: `ivr_menu` (the scheme),
`ringing` (bringing callers to phones), `conversations` (with transfers) and `command_effects`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from router.pbx.decisions import Decisions, Names
from router.pbx.legs import INCOMING, Journey, Leg, Party, Recording
from router.pbx.setup import Employee, Group, Scheme, Setup, Target
from router.protocol.events import APPEARED, CONNECTED, DISCONNECTED, IVR, ON_HOLD, QUEUE, Event
from router.protocol.phone_numbers import comparable, number_of
from router.virtual_clock import VirtualClock

KEPT_JOURNEYS: Final = 10_000
"""So many are remembered; beyond that, the oldest ended ones are forgotten."""

SUMMARY_SECONDS: Final = 0.05
"""The summary comes so long after the last leg's end."""

REPLACED: Final = 1100
CALLER_LEFT: Final = 1110
NOT_ANSWERED: Final = 1111
CALLEE_LEFT: Final = 1120
BY_SCHEME: Final = 1170
BY_COMMAND: Final = 1181
INTERCEPTED: Final = 1182
REASSIGNED: Final = 1183

SHORTEST_OUTSIDE: Final = 5
SHORTEST_WHOLE: Final = 10
"""Digits of the shortest number outside, with and without what a city or the PBX adds to it."""


class Switchboard(ABC):
    """The state of all calls."""

    def __init__(self, setup: Setup, now: float, decisions: Decisions, names: Names) -> None:
        self.setup = setup
        self.queue = VirtualClock(now)
        self.decisions = decisions
        self.names = names
        self.employees: dict[str, Employee] = dict(setup.employees)  # these three may change at run time
        self.groups: dict[str, Group] = dict(setup.groups)
        self.lines: dict[str, Scheme | Target] = dict(setup.lines)
        self.absent: set[str] = set()  # employees to whom their status gives no calls, with any state of their phones
        self.undisturbed: set[str] = set()  # those of them who do not want to be disturbed
        self.recordings: dict[str, Recording] = {}  # by recording_id
        self.watchers: list[Callable[[Journey, Leg], None]] = []  # called with each change of a leg
        self.recorded: Callable[[Journey, Recording], None] = lambda journey, recording: None  # called with each file
        self.journeys: dict[str, Journey] = {}  # by entry_id, oldest first
        self.legs: dict[str, Leg] = {}  # by call_id
        self._entry_ids: dict[str, str] = {}  # by short id
        self._numbered = 0

    @abstractmethod
    def tell(self, journey: Journey | None, event: Event, seconds: float = 0.0) -> None:
        """Something happened that the PBX tells of, so many seconds from now."""

    # who is where

    def find(self, identity: str) -> Journey | None:
        """A journey by its entry_id or by its short id."""
        return self.journeys.get(self._entry_ids.get(identity, identity))

    def destination(self, number: str) -> Target | None:
        """What a dialled number means (§3.2.7): an extension, a group, or any number outside; None when it means none.

        The PBX's rules convert what people write: `8 (900) 000-00-55` is 79000000055.
        """
        if number in self.employees:
            return Target(kind="extension", value=number)
        if number in self.groups:
            return Target(kind="group", value=number)
        found = self.outside(number)
        is_whole = found is not None and ("@" in found.value or len(found.value) >= SHORTEST_WHOLE)
        return found if is_whole else None

    def employee(self, name: str) -> Employee | None:
        """The employee of an extension or of one of their numbers, however it is written."""
        wanted = comparable(name)
        return self.employees.get(name) or next(
            (one for one in self.employees.values() if wanted in map(comparable, one.numbers)), None
        )

    def outside(self, number: str) -> Target | None:
        """A number that is no short one of this PBX: a SIP address, or digits enough to leave the PBX (§3.2.1).

        Telephone numbers go through the PBX's rules of conversion: however they are written, digits come out.
        """
        if self.is_taken(number):
            return None
        if "@" in number.strip("@"):
            return Target(kind="number", value=number)
        digits = number_of(number)
        return Target(kind="number", value=digits) if len(digits) >= SHORTEST_OUTSIDE else None

    def is_taken(self, extension: str) -> bool:
        """Whether an employee or a group has that extension."""
        return extension in self.employees or extension in self.groups

    def is_in_scheme(self, target: Target) -> bool:
        """Whether a line or a scheme leads there."""
        schemes = [one.root for one in self.setup.schemes.values()]
        return target in self.lines.values() or any(target in menu.targets() for menu in schemes)

    def is_free(self, extension: str) -> bool:
        """Whether there is such an employee, and in no call."""
        return extension in self.employees and not any(
            leg.alive and extension in (leg.callee.extension, leg.caller.extension) for leg in self.legs.values()
        )

    # calls

    def open_journey(
        self,
        caller: str,
        line: str,
        scheme: Scheme | None,
        *,
        direction: int = INCOMING,
        callback_initiator: str = "",
        task_id: str = "",
        sip_call_id: str = "",
        sides: tuple[Party, Party] = (Party(), Party()),
        dct: tuple[str, int] = ("", 0),
    ) -> Journey:
        """A caller dials a line, or the PBX begins to call; no leg yet."""
        self._numbered += 1
        journey = Journey(
            id=f"c{self._numbered}",
            entry_id=self.names.entry(),
            caller=caller,
            line=line,
            scheme=scheme,
            started=self.queue.now,
            menu=scheme.root if scheme else None,
            direction=direction,
            callback_initiator=callback_initiator,
            task_id=task_id,
            sip_call_id=sip_call_id,
            sides=sides,
            dct=dct,
        )
        self.journeys[journey.entry_id] = journey
        self._entry_ids[journey.id] = journey.entry_id
        self._forget_oldest()
        return journey

    def open_leg(
        self,
        journey: Journey,
        location: str,
        *,
        caller: Party,
        callee: Party,
        taken_from: str = "",
        group: str = "",
        command_id: str = "",
    ) -> Leg:
        """A new leg, Appeared."""
        leg = Leg(
            call_id=self.names.leg(),
            journey=journey,
            location=location,
            caller=caller,
            callee=callee,
            taken_from="" if location != IVR and self.decisions.is_originless() else taken_from,
            group=group,
            command_id="" if command_id and self.decisions.is_nameless() else command_id,
            began=self.queue.now,
        )
        journey.legs.append(leg)
        self.legs[leg.call_id] = leg
        self.change(leg, APPEARED)
        return leg

    def change(self, leg: Leg, state: str) -> None:
        """The leg is in that state now; also tells about other news of a leg whose state stays."""
        leg.state = state
        leg.seq += 1
        self._keep_time(leg)
        self.tell(leg.journey, leg.event(int(self.queue.now)))
        for watch in self.watchers:
            watch(leg.journey, leg)

    def close(self, leg: Leg, reason: int) -> None:
        """The leg ends, unless it already has."""
        if leg.alive:
            leg.reason = reason
            self.change(leg, DISCONNECTED)

    def give_way(self, leg: Leg, reason: int) -> None:
        """A leg that gives way: a queue is left in the normal way, with any end at the phones behind it."""
        self.close(leg, REPLACED if leg.location == QUEUE and reason == INTERCEPTED else reason)

    def finish(self, journey: Journey, reason: int) -> None:
        """The journey is over, unless it already is: everything under way stops, all legs end, then the summary."""
        if journey.ended is not None:
            return
        journey.ended, journey.reason = self.queue.now, reason
        self._stop(journey, reason)
        for leg in journey.legs:
            self.close(leg, reason)
        journey.playing = None
        self.tell(journey, journey.summary(), self.decisions.moment_seconds(SUMMARY_SECONDS))
        journey.on_end(journey)

    def _stop(self, journey: Journey, reason: int) -> None:
        for appointment in (journey.pending, journey.talk_end):
            if appointment is not None:
                appointment.cancel()
        if journey.attempt is not None:
            journey.attempt.cancel(reason)
        if journey.transfer is not None:
            journey.transfer.attempt.cancel(reason)
            if journey.transfer.completion is not None:
                journey.transfer.completion.cancel()

    def _keep_time(self, leg: Leg) -> None:
        now = self.queue.now
        if leg.held_since is not None:
            leg.held_seconds, leg.held_since = leg.held_seconds + now - leg.held_since, None
        if leg.state == CONNECTED and leg.connected is None:
            leg.connected = now
        elif leg.state == ON_HOLD:
            leg.held_since = now
        elif leg.state == DISCONNECTED:
            leg.closed = now

    def _forget_oldest(self) -> None:
        if len(self.journeys) <= KEPT_JOURNEYS:
            return
        oldest = next(iter(self.journeys.values()))
        if oldest.ended is not None:
            del self.journeys[oldest.entry_id], self._entry_ids[oldest.id]
            for leg in oldest.legs:
                del self.legs[leg.call_id]
            for recording in oldest.recordings:
                del self.recordings[recording.recording_id]
