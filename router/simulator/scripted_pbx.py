"""The model of the PBX (`router.pbx`) with an author's script on top: one caller, and nothing left to chance.

What chance would draw the script decides: phones ring until it says otherwise, the scheme keeps its caller until it
says `left`, and everything that a thing causes happens at its instant. Everybody and everything that a command names is
there (employees, groups, files, lines): that one is missing is a result which the script dictates.

When a notification arrives, and whether it does, is not decided here: nothing waits, and nothing is lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, count
from math import inf
from typing import Any, Final

from router.engine.effects import QueueCommand
from router.pbx import command_effects, happenings, ivr_menu, recording
from router.pbx.legs import Journey, Leg, Party
from router.pbx.setup import NEVER, Behaviour, Employee, Group, Menu, Scheme, Setup, Target
from router.pbx.switchboard import Switchboard
from router.protocol.events import (
    ABONENT,
    IVR,
    QUEUE,
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
)

DONE: Final = 1000

SCHEME_EMPLOYEE: Final = "199"
"""To whom the PBX's own scheme moves a caller, and who picks up a group's call: nobody of the bundle."""

LONG_EXTENSION: Final = "1990000"
"""The same where a group of the bundle has that number: no extension has so many digits."""

OF_EMPLOYEES: Final = ("transfer", "recording/start")
"""Commands that name an employee on the leg."""

WAITS: Final = Behaviour(kind=NEVER)
KEEPS: Final = Scheme(root=Menu(path=(), silence_seconds=inf, then="wait"))

Notification = LegChanged | DigitsCollected | JourneyEnded | CommandResulted | RecordingChanged
Events = list[Notification]


class _Decisions:
    """Implements `pbx.decisions.Decisions`: no delays, and nothing kept quiet."""

    ivr_connects = False
    blind_from_changes = True

    def leg_delay_seconds(self) -> float:
        return 0.0

    def moment_seconds(self, usual: float) -> float:
        return 0.0

    def is_nameless(self) -> bool:
        return False

    def is_originless(self) -> bool:
        return False

    def delivery_code(self, params: Mapping[str, Any]) -> int:
        return DONE


class _Names:
    """Implements `pbx.decisions.Names`: short ones that can be read in a trace; the first call's id is given."""

    def __init__(self, entry_id: str) -> None:
        self._entries = chain((entry_id,), (f"entry-{number}" for number in count(2)))
        self._legs = (f"leg-{number}" for number in count(1))
        self._recordings = (f"recording-{number}" for number in count(1))

    def entry(self) -> str:
        return next(self._entries)

    def leg(self) -> str:
        return next(self._legs)

    def recording(self) -> str:
        return next(self._recordings)


class _Switchboard(Switchboard):
    """Keeps what is told of one journey until it is taken."""

    told: Events

    def tell(self, journey: Journey | None, event: Event, seconds: float = 0.0) -> None:
        if journey is not None and journey.entry_id == next(iter(self.journeys)):
            self.told.append(event)  # type: ignore[arg-type]  # of a call the model tells no others


