"""Opening hours as they are written: days, ranges, dates, the time zone, and the holidays' calendar."""

from collections.abc import Mapping
from typing import Final

from router.flow.findings import Report
from router.flow.reading.setting_fields import Fields
from router.flow.resources.holiday_calendar import Frozen, country_meant, is_holiday_country
from router.flow.resources.hours import OpeningHours, date_problem, ends_in_last_minute, parse_days, parse_ranges
from router.flow.resources.time_zones import is_timezone, true_offset, zone_meant, zone_of_offset
from router.flow.suggestions.advice import Advice, offer, write
from router.flow.suggestions.fixes import entries_apart, in_place_of, report_at
from router.flow.suggestions.hours_words import (
    CLOSED,
    dates_meant,
    days_meant,
    range_meant,
    ranges_meant,
    several_days_meant,
)
from router.flow.yaml.node import Node, items, length_of

DEFAULT_TIMEZONE: Final = "Europe/Moscow"


def read_hours(fields: Fields, calendars: Mapping[str, Frozen], report: Report) -> OpeningHours:
    """One entry of `hours`; what is faulty is reported and left out. `calendars` are the days of a stored version."""
    timezone = read_timezone(fields.get("timezone"), report)
    entries = fields.inside("open").entries()
    open_days = {key.text: _ranges(node, report) for key, node in entries if _is_days(key, node, report)}
    written = fields.inside("dates").entries()
    dates = {key.text: _ranges(node, report) for key, node in written if _is_date(key, report)}
    country = _country(fields.get("holidays"), report)
    return OpeningHours(timezone, open_days, country, dates, calendars.get(country or ""))


def read_timezone(node: Node | None, report: Report) -> str:
    """The zone that the node names; the default where it names none, which is reported."""
    if node is None:
        return DEFAULT_TIMEZONE
    if not is_timezone(node.text):
        meant = zone_meant(node.text)
        report_at(report, "F310", node, f"unknown time zone `{node.text}`", offer([meant] if meant else []))
        return DEFAULT_TIMEZONE
    offset = true_offset(node.text)
    if offset is not None:
        other = zone_of_offset(-offset if node.text.startswith("Etc/GMT+") else offset)
        message = f"`{node.text}` is UTC{offset:+03}:00: its sign is the other way round"
        wanted = -offset if node.text.startswith("Etc/GMT+") else offset
        advice = Advice(f"did you mean `{other}`, which is UTC{wanted:+03}:00?", other)
        report_at(report, "W614", node, message, advice)
    return node.text


def _country(node: Node | None, report: Report) -> str | None:
    if node is None:
        return None
    if is_holiday_country(node.text):
        return node.text
    meant = country_meant(node.text)
    advice = write(meant) if meant else "write an ISO code such as RU"
    report_at(report, "F311", node, f"the `holidays` library does not know `{node.text}`", advice)
    return None


def _is_days(key: Node, ranges: Node, report: Report) -> bool:
    if parse_days(key.text) is not None:
        return True
    message = f"`{key.text}` is not a day such as mon, or days such as mon-fri"
    meant, several = days_meant(key.text), several_days_meant(key.text)
    if meant or not several:
        report_at(report, "F207", key, message, offer([meant] if meant else []))
        return False
    fix = entries_apart(key, ranges, several, report.lines.get(key.mark.file, ()))
    advice = f"write an entry for each: {', '.join(several)}"
    report.add("F207", key.mark, message, length=length_of(key), suggestion=advice, fix=fix)
    return False


def _is_date(key: Node, report: Report) -> bool:
    problem = date_problem(key.text)
    if problem:
        meant = dates_meant(key.text)
        report_at(report, "F207", key, problem, offer([meant] if meant else []))
    return not problem


def _ranges(node: Node, report: Report) -> tuple[str, ...]:
    """The ranges of a day; `closed` is none."""
    if node.text == CLOSED:
        return ()
    written = items(node) or ((node,) if node.kind == "scalar" else ())
    usable = [item for item in written if parse_ranges(item.text) is not None]
    for item in written:
        if item not in usable:
            message = f"`{item.text}` is not a range such as 09:00-18:00, nor closed"
            _say_range(item, message, within_list=item is not node, report=report)
        elif ends_in_last_minute(item.text):
            whole = f"{item.text.partition('-')[0].strip()}-24:00"
            message = f"`{item.text}` is read as open until midnight, and not as closed in the last minute"
            report_at(report, "W615", item, message, write(whole))
    return tuple(item.text for item in usable)


def _say_range(item: Node, message: str, *, within_list: bool, report: Report) -> None:
    meant, several = range_meant(item.text), ranges_meant(item.text)
    if meant or not several:
        report_at(report, "F207", item, message, offer([meant] if meant else []))
        return
    listed = ", ".join(f'"{one}"' for one in several)
    text = listed if within_list else f"[{listed}]"
    report.add(
        "F207", item.mark, message, length=length_of(item), suggestion=write(text), fix=in_place_of(item, text, report)
    )
