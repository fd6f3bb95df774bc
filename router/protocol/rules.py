"""What JSON Schema cannot say of a request: the document's other causes of 3100, each with its section.

In profile 2026 a second invalid request within two minutes blocks the key, and with it every command of every call: so
nothing is sent of which the document says that it is refused. An instant that is "now" comes from the caller.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.protocol.phone_numbers import is_short
from router.protocol.schemas import load_schema

Params = Mapping[str, Any]
Fault = tuple[str, str]
"""JSON path, and what is wrong there."""

MOSCOW: Final = ZoneInfo("Europe/Moscow")  # "timestamp, UTC+3" (§3.3.2)
MOST_OFFSET: Final = 840  # minutes: no zone is further from UTC
MOST_RECORDINGS: Final = 500  # §3.4.5
CALLS_PERIOD: Final = timedelta(days=30)  # of stats/calls: shorter than that, as its users measured
MOMENT: Final = "%Y-%m-%d %H:%M:%S"
DAY_FIRST: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")


def faults(method: str, params: Params, now: float | None = None) -> Iterator[Fault]:
    """What the PBX would refuse in a request that fits its schema; `now` in Unix seconds, where it is known."""
    rule = RULES.get(method)
    try:
        yield from rule(params, now) if rule is not None else ()
    except (ValueError, OverflowError):  # a year that no calendar has
        yield "$", "names an instant that cannot be"


def _statistics(params: Params, _now: float | None) -> Iterator[Fault]:
    """§3.3.2."""
    first, last = (datetime.fromtimestamp(int(params[name]), MOSCOW) for name in ("date_from", "date_to"))
    if params.get("call_party") and (params.get("from") or params.get("to")):
        yield "$.call_party", "goes only without `from` and `to`: it is either side"
    yield from _period(first, last)
    yield from _fields("stats/result", params)


def _service(params: Params, now: float | None) -> Iterator[Fault]:
    """§3.3.4.1 and its table of dates."""
    zone = _zone(params)
    if zone is None and params.get("time_zone_utc_offset") not in (None, ""):
        yield "$.time_zone_utc_offset", f"is a whole number of minutes from -{MOST_OFFSET} to {MOST_OFFSET}"
        return
    if zone is None:
        yield "$.time_zone_iana_id", "there is no such time zone; write one like Europe/Moscow"
        return
    first, last = (
        datetime.strptime(params[name], MOMENT).replace(tzinfo=zone) if params.get(name) else None
        for name in ("date_from", "date_to")
    )
    if first is None and last is not None:
        yield "$.date_to", "needs a date_from before it"
    elif first is not None and (last is not None or now is not None):
        until = last or datetime.fromtimestamp(now or 0.0, zone)
        yield from _period(first, until, "" if last else "; give a date_to as well")
    yield from _fields("stats_in_calls_service/result", params)


def _calls(params: Params, _now: float | None) -> Iterator[Fault]:
    """The document of July 2026; that a period of just 30 days is refused, its users found out."""
    first, last = (day_first(str(params[name])) for name in ("start_date", "end_date"))
    if first is not None and last is not None:
        if last < first:
            yield "$.end_date", "is before start_date"
        elif last - first >= CALLS_PERIOD:
            yield (
                "$.end_date",
                f"must be less than 30 days after start_date: before {first + CALLS_PERIOD:{DAY_FIRST[0]}}",
            )
    recalled = str(params.get("recall_status", "")) != ""
    if recalled and (_only(params.get("context_type")), str(params.get("context_status"))) != ("1", "0"):
        yield "$.recall_status", "goes only with context_type 1 (incoming) and context_status 0 (missed)"


def _transcripts(params: Params, _now: float | None) -> Iterator[Fault]:
    """§3.4.5: the list may come as its JSON text."""
    found = params["recording_id"]
    if isinstance(found, str) and found.startswith("["):
        try:
            found = json.loads(found)
        except ValueError:
            yield "$.recording_id", "is no JSON list"
            return
    if isinstance(found, list) and not 0 < len(found) <= MOST_RECORDINGS:
        yield "$.recording_id", f"takes 1 to {MOST_RECORDINGS} recordings at once"


def _campaign(params: Params, _now: float | None) -> Iterator[Fault]:
    """§3.8.4.1."""
    first, last = params.get("start_date"), params.get("end_date")
    if first and last and last <= first:
        yield "$.end_date", "must be after start_date"
    for place, hours in enumerate(params["schedule"]):
        if hours["end"] <= hours["start"]:
            yield f"$.schedule.{place}.end", "must be after start"


def _member(params: Params, _now: float | None) -> Iterator[Fault]:
    """§3.6.12: the schedules of an employee's numbers."""
    for place, number in enumerate(params.get("numbers") or ()):
        schedules = number.get("schedule") or ()
        for schedule in [schedules] if isinstance(schedules, Mapping) else schedules:
            yield from _schedule(f"$.numbers.{place}.schedule", schedule)


