"""The ways through a sound flow, with everything that is not written resolved."""

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, Final

from router.flow.model import Flow, Step
from router.flow.verbs import VERBS
from router.flow.verbs.spec import Exit

CONVERSATION: Final = frozenset({"answered", "connected", "held", "talking"})
"""Exits behind which the caller talks to somebody."""


def ways(flow: Flow, step: Step[Any]) -> tuple[tuple[str, str], ...]:
    """Every way out of the step, as (exit, target); a verb that can fail may go to on_error."""
    spec = VERBS[step.verb]
    own = {(_kind(exit_), exit_.target) for exit_ in spec.exits.own(step.settings) if exit_.possible}
    written = {*own, *step.exits.items()}
    if flow.on_error is not None and spec.traits.can_fail and "else" not in step.exits:
        written.add(("on_error", flow.on_error))
    return tuple(sorted(written))


def _kind(exit_: Exit) -> str:
    """What the settings' exits of one kind are called: it does not matter here which key was pressed."""
    first = exit_.path[0]
    return first if isinstance(first, str) else "goto"


Graph = Mapping[str, Iterable[str]]


def graph_from(flow: Flow, start: str, skip: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Where each step leads that a call may get to from `start`, without the exits to `skip`; in the order found."""
    waiting, found = [start], dict[str, list[str]]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = [target for exit_name, target in ways(flow, flow.steps[name]) if exit_name not in skip]
            waiting += found[name]
    return found


def longest(graph: Graph, weight: Callable[[str], float], bottom: Callable[[str], float]) -> dict[str, float]:
    """For every node the heaviest way from it; infinite where the way can go in a circle.

    `bottom` is what a node without targets comes to, before its weight is added; minus infinity means no way.
    """
    inside = {name: [target for target in targets if target in graph] for name, targets in graph.items()}
    users: dict[str, list[str]] = {name: [] for name in graph}
    for name, targets in inside.items():
        for target in targets:
            users[target].append(name)
    missing = {name: len(targets) for name, targets in inside.items()}
    ready = [name for name, count in missing.items() if not count]
    found: dict[str, float] = {}
    while ready:
        name = ready.pop()
        best = max([bottom(name), *(found[target] for target in inside[name])])
        found[name] = best if best == -inf else weight(name) + best
        for user in users[name]:
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    return {name: found.get(name, inf) for name in graph}


def circles(graph: Graph) -> list[list[str]]:
    """The groups of nodes that lie on common circles, each in the graph's order (Tarjan, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    on_hold: set[str] = set()
    groups: list[list[str]] = []
    for root in graph:
        walk = [(root, iter(graph[root]))] if root not in number else []
        while walk:
            name, targets = walk[-1]
            if name not in number:
                number[name] = low[name] = len(number)
                waiting.append(name)
                on_hold.add(name)
            following = next(
                (target for target in targets if _is_open(target, name, graph, number, low, on_hold)), None
            )
            if following is not None:
                walk.append((following, iter(graph[following])))
                continue
            walk.pop()
            if walk:
                low[walk[-1][0]] = min(low[walk[-1][0]], low[name])
            if low[name] == number[name]:
                groups.append(_taken_off(name, waiting, on_hold))
    order = {name: place for place, name in enumerate(graph)}
    sorted_groups = [sorted(group, key=order.__getitem__) for group in groups]
    return [group for group in sorted_groups if len(group) > 1 or group[0] in graph[group[0]]]


def _is_open(
    target: str, name: str, graph: Graph, number: dict[str, int], low: dict[str, int], on_hold: set[str]
) -> bool:
    """Whether the target was not visited yet; one that is still on hold closes a circle."""
    if target not in graph:
        return False
    if target in on_hold:
        low[name] = min(low[name], number[target])
    return target not in number


def _taken_off(name: str, waiting: list[str], on_hold: set[str]) -> list[str]:
    group: list[str] = []
    while not group or group[-1] != name:
        group.append(waiting.pop())
    on_hold.difference_update(group)
    return group
