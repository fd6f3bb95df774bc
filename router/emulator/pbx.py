"""The whole PBX as one object on a virtual clock: callers and commands in, signed notifications out.

Every method takes the present time and first lets everything happen that was due before it; no method waits, reads a
clock or opens a socket. `advance` moves the time on and hands over what has to be sent; `next_due` says when to come
back. One thread at a time.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from router.emulator import attendant, commands
from router.emulator.config import Behaviour, Faults, Habits, PbxConfig, Scheme
from router.emulator.gate import LIMIT_BODY, OVER_LIMIT, REFUSED, Gate
from router.emulator.journey import Journey, Notification
from router.emulator.switchboard import CALLER_LEFT, Switchboard
from router.errors import ConfigurationError, RequestRefused
from router.protocol.envelope import decode_form

KEY_SECONDS: Final = 0.25
"""How fast a caller presses keys one after the other."""

EARLY_SECONDS: Final = 0.5
"""The HTTP answer comes so long after a result that was pushed before it."""

KEPT_REQUESTS: Final = 100_000

KEYS: Final = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The HTTP answer to a command."""

    status: int
    body: Mapping[str, Any]
    after_seconds: float = 0.0  # how long it is kept back; virtual time


class Pbx:
    """A PBX with one api key. Times are Unix seconds of its own clock, which may run faster than ours."""

    def __init__(self, config: PbxConfig, *, api_key: str, salt: str, now: float, ids: Random) -> None:
        self._board = Switchboard(config, now, ids)
        self._gate = Gate(api_key, salt)
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)  # every command that came, oldest first

    @property
    def now(self) -> float:
        """The time up to which everything has happened."""
        return self._board.agenda.now

    @property
    def journeys(self) -> Mapping[str, Journey]:
        """All journeys by entry_id, oldest first."""
        return self._board.journeys

    @property
    def habits(self) -> Habits:
        """What the PBX does every day."""
        return self._board.chance.habits

    @property
    def faults(self) -> Faults:
        """What goes wrong at present."""
        return self._board.chance.faults

    def find(self, identity: str) -> Journey | None:
        """A journey by entry_id or short id."""
        return self._board.find(identity)

    def advance(self, now: float) -> list[Notification]:
        """Let everything happen up to `now`; what has to be sent now, in the order that it was due."""
        self._board.agenda.run(now)
        sent = list(self._board.due)
        self._board.due.clear()
        return sent

    def next_due(self) -> float | None:
        """When something happens next by itself."""
        return self._board.agenda.next_due()

    def dial(self, now: float, caller: str, line: str) -> Journey | None:
        """A caller (`""`: the number is withheld) dials a line; None when there is no such line."""
        self._board.agenda.run(now)
        there = self._board.config.lines.get(line)
        if there is None:
            return None
        scheme = there if isinstance(there, Scheme) else None
        journey = self._board.open_journey(caller, line, scheme)
        if isinstance(there, Scheme):
            attendant.welcome(self._board, journey)
        else:
            attendant.send(self._board, journey, there, None)
        return journey

    def press(self, now: float, journey: Journey, digits: str) -> None:
        """The caller presses keys, one every quarter of a second; the place in the scheme makes packets of them."""
        self._board.agenda.run(now)
        for position, key in enumerate(digits):
            self._board.agenda.after(position * KEY_SECONDS, lambda key=key: self._press(journey, key))  # type: ignore[misc]

    def hang_up(self, now: float, journey: Journey) -> None:
        """The caller hangs up; nothing happens when the call is over already."""
        self._board.agenda.run(now)
        self._board.finish(journey, CALLER_LEFT)

    def request(self, now: float, outside_now: float, command: str, body: bytes, content_type: str) -> Answer:
        """A command that the PBX knows comes in; `outside_now` (seconds of a steady clock) is what the limits go by."""
        self._board.agenda.run(now)
        params: dict[str, Any] = {}
        result: int | None = None
        try:
            params = self._gate.admit(command, decode_form(body, content_type), outside_now)
            answer, result = self._accept(command, params)
        except RequestRefused as refusal:
            answer = _refusal(refusal)
        self._record(command, params, answer, result)
        return answer

    def refuse_method(self, now: float, command: str) -> Answer:
        """A command came by another method than POST."""
        self._board.agenda.run(now)
        answer = Answer(status=REFUSED, body={"code": 3101})
        self._record(command, {}, answer, None)
        return answer

    def set_faults(self, faults: Faults) -> None:
        """Let these things go wrong from now on, and no others."""
        self._board.chance.set_faults(faults)

    def set_habits(self, habits: Habits) -> None:
        """Have these habits from now on."""
        self._board.chance.habits = habits

    def set_behaviour(self, extension: str, behaviour: Behaviour) -> None:
        """An employee's phone behaves like that from the next call on."""
        employee = self._board.employees.get(extension)
        if employee is None:
            raise ConfigurationError(f"there is no employee {extension!r}")
        self._board.employees[extension] = replace(employee, behaviour=behaviour)

    def _press(self, journey: Journey, key: str) -> None:
        attendant.press(self._board, journey, key)

    def _accept(self, command: str, params: Mapping[str, Any]) -> tuple[Answer, int | None]:
        chance = self._board.chance
        fault = chance.answer_fault()
        if fault == "limit":
            return Answer(status=OVER_LIMIT, body=LIMIT_BODY), None
        if fault == "error":
            return Answer(status=502, body={"name": "Bad Gateway", "status": 502}), None
        is_early = chance.is_result_early()
        result_seconds = 0.0 if is_early else chance.result_delay_seconds()
        result = commands.execute(self._board, command, params, result_seconds)
        late_seconds = EARLY_SECONDS if is_early else 0.0
        if fault == "time_out":
            late_seconds = chance.faults.time_out_seconds
        return Answer(status=200, body={"result": commands.DONE}, after_seconds=late_seconds), result

    def _record(self, command: str, params: Mapping[str, Any], answer: Answer, result: int | None) -> None:
        """Remember what came; never the envelope, so neither key nor sign."""
        entry = {
            "at": self.now,
            "command": command,
            "command_id": params.get("command_id", ""),
            "call_id": params.get("call_id", ""),
            "params": dict(params),
            "status": answer.status,
            "body": dict(answer.body),
            "answered_after_seconds": answer.after_seconds,
            "result": result,
        }
        self.requests.append(entry)
        leg = self._board.legs.get(params.get("call_id", ""))
        if leg is not None:
            self._board.journeys[leg.entry_id].requests.append(entry)


def _refusal(refusal: RequestRefused) -> Answer:
    """503 for the limits, 420 with the document's code for everything else (§2.2)."""
    if refusal.status == OVER_LIMIT:
        return Answer(status=OVER_LIMIT, body=LIMIT_BODY)
    return Answer(status=REFUSED, body={"code": refusal.result, "message": refusal.message})


def is_command(name: str) -> bool:
    """Whether the PBX knows a command of that name."""
    return name in commands.COMMANDS
