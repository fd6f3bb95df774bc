"""Read a test's `given`: the caller, the hour, and what of the bundle is replaced for the test."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from router.flow.durations import parse_duration
from router.flow.expressions.dates import as_date, parse_date
from router.flow.findings import Report
from router.flow.model import PROFILE, Bundle, Flow, Value
from router.flow.resources.hours import OpeningHours
from router.flow.resources.list_entries import entry_problem
from router.flow.yaml.node import Node, items, length_of, pairs, plain
from router.protocol.phone_numbers import read_number
from router.simulator.read_steps import read_lookups, read_split, read_tables
from router.simulator.read_values import read_value, unknown
from router.simulator.script import Given

MONDAY_NOON: Final = "2026-11-23T12:00:00"
"""When a call comes that says nothing about it, in the flow's zone: an ordinary working day."""

DYNAMIC: Final = 1
"""The dct type of a call-tracking number, should only the number be given (§3.1.1)."""

Fields = dict[str, Any]


def read_given(node: Node | None, bundle: Bundle, flow_name: str, report: Report) -> Given:
    """The world of the test; what cannot be read was reported and is left at its default."""
    flow = bundle.flows[flow_name]
    fields: Fields = {"at": _instant(MONDAY_NOON, flow)}
    for key, value in pairs(node) if node is not None else ():
        if key.text in READERS:
            fields |= READERS[key.text](value, bundle, flow, report)
    given = fields.pop("given_with", {})
    return Given(**{**fields, "variables": {**fields.get("variables", {}), **given}})


def _from(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    return {"caller": _number(node, bundle, report)}


def _line(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    return {"line": _number(node, bundle, report)}


def _number(node: Node, bundle: Bundle, report: Report) -> str:
    """What the PBX would say for a number as people write it; words for a withheld one it says as they are."""
    found = read_number(node.text, bundle.country)
    if found.problem and node.text:
        message = f"`{node.text}` is no number: {found.problem}"
        report.add("F207", node.mark, message, length=length_of(node))
    return node.text if found.withheld or found.address else found.number


def _at(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    try:
        return {"at": _instant(node.text, flow)}
    except ValueError:
        message = f"`{node.text}` is not a time such as 2026-11-23T12:00:00+03:00"
        report.add("F207", node.mark, message, length=length_of(node))
        return {}


def _instant(text: str, flow: Flow) -> float:
    """ISO 8601; without an offset it is local time of the flow's zone."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(flow.timezone))).timestamp()


def _lists(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    lists = {}
    for key, entries in pairs(node):
        if key.text not in bundle.lists:
            unknown("F304", "list", key, bundle.lists, report)
            continue
        for entry in items(entries):
            if problem := entry_problem(entry.text, bundle.country):
                report.add("F207", entry.mark, problem, length=length_of(entry))
        lists[key.text] = tuple(entry.text for entry in items(entries))
    return {"lists": lists} if len(lists) == len(pairs(node)) else {}


def _vars(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    values: dict[str, Value] = {}
    for key, value in pairs(node):
        variable = flow.variables.get(key.text)
        if variable is None:
            unknown("F306", "variable", key, flow.variables, report)
        elif (read := read_value(value, variable.type, report, bundle.country)) is not None:
            values[key.text] = read
    return {"variables": values}


def _online(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    """A list of who is online, or a map of everyone's status."""
    if node.kind == "mapping":
        return {"presence": plain(node)}
    return {"presence": {item.text: "online" for item in items(node)}}


def _dct(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    """The number alone, or with its type."""
    if node.kind == "scalar":
        return {"dct_number": _number(node, bundle, report), "dct_type": DYNAMIC}
    said = plain(node)
    return {"dct_number": said.get("number", ""), "dct_type": int(said.get("type", DYNAMIC))}


def _location(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    return {"location": node.text}


def _group(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    return {"group": node.text}


def _sip_call_id(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    return {"sip_call_id": node.text}


def _limits(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    waits = {}
    for key, value in pairs(node):
        seconds = parse_duration(value.text)
        if seconds is None:
            report.add("F207", value.mark, f"`{value.text}` is not a duration such as 20s", length=length_of(value))
        else:
            waits[key.text] = seconds
    return {"waits": waits}


def _values(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    """Values of the configuration; one that no flow asks for is misspelt."""
    known = {need.name for need in bundle.needs if need.kind != PROFILE}
    for key, _ in pairs(node):
        if key.text not in known:
            unknown("F306", "value that a flow asks for,", key, known, report)
    return {"values": plain(node)}


def _holidays(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    """The days that are off for all hours with `holidays`: one, several, or none."""
    written = items(node) if node.kind == "sequence" else [key for key, _ in pairs(node)] or [node]
    for day in written:
        if parse_date(day.text) is None:
            report.add("F207", day.mark, f"`{day.text}` is not a date such as 2026-12-31", length=length_of(day))
            return {}
    if not any(isinstance(one, OpeningHours) and one.calendar is not None for one in bundle.hours.values()):
        report.add("F507", node.mark, "no hours of the bundle go by `holidays`", length=length_of(node))
    return {"holidays": tuple(as_date(day.text) for day in written)}


def _with(node: Node, bundle: Bundle, flow: Flow, report: Report) -> Fields:
    """What a sub-flow is run with."""
    if flow.takes is not None:
        message = f"`{flow.name}` takes calls itself, and is run with nothing"
        report.add("F507", node.mark, message, length=length_of(node), suggestion="write vars: {…}")
        return {}
    return {"given_with": _vars(node, bundle, flow, report)["variables"]}


READERS: Final[Mapping[str, Callable[[Node, Bundle, Flow, Report], Fields]]] = {
    "from": _from,
    "line": _line,
    "at": _at,
    "lists": _lists,
    "vars": _vars,
    "online": _online,
    "dct": _dct,
    "location": _location,
    "group": _group,
    "sip_call_id": _sip_call_id,
    "limits": _limits,
    "split": lambda node, bundle, flow, report: {"split": read_split(node, bundle, flow, report)},
    "lookups": lambda node, bundle, flow, report: {
        "lookups": read_lookups(node, bundle, flow, report),
        "tables": read_tables(node, bundle, flow, report),
    },
    "values": _values,
    "holidays": _holidays,
    "with": _with,
}
