"""The model of the PBX through both of its faces, with one vocabulary for both.

The emulator's face takes signed requests and answers with JSON, which is parsed as the webhook parses it; time is virtual.
The simulator's takes the engine's commands. Nobody answers by himself in either: a test lets it happen.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from router.catalogue.methods import METHODS
from router.emulator.config import PbxConfig
from router.emulator.load import load_config
from router.emulator.pbx import Pbx
from router.engine.effects import QueueCommand
from router.pbx import happenings
from router.protocol.envelope import encode_form
from router.protocol.events import (
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    RecordingChanged,
)
from router.protocol.parse import parse_event
from router.simulator.scripted_pbx import ScriptedPbx

KEY, SALT = "key", "salt"
CALLER: Final = "79000000000"
LINE: Final = "74950000001"
NOON: Final = 1_795_424_400.0
A_MOMENT: Final = 2.0

CONFIG: Final = """
lines: {74950000001: {scheme: main}}
employees:
  101: {number: "sip:first@pbx.example", behaves: never, ring: 600m, consults: 0s}
  102: {number: "sip:second@pbx.example", behaves: never, ring: 600m, consults: 0s}
  199: {number: "sip:third@pbx.example", behaves: never, ring: 600m}
groups: {303: {members: [199], rings: together, ring: 600m, wait: 600m}}
audio: {17: 4s}
schemes: {main: {silence: 600m, then: extension 199}}
habits: {late_legs: 0, nameless_legs: 0, result_spread_seconds: 0, jitter_seconds: 0}
"""
LABELS: Final = {"303": "group sales"}


class Face(ABC):
    """One caller's call."""

    def __init__(self) -> None:
        self.now = NOON
        self.events: list[Event] = []
        self._commands = 0

    # what happens

    def happen(self, what: str) -> list[str]:
        """Somebody at a phone does something."""
        return self._news(lambda: self._happen(what))

    def press(self, digits: str) -> list[str]:
        """One packet of keys."""
        return self._news(lambda: self._press(digits))

    def hang_up(self) -> list[str]:
        """The caller hangs up."""
        return self._news(self._hang_up)

    def command(self, command: str, leg: int, **params: Any) -> tuple[int, list[str]]:
        """Send a command that names the leg of that number (0: none there ever was); its result, and what it causes."""
        self._commands += 1
        named = {"command_id": f"cmd{self._commands}", "call_id": self.call_id(leg), **params}
        before = len(self.events)
        news = self._news(lambda: self._command(command, named))
        results = [event.result for event in self.events[before:] if isinstance(event, CommandResulted)]
        assert len(results) == 1, "a command has one result (§3.2)"
        return results[0], news

    @property
    def legs(self) -> int:
        """How many there were."""
        return len(self._legs())

    def employee_on(self, leg: int) -> str:
        """Who is called there; an employee of the PBX if it is nobody."""
        call_id = self.call_id(leg)
        told = (one.to_extension for one in self.events if isinstance(one, LegChanged) and one.call_id == call_id)
        return next(told, "") or "101"

    def call_id(self, leg: int) -> str:
        return self._legs()[leg - 1] if leg else "bm90IHRoZXJl"

    # as words

    def _news(self, act: Callable[[], None]) -> list[str]:
        before = len(self.events)
        self.now += 1.0
        act()
        legs = self._legs()
        return [word for event in self.events[before:] if (word := words(event, legs))]

    def _legs(self) -> list[str]:
        legs = [event.call_id for event in self.events if isinstance(event, LegChanged)]
        return list(dict.fromkeys(legs))

    @abstractmethod
    def _command(self, command: str, params: dict[str, Any]) -> None: ...

    @abstractmethod
    def _happen(self, what: str) -> None: ...

    @abstractmethod
    def _press(self, digits: str) -> None: ...

    @abstractmethod
    def _hang_up(self) -> None: ...


class EmulatedFace(Face):
    """Signed requests in, JSON out."""

    def __init__(self) -> None:
        super().__init__()
        config: PbxConfig = load_config(CONFIG)
        self._pbx = Pbx(config, api_key=KEY, salt=SALT, now=self.now, ids=Random(1))
        journey = self._pbx.dial(self.now, CALLER, LINE)
        assert journey is not None
        self._journey = journey
        self._hear()

    def _command(self, command: str, params: dict[str, Any]) -> None:
        body = encode_form(KEY, SALT, params)
        answer = self._pbx.request(self.now, self.now, METHODS[command], body, "application/x-www-form-urlencoded")
        assert answer.status == 200, answer
        self._hear()

    def _happen(self, what: str) -> None:
        self._pbx.happen(self.now, self._journey, what)
        self._hear()

    def _press(self, digits: str) -> None:
        self._pbx.collect(self.now, self._journey, digits)
        self._hear()

    def _hang_up(self) -> None:
        happenings.here(self._journey, "hang up")  # the emulator lets anybody hang up twice
        self._pbx.hang_up(self.now, self._journey)
        self._hear()

    def _hear(self) -> None:
        self.now += A_MOMENT
        self.events += [parse_event(one.path, one.text.encode()) for one in self._pbx.advance(self.now)]


class ScriptedFace(Face):
    """The engine's commands in, typed notifications out."""

    def __init__(self) -> None:
        super().__init__()
        self._pbx = ScriptedPbx(entry_id="e", caller=CALLER, line=LINE, location="ivr", dct=("", 0))
        self.events += self._pbx.ring_in(self.now)

    def _command(self, command: str, params: dict[str, Any]) -> None:
        queued = QueueCommand(
            command_id=params["command_id"],
            command=command,
            call_id=params["call_id"],
            params=params,
            label=LABELS.get(params.get("to_number", ""), "extension"),
            deadline=None,
        )
        self.events += self._pbx.carry_out(queued, None, self.now)

    def _happen(self, what: str) -> None:
        self.events += self._pbx.happen(what, self.now)

    def _press(self, digits: str) -> None:
        self.events += self._pbx.press(digits, self.now)

    def _hang_up(self) -> None:
        self.events += self._pbx.hang_up(self.now)


FACES: Final[Sequence[type[Face]]] = (EmulatedFace, ScriptedFace)


def words(event: Event, legs: list[str]) -> str:
    """A notification in a few words, with the numbers of legs in place of their ids; "" for a result."""
    match event:
        case LegChanged():
            return _leg(event, legs)
        case DigitsCollected():
            return f"{legs.index(event.call_id) + 1} keys {event.digits} #{event.seq} in {event.location}"
        case RecordingChanged():
            return f"recording {event.state} of {event.extension}"
        case JourneyEnded():
            talked = "talked" if event.talk_time else "no talk"
            return f"summary {event.disconnect_reason} {talked}"
    return ""


def _leg(event: LegChanged, legs: list[str]) -> str:
    said = [f"{legs.index(event.call_id) + 1} {event.state} {event.location}"]
    if event.disconnect_reason:
        return f"{said[0]} {event.disconnect_reason}"
    if event.state == "Appeared":
        said += [f"group {event.acd_group}"] if event.acd_group else []
        said += [f"to {event.to_extension}"] if event.to_extension else []
        said += [f"of {event.from_extension}"] if event.from_extension else []
        said += [f"from {legs.index(event.taken_from_call_id) + 1}"] if event.taken_from_call_id else []
        said += ["by command"] if event.command_id else []
    return " ".join(said)