def _schedule(path: str, schedule: Params) -> Iterator[Fault]:
    first, last = schedule.get("from"), schedule.get("until")
    if first and last and last < first:
        yield f"{path}.until", "is before from"
    for place, item in enumerate(schedule.get("items") or ()):
        if item["type"] == "SpecificDate" and not item.get("specific_date"):
            yield f"{path}.items.{place}", "of type SpecificDate needs a specific_date"


def _sms(params: Params, _now: float | None) -> Iterator[Fault]:
    """§3.2.4."""
    if is_short(params["to_number"]):
        yield "$.to_number", "is a short number of the PBX: a message goes to any number but those (§3.2.4)"


def _callback(params: Params, _now: float | None) -> Iterator[Fault]:
    """§3.2.1."""
    if is_short(params["from"].get("number", "")):
        yield "$.from.number", "is a short number of the PBX: name the employee's telephone, or leave it out (§3.2.1)"


# the parts of the rules


def _period(first: datetime, last: datetime, advice: str = "") -> Iterator[Fault]:
    """At most a month (§3.3.2, §3.3.4.1): until the same day of the next month, or its last one."""
    if last < first:
        yield "$.date_to", "is before date_from"
    elif last > (latest := _month_later(first)):
        yield "$.date_to", f"is more than a month after date_from: {latest:{MOMENT}} at the latest{advice}"


def _month_later(first: datetime) -> datetime:
    following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    last_day = ((following + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    return following.replace(day=min(first.day, last_day))


def _fields(result: str, params: Params) -> Iterator[Fault]:
    """Names of columns, with commas between."""
    names = [name.strip() for name in str(params.get("fields") or "").split(",")]
    known = load_schema(f"api/{result.replace('/', '_')}.response")["items"]["properties"]
    for name in names:
        if name not in known and names != [""]:
            yield "$.fields", f"there is no field {name[:40]!r}; there are {', '.join(known)}"
            return


def _zone(params: Params) -> tzinfo | None:
    """The offset goes before the name; without both it is UTC. None for a zone that does not exist."""
    offset, name = params.get("time_zone_utc_offset"), params.get("time_zone_iana_id")
    if offset not in (None, ""):
        minutes = float(offset)
        return timezone(timedelta(minutes=minutes)) if minutes.is_integer() and abs(minutes) <= MOST_OFFSET else None
    try:
        return ZoneInfo(str(name)) if name else UTC
    except (KeyError, ValueError, OSError):
        return None


def day_first(text: str) -> datetime | None:
    """The instant of DD.MM.YYYY hh:mm:ss in Moscow; None when there is none."""
    for form in DAY_FIRST:
        try:
            return datetime.strptime(text, form).replace(tzinfo=MOSCOW)
        except ValueError:
            continue
    return None


def _only(value: Any) -> str:
    """A value, or the only one of a list, as text."""
    return str(value[0] if isinstance(value, list) and len(value) == 1 else value)


RULES: Final[Mapping[str, Callable[[Params, float | None], Iterator[Fault]]]] = {
    "sms": _sms,
    "callback": _callback,
    "stats/request": _statistics,
    "stats_in_calls_service/request": _service,
    "stats/calls/request": _calls,
    "queries/recording_transcripts": _transcripts,
    "queries/recording_categories": _transcripts,
    "campaign/add": _campaign,
    "member/create": _member,
    "member/update": _member,
}
"""By the method's name in the catalogue."""