class ScriptedPbx:
    """One caller's journey. Each method says what happens, and answers with the notifications that it causes, in the
    order of the document's stories; it raises `Impossible` when the call is in no state for it."""

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
        self.line = line
        self._location = location
        self._group = group
        self._audio: dict[str, float] = {}
        setup = Setup(
            lines={line: KEEPS},
            employees={},
            groups={},
            numbers={},
            audio_seconds=self._audio,
            outside=WAITS,
            outside_ring_seconds=inf,
        )
        self.board = _Switchboard(setup, 0.0, _Decisions(), _Names(entry_id))
        self.board.told = []
        self.board.watchers.append(partial(recording.leg_changed, self.board))
        self._hire(SCHEME_EMPLOYEE)
        self._open = partial(self.board.open_journey, caller, line, KEEPS, dct=dct, sip_call_id=sip_call_id)
        self._journey: Journey | None = None

    @property
    def journey(self) -> Journey:
        """The caller's."""
        assert self._journey is not None, "nobody has called yet"
        return self._journey

    @property
    def legs(self) -> list[Leg]:
        """Those of the caller's journey, oldest first."""
        return self.journey.legs

    # what the caller does

    def ring_in(self, now: float) -> Events:
        """The call appears on the line."""
        return self._done(now, self._appear)

    def press(self, digits: str, now: float) -> Events:
        """The scheme has collected one packet of keys (§3.1.4)."""
        return self._done(now, lambda: happenings.collect(self.board, self.journey, digits))

    def hang_up(self, now: float) -> Events:
        """The caller hangs up: every leg ends, then the journey (§3.1.5)."""
        return self._done(now, lambda: happenings.hang_up(self.board, self.journey))

    # what happens at the other end

    def happen(self, what: str, now: float, colleague: str = "") -> Events:
        """One of the script's happenings."""
        if colleague:
            return self.consult(colleague, now)
        target = Target(kind="extension", value=SCHEME_EMPLOYEE)
        return self._done(now, lambda: happenings.happen(self.board, self.journey, what, target))

    def consult(self, colleague: str, now: float) -> Events:
        """The employee asks a colleague, who may answer; they talk until something else happens."""
        if self.board.destination(colleague) is None:
            self._hire(colleague)
        return self._done(now, lambda: happenings.consult(self.board, self.journey, colleague, inf))

    def carry_out(self, command: QueueCommand, code: int | None, now: float) -> Events:
        """Carry a command out, unless `code` dictates a refusal: its events, then its result."""
        results: list[int] = []
        events = self._done(now, lambda: results.append(self._execute(command, code)))
        return [*events, CommandResulted(command=command.command, command_id=command.command_id, result=results[0])]

    def _execute(self, command: QueueCommand, code: int | None) -> int:
        if command.command not in command_effects.COMMANDS:
            return DONE if code is None else code
        leg = self.board.legs.get(command.call_id)
        params = command.params | {"call_id": command.call_id, "command_id": command.command_id}
        if leg is not None and command.command in OF_EMPLOYEES:
            params = self._with_employee(leg, params)
        self._acquaint(command.label, params)
        return command_effects.execute(self.board, command.command, params, code)

    def _done(self, now: float, act: Callable[[], None]) -> Events:
        """Let it happen, with all that it causes."""
        self.board.queue.run_until(now)
        act()
        self.board.queue.run_until(now)
        told, self.board.told = self.board.told, []
        return told

    def _appear(self) -> None:
        journey = self._journey = self._open()
        if self._location == QUEUE:
            caller, callee = Party(number=journey.caller), Party(number=journey.line)
            self.board.open_leg(journey, QUEUE, group=self._group, caller=caller, callee=callee)
        elif self._location == ABONENT:
            target = Target(kind="extension", value=SCHEME_EMPLOYEE)
            ivr_menu.send(self.board, journey, target, None, group=self._group)
        else:
            assert self._location == IVR
            ivr_menu.welcome(self.board, journey, group=self._group)

    # who is there

    def _acquaint(self, label: str, params: Mapping[str, Any]) -> None:
        """Everybody and everything that a command names is there."""
        if "internal_id" in params:
            self._audio[str(params["internal_id"])] = 0.0
        caller = params.get("from")  # of a callback an employee, of a callback to a group one of its two sides
        for named in (params.get("from_extension"), caller.get("extension") if isinstance(caller, Mapping) else None):
            if named:
                self._hire(str(named))
        number = str(params.get("to_number") or params.get("to") or "")
        if isinstance(caller, str):
            self._found(caller if self.board.outside(caller) is None else number)
        elif label.removeprefix("transfer ").startswith("group "):
            self._found(number)
        elif number and self.board.destination(number) is None:
            self._hire(number)

    def _with_employee(self, leg: Leg, params: dict[str, Any]) -> dict[str, Any]:
        """On whose behalf a transfer is made, and who is recorded, is on that leg (§3.2.5, §3.2.8): a number outside is
        one of theirs, and of an employee who is called otherwise it is the number."""
        callee = leg.callee
        named = str(params.get("initiator") or params.get("call_party_number") or callee.extension)
        is_there = any(one.extension and named in (one.extension, one.number) for one in (callee, leg.caller))
        if leg.location == ABONENT and not is_there:
            if callee.number:
                named = SCHEME_EMPLOYEE if named in ("", callee.number) else named
                leg.callee = replace(callee, extension=named)
                self._hire(named)
            else:
                leg.callee = replace(callee, number=named)
        return {"method": "blind"} | params | {"initiator": named, "call_party_number": named}

    def _hire(self, extension: str) -> None:
        if not self.board.is_taken(extension):
            self.board.employees[extension] = Employee(
                extension=extension, number="", behaviour=WAITS, ring_seconds=inf, consult_seconds=0.0
            )

    def _found(self, group: str) -> None:
        if group not in self.board.groups:
            self.board.employees.pop(group, None)
            member = SCHEME_EMPLOYEE if SCHEME_EMPLOYEE not in (group, *self.board.groups) else LONG_EXTENSION
            self._hire(member)
            self.board.groups[group] = Group(
                extension=group, members=(member,), together=True, ring_seconds=inf, wait_seconds=inf
            )
