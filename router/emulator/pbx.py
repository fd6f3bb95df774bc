"""The whole PBX as one object on a virtual clock: callers and commands in, signed notifications out.

Every method takes the present time and first lets everything happen that was due before it; no method waits, reads a
clock or opens a socket. `advance` moves the time on and hands over what has to be sent; `next_due` says when to come
back. One thread at a time.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final

from router.catalogue.methods import CONTACT_CENTRE, Method
from router.emulator.config import Faults, ForcedResult, Habits, PbxConfig
from router.emulator.forced_results import ForcedResults, codes_of, is_success
from router.emulator.notifications import Notification
from router.emulator.pbx_answers import DONE, REFUSED, Answer, refused
from router.emulator.request_validation import BANNED, OVER_LIMIT, RequestValidator, banned_body, limit_body
from router.emulator.state.office import Office
from router.emulator.state.presence import STATUSES
from router.emulator.switchboard import EmulatedSwitchboard
from router.errors import ConfigurationError, RequestRefused
from router.pbx import command_effects, happenings, ivr_menu, outbound
from router.pbx.legs import Journey
from router.pbx.setup import Behaviour, Scheme
from router.pbx.switchboard import CALLER_LEFT
from router.protocol.envelope import decode_form
from router.protocol.events import CommandResulted

KEY_SECONDS: Final = 0.25
"""How fast a caller presses keys one after the other."""

EARLY_SECONDS: Final = 0.5
"""The HTTP answer comes so long after a result that was pushed before it."""

CENTRE_OVER_LIMIT: Final = 5008  # §1.4.2

KEPT_REQUESTS: Final = 100_000

DYNAMIC: Final = 1
"""The dct type of a number that the site shows to one visitor (§3.1.1)."""

KEYS: Final = frozenset("0123456789*#")


class Pbx:
    """A PBX with one api key. Times are Unix seconds of its own clock, which may run faster than ours."""

    def __init__(self, config: PbxConfig, *, api_key: str, salt: str, now: float, ids: Random) -> None:
        self._board = EmulatedSwitchboard(config, now, ids)
        self._validator = RequestValidator(api_key, salt, config.profile)
        self.profile = config.profile
        self.proof = self._validator.proof
        self.office = Office(self._board)
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)  # every command that came, oldest first

    @property
    def now(self) -> float:
        """The time up to which everything has happened."""
        return self._board.queue.now

    @property
    def board(self) -> EmulatedSwitchboard:
        """All that is set up and connected at present, to be read."""
        return self._board

    @property
    def journeys(self) -> Mapping[str, Journey]:
        """All journeys by entry_id, oldest first."""
        return self._board.journeys

    @property
    def habits(self) -> Habits:
        """What the PBX does every day."""
        return self._board.randomness.habits

    @property
    def faults(self) -> Faults:
        """What goes wrong at present."""
        return self._board.randomness.faults

    def find(self, identity: str) -> Journey | None:
        """A journey by entry_id or short id."""
        return self._board.find(identity)

    def advance(self, now: float) -> list[Notification]:
        """Let everything happen up to `now`; what has to be sent now, in the order that it was due."""
        self._board.queue.run_until(now)
        sent = list(self._board.due)
        self._board.due.clear()
        return sent

    def next_due(self) -> float | None:
        """When something happens next by itself."""
        return self._board.queue.next_instant()

    def dial(
        self,
        now: float,
        caller: str,
        line: str,
        sip_call_id: str = "",
        dct: tuple[str, int] | None = None,
        *,
        waits_for_people: bool = False,
    ) -> Journey | None:
        """A caller (`""`: the number is withheld) dials a line; None when there is no such line.

        `sip_call_id` is the id that another system has given to the call; the PBX keeps it (§3.1.1) unless `pbx.yaml`
        says that the cabinet does not let it. `dct` is what call tracking knows of it: the number, and its type. With
        `waits_for_people` the phones that ring for it do nothing by themselves.
        """
        self._board.queue.run_until(now)
        there = self._board.lines.get(line)
        if there is None:
            return None
        scheme = there if isinstance(there, Scheme) else None
        seeds = self._board.config.seeds
        kept = sip_call_id if seeds.get("keeps_sip_call_id") != "false" else ""
        dct = dct or ((line, DYNAMIC) if line in seeds.get("visitors", {}) else ("", 0))
        journey = self._board.open_journey(caller, line, scheme, sip_call_id=kept, dct=dct)
        journey.waits_for_people = waits_for_people
        refusal = self.office.cabinet.refusal(caller)
        if refusal is not None:
            self._board.finish(journey, refusal)
        elif isinstance(there, Scheme):
            ivr_menu.welcome(self._board, journey)
        else:
            ivr_menu.send(self._board, journey, there, None)
        return journey

    def dial_out(self, now: float, extension: str, number: str) -> Journey | None:
        """An employee dials a number at their phone; None when there is no such employee, or nobody at that number."""
        self._board.queue.run_until(now)
        employee, target = self._board.employees.get(extension), self._board.destination(number)
        if employee is None or target is None:
            return None
        return outbound.dial(self._board, employee, target)

    def press(self, now: float, journey: Journey, digits: str) -> None:
        """The caller presses keys, one every quarter of a second; the place in the scheme makes packets of them."""
        self._board.queue.run_until(now)
        for position, key in enumerate(digits):
            self._board.queue.after(position * KEY_SECONDS, lambda key=key: self._press(journey, key))  # type: ignore[misc]

    def collect(self, now: float, journey: Journey, digits: str) -> None:
        """The caller has pressed keys, and the place in the scheme takes them as one packet."""
        self._board.queue.run_until(now)
        happenings.collect(self._board, journey, digits)

    def happen(self, now: float, journey: Journey, what: str) -> None:
        """Somebody at a phone answers or holds, or the scheme moves the caller on; `Impossible` says why it cannot."""
        self._board.queue.run_until(now)
        targets = journey.scheme.root.targets() if journey.scheme is not None else iter(())
        happenings.happen(self._board, journey, what, next(targets, None))

    def consult(self, now: float, journey: Journey, colleague: str, seconds: float | None = None) -> None:
        """The employee asks a colleague, for so long or as `consults` says; `Impossible` says why it cannot be."""
        self._board.queue.run_until(now)
        happenings.consult(self._board, journey, colleague, seconds)

    def hang_up(self, now: float, journey: Journey) -> None:
        """The caller hangs up; nothing happens when the call is over already."""
        self._board.queue.run_until(now)
        self._board.finish(journey, CALLER_LEFT)

    def request(self, now: float, outside_now: float, method: Method, body: bytes, content_type: str) -> Answer:
        """A request comes in; `outside_now` (seconds of a steady clock) is what the limits go by."""
        return self._answer(
            now,
            outside_now,
            method,
            lambda: self._validator.admit(method, decode_form(body, content_type), outside_now),
        )

    def follow(self, now: float, outside_now: float, method: Method, parts: tuple[str, ...]) -> Answer:
        """Somebody follows a link of §3.4: its parts behind the method's path."""
        return self._answer(now, outside_now, method, lambda: self._validator.admit_link(method, parts, outside_now))

    def refuse_method(self, now: float, method: Method) -> Answer:
        """A request came by another method than the document's."""
        self._board.queue.run_until(now)
        answer = Answer(status=REFUSED, body={"code": 3101})
        self._record(method, {}, answer, None)
        return answer

    def _answer(self, now: float, outside_now: float, method: Method, admit: Callable[[], dict[str, Any]]) -> Answer:
        self._board.queue.run_until(now)
        params: dict[str, Any] = {}
        result: int | None = None
        try:
            params = admit()
            answer, result = self._accept(method, params)
        except RequestRefused as refusal:
            answer = self._refusal(method, self._validator.refuse(refusal, outside_now))
        self._record(method, params, answer, result)
        return answer

    def set_faults(self, faults: Faults) -> None:
        """Let these things go wrong from now on, and no others."""
        self._board.randomness.set_faults(faults)

    @property
    def results(self) -> ForcedResults:
        """What requests come to on demand, at present."""
        return self._board.forced.current()

    def set_results(self, rules: ForcedResults) -> None:
        """Let requests come to these codes from now on, and to no others."""
        self._board.forced.set(rules)

    def set_habits(self, habits: Habits) -> None:
        """Have these habits from now on."""
        self._board.randomness.habits = habits

    def set_behaviour(self, extension: str, behaviour: Behaviour) -> None:
        """An employee's phone behaves like that from the next call on."""
        employee = self._board.employees.get(extension)
        if employee is None:
            raise ConfigurationError(f"there is no employee {extension!r}")
        self._board.employees[extension] = replace(employee, behaviour=behaviour)

    def set_status(self, now: float, extension: str, status: str) -> None:
        """The employee changes their status in the contact centre by themselves, at their own screen."""
        self._board.queue.run_until(now)
        card = self.office.staff.at(extension)
        if card is None:
            raise ConfigurationError(f"there is no employee {extension!r}")
        if status not in STATUSES:
            raise ConfigurationError(f"status is one of {', '.join(STATUSES)}, not {status!r}")
        self.office.presence.set_status(card, STATUSES[status])

    def _press(self, journey: Journey, key: str) -> None:
        ivr_menu.press(self._board, journey, key)

    def _accept(self, method: Method, params: Mapping[str, Any]) -> tuple[Answer, int | None]:
        random = self._board.randomness
        fault = random.answer_fault()
        if fault == "limit":
            return Answer(status=OVER_LIMIT[self.profile], body=limit_body(self.profile)), None
        if fault == "error":
            return Answer(status=502, body={"name": "Bad Gateway", "status": 502}), None
        late_seconds = random.faults.time_out_seconds if fault == "time_out" else 0.0
        forced = self._forced(method, params)
        if forced is not None and not is_success(forced.code) and (forced.at_once or not method.has_result):
            raise refused(forced.code, "forced-result", "refused on demand")
        if not method.has_result:
            return replace(self.office.answer(method.name, params), after_seconds=late_seconds), None
        is_early = random.is_result_early()
        result_seconds = 0.0 if is_early else random.result_delay_seconds()
        journey = command_effects.journey_of(self._board, params)
        result = command_effects.execute(self._board, method.name, params, None if forced is None else forced.code)
        pushed = CommandResulted(command=method.name, command_id=params["command_id"], result=result)
        self._board.tell(journey, pushed, result_seconds)
        if is_early and not late_seconds:
            late_seconds = EARLY_SECONDS
        return Answer(body={"result": DONE}, after_seconds=late_seconds), result

    def _forced(self, method: Method, params: Mapping[str, Any]) -> ForcedResult | None:
        """What was asked for, by a rule or by the faults' share of refused results."""
        forced = self._board.forced.take(method.name, params)
        if forced is not None or not method.has_result:
            return forced
        code = self._board.randomness.refusal(codes_of(method.codes))
        return None if code is None else ForcedResult(code=code)

    def _refusal(self, method: Method, refusal: RequestRefused) -> Answer:
        """The limits' own answer; else 420 with the document's code (§2.2), or `result` alone (§4.1)."""
        if method.base == CONTACT_CENTRE and refusal.status != BANNED:
            over = refusal.status != REFUSED and refusal.result == 0
            return Answer(body={"result": CENTRE_OVER_LIMIT if over else refusal.result})
        if refusal.status == BANNED:
            return Answer(status=BANNED, body=banned_body())
        if refusal.status == OVER_LIMIT[self.profile]:
            return Answer(status=refusal.status, body=limit_body(self.profile))
        code = refusal.result
        told = {"code": code, "message": refusal.message}
        return Answer(status=REFUSED, body=told if method.has_result else {"result": code, **told})

    def _record(self, method: Method, params: Mapping[str, Any], answer: Answer, result: int | None) -> None:
        """Remember what came; never the envelope, so neither key nor sign, and no password."""
        call_id = params.get("call_id", "")
        entry = {
            "at": self.now,
            "command": method.name,
            "command_id": params.get("command_id", ""),
            "call_id": call_id,
            "params": {name: "***" if name == "password" else value for name, value in params.items()},
            "status": answer.status,
            "body": dict(answer.body),
            "answered_after_seconds": answer.after_seconds,
            "result": result,
        }
        self.requests.append(entry)
        leg = self._board.legs.get(call_id)
        if leg is not None:
            leg.journey.requests.append(entry)
