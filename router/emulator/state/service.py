"""The rows of the statistics "Обслуживание входящих вызовов" (§3.3.4): every incoming call that came to a group."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.emulator.pbx_answers import Params, wrong
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx.legs import INCOMING, Journey, Leg
from router.protocol.events import ABONENT, QUEUE

COLUMNS: Final = (
    "date", "group", "abonent", "on_group", "operator_answer", "call_time", "ended", "end_reason", "call_result",
    "delay_time_way", "operator", "number_operator", "on_vats", "all_time_delay", "abonent_number", "time_working",
    "time_pause", "time-ivr",
)  # fmt: skip
MONTH: Final = timedelta(days=31)
RESULTS: Final = {"1": 0, "2": 1}  # call_result of the request (missed, answered) -> of the row

Stamp = Callable[[float | None], str]


def service_rows(board: EmulatedSwitchboard, params: Params, name_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """The rows of a request; RequestRefused 3100 when its dates do not make a period of at most a month.

    `name_of` gives the name of whoever has a number, or the number.
    """
    zone = _zone(params)
    first, last = _period(params, zone, datetime.fromtimestamp(board.queue.now, zone))
    wanted = RESULTS.get(str(params.get("call_result", "")))
    return [
        row | {"abonent": name_of(row["abonent_number"])}
        for at, row in _all_rows(board, lambda seconds: _stamp(seconds, zone))
        if first.timestamp() <= at <= last.timestamp() and wanted in (None, row["call_result"])
    ]


def _zone(params: Params) -> tzinfo:
    """The offset goes before the name; without both it is UTC."""
    if "time_zone_utc_offset" in params:
        return timezone(timedelta(minutes=int(params["time_zone_utc_offset"])))
    name = params.get("time_zone_iana_id")
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError) as error:
        raise wrong("there is no such time zone") from error


def _period(params: Params, zone: tzinfo, now: datetime) -> tuple[datetime, datetime]:
    """The table of §3.3.4.1."""
    try:
        first, last = (
            datetime.strptime(params[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone) if name in params else None
            for name in ("date_from", "date_to")
        )
    except ValueError as error:
        raise wrong("there is no such date") from error
    if first is None and last is None:
        return now.replace(hour=0, minute=0, second=0, microsecond=0), now
    last = last or now
    if first is None or not timedelta() <= last - first <= MONTH:
        raise wrong("date_from is needed, and at most a month before date_to")
    return first, last


def _all_rows(board: EmulatedSwitchboard, stamp: Stamp) -> Iterator[tuple[float, dict[str, Any]]]:
    for journey in board.journeys.values():
        if journey.ended is None or journey.direction != INCOMING:
            continue
        for leg in journey.legs:
            if leg.location == QUEUE:
                yield leg.began, _row(board, journey, leg, stamp)


def _row(board: EmulatedSwitchboard, journey: Journey, queued: Leg, stamp: Stamp) -> dict[str, Any]:
    ended = journey.ended or queued.began
    answered = next(
        (leg for leg in journey.legs if leg.location == ABONENT and leg.group == queued.group and leg.connected), None
    )
    connected = answered.connected if answered is not None else None
    employee = board.employees.get(answered.callee.extension) if answered is not None else None
    group = board.groups.get(queued.group)
    waited = (connected or queued.closed or ended) - queued.began
    talked = int((answered.closed or ended) - connected) if answered is not None and connected else ""
    return {
        "date": stamp(queued.began),
        "group": (group.name if group is not None else "") or queued.group,
        "on_group": stamp(queued.began),
        "operator_answer": stamp(connected),
        "call_time": talked,
        "ended": stamp(ended),
        "end_reason": journey.reason if journey.reason is not None else "Unknown",
        "call_result": 1 if connected else 0,
        "delay_time_way": int(waited),
        "operator": employee.name if employee is not None else "",
        "number_operator": answered.callee.number if answered is not None else "",
        "on_vats": stamp(journey.started),
        "all_time_delay": int((connected or ended) - journey.started),
        "abonent_number": journey.caller,
        "time_working": talked,
        "time_pause": int(answered.held_seconds) if answered is not None else "",
        "time-ivr": int(queued.began - journey.started),
    }


def _stamp(seconds: float | None, zone: tzinfo) -> str:
    """2018-09-18 20:59:31+03, and +03:30 where minutes count."""
    if seconds is None:
        return ""
    text = datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M:%S%z")
    return f"{text[:-2]}:{text[-2:]}" if text[-2:] != "00" else text[:-2]
