"""A clock, a PBX and rows for the dispatcher's tests: nothing here waits or listens."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from msgspec.structs import replace

from router.history.journal import QUEUED, CommandRow
from router.runtime.outbound_ports import Answer, Departure, Trip

NOON = 1_795_000_000.0
ACCEPTED = Answer(kind="accepted", status=200, code=1000)
PARAMS: Mapping[str, dict[str, Any]] = {
    "route": {"call_id": "leg-1", "to_number": "101"},
    "play/start": {"call_id": "leg-1", "internal_id": 17},
    "call/hangup": {"call_id": "leg-1"},
    "transfer": {"call_id": "leg-1", "method": "blind", "to_number": "102", "initiator": "101"},
    "sms": {"text": "hello", "from_extension": "100", "to_number": "79000000000"},
}


AT_ONCE = Departure(at=0.0, latest=inf)


class HandClock:
    """Moves when told; sleeping moves it too."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> float:
        return self.at

    def steady(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class PretendPbx:
    """Answers each request with the next of `answers`, then with the last of them for ever; keeps what was sent."""

    def __init__(self, clock: HandClock, *answers: Answer | Exception) -> None:
        self._clock = clock
        self._answers = list(answers) or [ACCEPTED]
        self.took_seconds = 0.0
        self.trip: Callable[[float], Trip] | None = None  # of an answer that comes at an instant
        self.sent: list[
            tuple[float, str]
        ] = []  # when (a departure is a hair late, for the drift of clocks), and the command's id
        self.answered: list[tuple[str, str]] = []  # the command's id, and the kind of answer
        self.meanwhile: Any = lambda: None  # called while the request is on the wire

    def send(self, account: str, command: str, params: Mapping[str, Any], departure: Departure) -> Answer:
        self._clock.at = max(self._clock.at, departure.at)
        self.sent.append((round(self._clock.at, 3), params["command_id"]))
        self._clock.at += self.took_seconds
        self.meanwhile()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        self.answered.append((params["command_id"], answer.kind))
        return answer if self.trip is None else replace(answer, trip=self.trip(self._clock.at))

    @property
    def ids(self) -> list[str]:
        return [command_id for _at, command_id in self.sent]


def queued(command_id: str = "c-1", command: str = "route", **fields: Any) -> CommandRow:
    """A queued command of a call of its own, unless the fields say otherwise."""
    given: dict[str, Any] = {
        "account": "clinic",
        "entry_id": f"entry-of-{command_id}",
        "call_id": PARAMS.get(command, {}).get("call_id", ""),
        "params": {"command_id": command_id, **PARAMS.get(command, {})},
        "label": "extension 101",
        "state": QUEUED,
        "queued": NOON,
        "deadline": NOON + 30,
    }
    return CommandRow(**{**given, "command_id": command_id, "command": command, **fields})
