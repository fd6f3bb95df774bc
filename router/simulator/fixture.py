"""The world of one test: the bundle with what `given` replaces, and nothing else changed."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from router.flow.model import ADDRESS, Bundle, Flow, Hours, Table, Value
from router.flow.resources.hours import OpeningHours
from router.flow.resources.number_lists import CompiledList
from router.flow.verbs.lookup import Lookup
from router.protocol.events import IVR, QUEUE
from router.simulator.script import Given
from router.simulator.scripted_pbx import ScriptedPbx
from router.simulator.subflow_harness import with_harness

GIVEN_YEARS: Final = range(1970, 2101)
"""Of given holidays: in all of them the calendar says nothing else."""

ANY_LINE: Final = "74950000000"
"""Where a call comes in when neither the test nor the flow names a line."""


def caller_of(bundle: Bundle, flow: Flow, given: Given) -> ScriptedPbx:
    """The PBX's side of the call."""
    return ScriptedPbx(
        entry_id="journey-1",
        caller=given.caller,
        line=line_of(bundle, flow, given),
        location=given.location or place_of(flow, given),
        dct=(given.dct_number, given.dct_type),
        group=given.group,
        sip_call_id=given.sip_call_id,
    )


def line_of(bundle: Bundle, flow: Flow, given: Given) -> str:
    """The line that the call comes in on."""
    if given.line is not None:
        return given.line
    takes = flow.takes
    if takes is None or takes.any_line:
        return ANY_LINE
    named = takes.lines if takes.line_list is None else bundle.lists[takes.line_list].numbers()
    return next(iter(named), ANY_LINE)


def place_of(flow: Flow, given: Given) -> str:
    """Where the call is when it comes: where the flow takes calls, else in the queue of its group, or in the menu."""
    taken_in = flow.takes.location if flow.takes is not None else None
    return taken_in or (QUEUE if given.group else IVR)


def world(bundle: Bundle, flow_name: str, given: Given) -> Bundle:
    """The bundle as the test sees it."""
    if given.lists:
        bundle = replace(bundle, lists={**bundle.lists, **_lists(bundle, given)})
    if given.variables:
        flow = _with_first_values(bundle.flows[flow_name], given.variables)
        bundle = replace(bundle, flows={**bundle.flows, flow_name: flow})
    if given.tables:
        bundle = _with_tables(bundle, given.tables)
    if given.holidays is not None:
        bundle = replace(
            bundle, hours={name: _with_days_off(one, given.holidays) for name, one in bundle.hours.items()}
        )
    return bundle if bundle.flows[flow_name].takes is not None else with_harness(bundle, bundle.flows[flow_name])


def _with_tables(bundle: Bundle, tables: Mapping[tuple[str, str], Table]) -> Bundle:
    """Each of these steps looks into a table of its own."""
    flows, added = dict(bundle.flows), dict(bundle.tables)
    for (flow_name, step_name), table in tables.items():
        flow = flows[flow_name]
        step = flow.steps[step_name]
        if not isinstance(step.settings, Lookup):
            continue  # a mutant from which the lookup is left out
        name = f"{flow_name}.{step_name}"
        own = replace(step, settings=replace(step.settings, table=name, table_by=None))
        flows[flow_name] = replace(flow, steps={**flow.steps, step_name: own})
        added[name] = table
    return replace(bundle, flows=flows, tables=added)


def _with_days_off(hours: Hours, days: tuple[str, ...]) -> Hours:
    """The same hours with these holidays and no moved working days, where they go by a calendar."""
    if not isinstance(hours, OpeningHours) or hours.calendar is None:
        return hours
    years = {str(year): [{day: "given" for day in days if day[:4] == str(year)}, {}] for year in GIVEN_YEARS}
    timezone, open_days, country, dates = hours.written
    return OpeningHours(timezone, open_days, country, dates, years)


def _lists(bundle: Bundle, given: Given) -> dict[str, CompiledList]:
    return {
        name: _compiled(entries, bundle.lists[name].keep_seconds, bundle.country)
        for name, entries in given.lists.items()
    }


@lru_cache(maxsize=256)
def _compiled(entries: tuple[str, ...], keep_seconds: float | None, country: str) -> CompiledList:
    """Compiled once for all the tests that give the same members."""
    return CompiledList(entries, keep_seconds, country)


def _with_first_values(flow: Flow, values: Mapping[str, Value]) -> Flow:
    first = {name: replace(flow.variables[name], default=value) for name, value in values.items()}
    return replace(flow, variables={**flow.variables, **first})


def values_of(bundle: Bundle, given: Given) -> dict[str, str]:
    """The values that are given, and addresses for requests that go nowhere: only what matters has to be given."""
    names = [need.name for need in bundle.needs if need.kind == ADDRESS]
    return {name: f"https://{name.strip('_').replace('_', '-')}.example" for name in names} | dict(given.values)
