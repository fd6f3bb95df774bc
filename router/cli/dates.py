"""Dates as people type them, as the API wants them: Unix seconds, or text in the zone of the parameter.

`2026-11-23`, `23.11.2026`, each with or without a time, and with a zone behind it: `Z`, `+05:00`, `MSK` or a name such
as `Asia/Almaty`. A day without a time is its midnight. Where seconds are wanted, an instant without a zone is that of
`--timezone`, else Moscow's; where text is wanted it goes as it stands, since the document says whose time that is (UTC,
or the zone that a report is asked in), unless `--timezone` says otherwise.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.protocol.fitting import shape_of
from router.protocol.rules import MOMENT, MOSCOW

Schema = Mapping[str, Any]

_typed = re.compile(
    r"(?:(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})|(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4}))"
    r"(?:(?:[T,]|,? +)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?"
    r" ?(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*)?"
).fullmatch
ZONES: Final[Mapping[str, tzinfo]] = {"Z": UTC, "UTC": UTC, "GMT": UTC, "MSK": MOSCOW}
DAY: Final = "%Y-%m-%d"
DAY_FIRST: Final = "%d.%m.%Y %H:%M:%S"


def zone_of(name: str) -> tzinfo:
    """A time zone by its name, its offset or a short form; ValueError when there is none of that name."""
    if name.upper() in ZONES:
        return ZONES[name.upper()]
    if name[:1] in "+-" and len(digits := name[1:].replace(":", "")) == 4:
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name}") from None


def read_date(text: str) -> datetime | None:
    """What was typed, with a zone if it names one; None for what is no date. Raises ValueError for a day, a time or a
    zone that does not exist."""
    found = _typed(text.strip())
    if found is None:
        return None
    part = found.groupdict(default="")
    day = [part["year"] or part["y"], part["month"] or part["m"], part["day"] or part["d"]]
    clock = [part["hour"], part["minute"], part["second"]]
    zone = zone_of(part["zone"]) if part["zone"] else None
    return datetime(*(int(one or 0) for one in (*day, *clock)), tzinfo=zone)  # type: ignore[misc, arg-type]


def with_dates(schema: Schema, params: Mapping[str, Any], zone: tzinfo | None = None) -> dict[str, Any]:
    """The parameters of a request with dates as its schema wants them; `zone` is that of `--timezone`.

    Raises ValueError as `read_date`, with the parameter's name.
    """
    written = _written(schema, schema.get("$defs", {}), dict(params), _Target(zone=zone, texts=_texts_zone(params)))
    assert isinstance(written, dict)
    return written


class _Target:
    """Whose time is meant, and whose is wanted."""

    def __init__(self, *, zone: tzinfo | None, texts: tzinfo) -> None:
        self.zone = zone
        self.texts = texts

    def seconds(self, typed: datetime) -> int:
        return int((typed if typed.tzinfo else typed.replace(tzinfo=self.zone or MOSCOW)).timestamp())

    def text(self, typed: datetime, form: str, texts: tzinfo) -> str:
        zone = typed.tzinfo or self.zone
        return (typed.replace(tzinfo=zone).astimezone(texts) if zone else typed).strftime(form)


def _texts_zone(params: Mapping[str, Any]) -> tzinfo:
    """§3.3.4.1: the offset of the request, else the zone that it names, else UTC as everywhere."""
    offset, name = params.get("time_zone_utc_offset"), params.get("time_zone_iana_id")
    try:
        return timezone(timedelta(minutes=int(offset))) if offset else zone_of(str(name)) if name else UTC
    except ValueError:  # the request's own check says so
        return UTC


WRITERS: Final[Mapping[str, Callable[[_Target, datetime], int | str]]] = {
    "seconds": lambda target, typed: target.seconds(typed),
    "moment": lambda target, typed: target.text(typed, MOMENT, target.texts),
    "day": lambda target, typed: typed.strftime(DAY),
    "moment-day-first": lambda target, typed: target.text(typed, DAY_FIRST, MOSCOW),
}
"""By the `format` of a parameter."""


def _written(schema: Schema, definitions: Schema, value: Any, target: _Target) -> Any:
    schema = shape_of(schema, definitions, value)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {
            name: _named(name, known[name], definitions, inner, target) if name in known else inner
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_written(schema.get("items", {}), definitions, inner, target) for inner in value]
    writer = WRITERS.get(schema.get("format", ""))
    if writer is None or not isinstance(value, str):
        return value
    typed = read_date(value)
    if typed is not None:
        return writer(target, typed)
    if value and not value.isdecimal():
        raise ValueError(f"{value[:40]} is no date; write 2026-11-23, 23.11.2026 12:00 or 2026-11-23T12:00+03:00")
    return value


def _named(name: str, schema: Schema, definitions: Schema, value: Any, target: _Target) -> Any:
    try:
        return _written(schema, definitions, value, target)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
