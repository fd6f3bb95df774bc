"""The world of one test: the bundle with what `given` replaces, and nothing else changed."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from router.flow.model import Bundle, Flow, Value
from router.flow.resources.number_lists import CompiledList
from router.protocol.events import IVR, QUEUE
from router.simulator.script import Given

ANY_LINE: Final = "74950000000"
"""Where a call comes in when neither the test nor the flow names a line."""


def line_of(flow: Flow, given: Given) -> str:
    """The line that the call comes in on."""
    if given.line is not None:
        return given.line
    named = flow.takes.lines if flow.takes is not None else ()
    return named[0] if named else ANY_LINE


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
    return bundle


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
