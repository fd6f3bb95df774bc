"""How long may a command wait for its turn under the PBX's limits (§1.4), when so many calls come?

The worst that a minute can bring is that all its calls come at once and take the same path. The last of them then
waits for all the commands before its own. If a minute's commands need more than a minute, the queue never empties,
and nothing bounds the wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from router.flow.analysis.ways import Graph, circles, graph_from
from router.flow.model import Flow, Step
from router.flow.verbs import VERBS
from router.flow.verbs.run import Run
from router.protocol.commands import LIMITED

MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How many calls come, and what the PBX allows: command -> (commands, in any so many seconds)."""

    calls_per_minute: float
    limits: Mapping[str, tuple[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The worst wait of one step's command."""

    step: str
    command: str  # of LIMITED
    commands: int  # of that kind, on the worst path to the step, its own included; a circle counts once
    seconds: float  # infinite when the queue never empties


def waits_of(flow: Flow, traffic: Traffic, others: Mapping[str, Mapping[str, int]]) -> list[Waiting]:
    """The waits of every step that sends one of the limited commands, in the flow's order."""
    graph = graph_from(flow, flow.start)
    steps = {name: flow.steps[name] for name in graph}
    found: list[Waiting] = []
    for kind in LIMITED:
        own = {name: _commands(step, kind, others) for name, step in steps.items()}
        total = _on_the_way(graph, own, flow.start) if any(own.values()) else {}
        for name in flow.steps:
            if own.get(name):
                seconds = _worst(total[name], traffic.calls_per_minute, traffic.limits[kind])
                found.append(Waiting(step=name, command=kind, commands=total[name], seconds=seconds))
    return found


def commands_of(flow: Flow, others: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """The most commands of each kind that a call sends in the flow; `others` are those of the flows that it runs."""
    graph = graph_from(flow, flow.start)
    steps = {name: flow.steps[name] for name in graph}
    most: dict[str, int] = {}
    for kind in LIMITED:
        own = {name: _commands(step, kind, others) for name, step in steps.items()}
        most[kind] = max(_on_the_way(graph, own, flow.start).values()) if any(own.values()) else 0
    return most


def _commands(step: Step[Any], kind: str, others: Mapping[str, Mapping[str, int]]) -> int:
    settings = step.settings
    return (
        others[settings.flow][kind]
        if isinstance(settings, Run)
        else VERBS[step.verb].timing.commands(settings).get(kind, 0)
    )


def _on_the_way(graph: Graph, own: Mapping[str, int], start: str) -> dict[str, int]:
    """Step -> the most commands on a path from the start up to it, its own included; a circle counts once."""
    group = {name: name for name in graph} | {name: names[0] for names in circles(graph) for name in names}
    weight: dict[str, int] = {}
    for name, leader in group.items():
        weight[leader] = weight.get(leader, 0) + own[name]
    before: dict[str, set[str]] = {leader: set() for leader in weight}
    for name, targets in graph.items():
        for target in targets:
            if group[target] != group[name]:
                before[group[target]].add(group[name])
    total: dict[str, int] = {}
    for leader in _in_order(before):
        total[leader] = weight[leader] + max((total[other] for other in before[leader]), default=0)
    return {name: total[group[name]] for name in graph}


def _in_order(before: Mapping[str, set[str]]) -> list[str]:
    missing = {name: len(others) for name, others in before.items()}
    after: dict[str, list[str]] = {}
    for name, others in before.items():
        for other in others:
            after.setdefault(other, []).append(name)
    ready = [name for name, count in missing.items() if not count]
    for name in ready:  # grows while it is walked
        for user in after.get(name, ()):
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    return ready


def _worst(commands: int, calls_per_minute: float, limit: tuple[int, float]) -> float:
    count, seconds = limit
    each = seconds / count
    demand = calls_per_minute * commands
    return inf if demand * each > MINUTE else max(0.0, demand - 1) * each
