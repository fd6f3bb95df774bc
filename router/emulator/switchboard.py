"""The switchboard: puts legs up, changes and ends them, and tells the webhook about each change.

Always holds: every change of a leg's state goes through here, counts `seq` on from 1 and is announced; a journey ends
once, with a summary after its last leg's event. What to do with a call is decided elsewhere: `attendant` (the scheme),
`ringing` (bringing callers to phones), `talking` (conversations and transfers) and `commands`.
"""

from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from router.emulator.agenda import Agenda
from router.emulator.chance import Chance
from router.emulator.config import Employee, PbxConfig, Scheme, Target
from router.emulator.journey import Journey, Leg, Notification, Party
from router.protocol.events import APPEARED, DISCONNECTED, QUEUE

KEPT_JOURNEYS: Final = 10_000
"""So many are remembered; beyond that, the oldest ended ones are forgotten."""

SUMMARY_SECONDS: Final = 0.05
"""The summary comes so long after the last leg's end."""

REPLACED: Final = 1100
CALLER_LEFT: Final = 1110
CALLEE_LEFT: Final = 1120
BY_SCHEME: Final = 1170
BY_COMMAND: Final = 1181
INTERCEPTED: Final = 1182
REASSIGNED: Final = 1183


class Switchboard:
    """The state of the whole PBX."""

    def __init__(self, config: PbxConfig, now: float, ids: Random) -> None:
        self.config = config
        self.agenda = Agenda(now)
        self.chance = Chance(config.habits, config.faults)
        self.employees: dict[str, Employee] = dict(config.employees)  # their behaviour may be changed at run time
        self.journeys: dict[str, Journey] = {}  # by entry_id, oldest first
        self.legs: dict[str, Leg] = {}  # by call_id
        self.due: deque[Notification] = deque()  # to be sent now
        self._entry_ids: dict[str, str] = {}  # by short id
        self._ids = ids
        self._numbered = 0

    def find(self, identity: str) -> Journey | None:
        """A journey by its entry_id or by its short id."""
        return self.journeys.get(self._entry_ids.get(identity, identity))

    def destination(self, number: str) -> Target | None:
        """What a dialled number means (§3.2.7): an extension, a group, or any number outside; None is nobody."""
        if number in self.employees:
            return Target(kind="extension", value=number)
        if number in self.config.groups:
            return Target(kind="group", value=number)
        digits = number.removeprefix("+")
        is_outside = ("@" in number.strip("@")) or (digits.isascii() and digits.isdigit() and 10 <= len(digits) <= 15)
        return Target(kind="number", value=number) if is_outside else None

    def open_journey(self, caller: str, line: str, scheme: Scheme | None) -> Journey:
        """A caller dials a line; no leg yet."""
        self._numbered += 1
        entry_id = self._identity(16)
        journey = Journey(
            id=f"c{self._numbered}",
            entry_id=entry_id,
            caller=caller,
            line=line,
            scheme=scheme,
            started=self.agenda.now,
            menu=scheme.root if scheme else None,
        )
        self.journeys[entry_id] = journey
        self._entry_ids[journey.id] = entry_id
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
            call_id=self._identity(26),
            entry_id=journey.entry_id,
            location=location,
            caller=caller,
            callee=callee,
            line=journey.line,
            taken_from=taken_from,
            group=group,
            command_id="" if command_id and self.chance.is_nameless() else command_id,
        )
        journey.legs.append(leg)
        self.legs[leg.call_id] = leg
        self.change(leg, APPEARED)
        return leg

    def change(self, leg: Leg, state: str) -> None:
        """The leg is in that state now; also tells about other news of a leg whose state stays."""
        leg.state = state
        leg.seq += 1
        self.announce(self.journeys.get(leg.entry_id), "events/call", leg.event(int(self.agenda.now)))

    def close(self, leg: Leg, reason: int) -> None:
        """The leg ends, unless it already has."""
        if leg.alive:
            leg.reason = reason
            self.change(leg, DISCONNECTED)

    def give_way(self, leg: Leg, reason: int) -> None:
        """A leg that gives way: a queue is left in the normal way, whatever happened to the phones behind it."""
        self.close(leg, REPLACED if leg.location == QUEUE and reason == INTERCEPTED else reason)

    def finish(self, journey: Journey, reason: int) -> None:
        """The journey is over, unless it already is: everything under way stops, all legs end, then the summary."""
        if journey.ended is not None:
            return
        journey.ended, journey.reason = self.agenda.now, reason
        self._stop(journey, reason)
        for leg in journey.legs:
            self.close(leg, reason)
        journey.playing = None
        self.announce(journey, "events/summary", journey.summary(), SUMMARY_SECONDS)

    def announce(self, journey: Journey | None, path: str, payload: Mapping[str, Any], seconds: float = 0.0) -> None:
        """Send a notification `seconds` from now, and as the habits and faults will have it."""
        text = self.chance.text(payload)
        notification = Notification(at=self.agenda.now, path=path, payload=payload, text=text)
        if journey is not None:
            journey.notifications.append(notification)
        delays = self.chance.delivery_delays_seconds()
        notification.dropped = not delays
        for delay in delays:
            self.agenda.after(seconds + delay, lambda: self.due.append(notification))

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

    def _identity(self, size: int) -> str:
        """An id as the real ones are: padded base64, with + and / and = in it, beginning with a letter."""
        return b64encode(b"1:" + self._ids.randbytes(size - 2)).decode()

    def _forget_oldest(self) -> None:
        if len(self.journeys) <= KEPT_JOURNEYS:
            return
        oldest = next(iter(self.journeys.values()))
        if oldest.ended is not None:
            del self.journeys[oldest.entry_id], self._entry_ids[oldest.id]
            for leg in oldest.legs:
                del self.legs[leg.call_id]
