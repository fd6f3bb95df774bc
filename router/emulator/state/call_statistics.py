"""The statistics of calls and their legs as JSON: of the document of July 2026, and used by clients for years before.

What its users measured counts here: dates are DD.MM.YYYY hh:mm:ss of Moscow, and a period of 30 days is 3100. A call is
told once it has ended; its legs are those at phones and in queues.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.emulator.pbx_answers import Answer, Params, done, wrong
from router.emulator.state.api_values import whole
from router.emulator.state.groups import Groups
from router.emulator.state.staff import Staff
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx.legs import INCOMING, Journey, Leg
from router.protocol.events import IVR, QUEUE

BUILD_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 600.0
MOSCOW: Final = ZoneInfo("Europe/Moscow")
FORMS: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
PERIOD: Final = timedelta(days=30)
CONTEXTS: Final = {0: 3, 1: 1, 2: 2}  # call_direction of the summary -> context_type
STARTED_BY: Final = {"": 0, "CallbackWidget": 5, "MissGroupCallCallback": 6}  # callback_initiator -> context_init_type
CALLED_BACK: Final = 4
NOT_CALLED_BACK: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """Statistics that were asked for."""

    ready: float
    calls: tuple[dict[str, Any], ...]


class CallStatistics:
    """The statistics of calls that were asked for, by key."""

    def __init__(self, board: EmulatedSwitchboard, staff: Staff, groups: Groups) -> None:
        self._board = board
        self._staff = staff
        self._groups = groups
        self._reports: dict[str, CallReport] = {}

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {"stats/calls/request": self._request, "stats/calls/result": self._result}

    def _request(self, params: Params) -> Answer:
        first, last = _moment(params["start_date"]), _moment(params["end_date"])
        if not timedelta() <= last - first < PERIOD:
            raise wrong("the statistics of less than 30 days can be had at once")
        journeys = (
            one
            for one in self._board.journeys.values()
            if one.ended is not None and first.timestamp() <= one.started <= last.timestamp()
        )
        calls = [call for call in map(self._call, journeys) if _is_wanted(call, params)]
        offset = whole(params["offset"])
        now = self._board.queue.now
        self._reports = {key: one for key, one in self._reports.items() if now < one.ready + KEPT_SECONDS}
        key = self._board.ids.token(48)
        chosen = tuple(calls[offset : offset + whole(params["limit"])])
        self._reports[key] = CallReport(ready=now + BUILD_SECONDS, calls=chosen)
        return done(key=key)

    def _result(self, params: Params) -> Answer:
        now, report = self._board.queue.now, self._reports.get(params["key"])
        if report is None or now >= report.ready + KEPT_SECONDS:
            return done(status="not-found", data=[])
        if now < report.ready:
            return done(status="work", data=[])
        totals = {
            "total_calls_count": len(report.calls),
            "total_calls_duration": sum(call["duration"] for call in report.calls),
            "total_talks_duration": sum(call["talk_duration"] for call in report.calls),
        }
        return done(status="complete", data=[{"list": list(report.calls), **totals}])

    def _call(self, journey: Journey) -> dict[str, Any]:
        ended = journey.ended or journey.started
        legs = [leg for leg in journey.legs if leg.location != IVR]
        caller, called = journey.sides
        card = self._staff.at(caller.extension) if caller.extension else None
        number = journey.caller if journey.direction == INCOMING else caller.number or caller.extension
        return {
            "entry_id": journey.entry_id,
            "context_type": CONTEXTS[journey.direction],
            "context_status": int(journey.talked is not None),
            "caller_id": card.user_id if card is not None else None,
            "caller_name": card.name if card is not None else number,
            "caller_number": number,
            "called_number": journey.line if journey.direction == INCOMING else called.number or called.extension,
            "context_start_time": int(journey.started),
            "duration": int(ended - journey.started),
            "talk_duration": int(ended - journey.talked) if journey.talked is not None else 0,
            "context_init_type": STARTED_BY.get(journey.callback_initiator, CALLED_BACK),
            "recall_status": NOT_CALLED_BACK,
            "cost": 0,
            "context_calls": [self._leg(journey, leg) for leg in legs],
        }

    def _leg(self, journey: Journey, leg: Leg) -> dict[str, Any]:
        closed = leg.closed or leg.began
        kind, identity, name = self._callee(leg)
        return {
            "call_type": kind,
            "call_abonent_id": identity,
            "call_abonent_info": name,
            "call_abonent_number": leg.callee.number or None,
            "call_start_time": int(leg.began),
            "call_answer_time": int(leg.connected) if leg.connected is not None else None,
            "call_end_time": int(closed),
            "call_duration": int(closed - leg.began),
            "talk_duration": int(closed - leg.connected) if leg.connected is not None else 0,
            "dial_duration": int((leg.connected or closed) - leg.began),
            "hold_duration": int(leg.held_seconds),
            "call_end_reason": leg.reason,
            "recording_id": [one.recording_id for one in journey.recordings if one.extension == leg.callee.extension],
            "external_call_id": leg.call_id,
            "members": None,
        }

    def _callee(self, leg: Leg) -> tuple[str, int | None, str]:
        """call_type, call_abonent_id and call_abonent_info of a leg."""
        if leg.location == QUEUE:
            team = self._groups.at(leg.group)
            return "group", team.group_id if team is not None else None, team.name if team is not None else leg.group
        card = self._staff.at(leg.callee.extension) if leg.callee.extension else None
        if card is not None:
            return "user", card.user_id, card.name
        return "number", None, leg.callee.number


def _moment(text: str) -> datetime:
    for form in FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=MOSCOW)
        except ValueError:
            continue
    raise wrong("there is no such date", code=3104)


def _is_wanted(call: Mapping[str, Any], params: Params) -> bool:
    kinds = params.get("context_type", [1, 2, 3])
    legs = call["context_calls"]
    return (
        call["context_type"] in {whole(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])}
        and whole(params.get("context_status", call["context_status"])) == call["context_status"]
        and whole(params.get("recall_status", call["recall_status"])) == call["recall_status"]
        and str(params.get("search_string", "")) in " ".join(_numbers(call))
        and _has(legs, "user", params.get("user_ids"))
        and _has(legs, "group", params.get("group_ids"))
    )


def _numbers(call: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(call["caller_number"]), str(call["called_number"]))
    yield from (str(leg["call_abonent_number"]) for leg in call["context_calls"])


def _has(legs: list[dict[str, Any]], kind: str, wanted: list[Any] | None) -> bool:
    """Whether one of the employees or groups took part; nobody in particular is everybody."""
    found = {leg["call_abonent_id"] for leg in legs if leg["call_type"] == kind}
    return not wanted or bool(found & {whole(one) for one in wanted})
