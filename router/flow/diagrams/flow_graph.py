"""A flow as a graph: its steps, and the exits that lead from one to another. What every diagram is drawn of.

Only what is written is an edge: an exit that has no target goes to `on_error`, which is marked at its step instead of
being drawn from everywhere. Exits of one step with the same target are one edge with several labels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from router.flow.model import Bundle, Flow, Step
from router.flow.verbs import VERBS
from router.flow.verbs.run import Run
from router.flow.written_exits import exits_of

START: Final = "start"
ON_ERROR: Final = "on_error"
ON_END: Final = "on_end"
FINALLY: Final = "finally"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step."""

    name: str
    verb: str
    about: tuple[str, ...] = ()  # what it does, in few words: destinations, prompts, ...
    roles: tuple[str, ...] = ()  # of START, ON_ERROR, ON_END, FINALLY
    runs: str = ""  # the sub-flow that it runs
    visits: tuple[int, ...] = ()  # as which of a call's steps it was entered, counted from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The exits of one step that lead to one other."""

    source: str
    target: str
    labels: tuple[str, ...]
    written: bool = True  # False: a call went there by on_error, on_end or finally
    taken: bool = False  # a call went there


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """One flow."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    on_error: str = ""  # the step that exits without a target go to


def graphs(bundle: Bundle, name: str) -> tuple[Graph, ...]:
    """The flow `name` and, behind it, every sub-flow that it runs, directly or not; each once."""
    waiting, found = [name], dict[str, Graph]()
    while waiting:
        flow = bundle.flows[waiting.pop(0)]
        if flow.name not in found:
            graph = found[flow.name] = graph_of(flow)
            waiting += [node.runs for node in graph.nodes if node.runs]
    return tuple(found.values())


def graph_of(flow: Flow) -> Graph:
    """One flow as a graph."""
    return Graph(
        name=flow.name,
        nodes=tuple(_node(flow, step) for step in flow.steps.values()),
        edges=tuple(edge for step in flow.steps.values() for edge in edges_of(step)),
        on_error=flow.on_error or "",
    )


def _node(flow: Flow, step: Step[Any]) -> Node:
    places = {START: flow.start, ON_ERROR: flow.on_error, ON_END: flow.on_end, FINALLY: flow.finally_}
    settings = step.settings
    return Node(
        name=step.name,
        verb=step.verb,
        about=tuple(VERBS[step.verb].about(settings)),
        roles=tuple(role for role, name in places.items() if name == step.name),
        runs=settings.flow if isinstance(settings, Run) else "",
    )


def edges_of(step: Step[Any]) -> tuple[Edge, ...]:
    """The written exits of a step, one edge for each target."""
    labels: dict[str, list[str]] = {}
    for written in exits_of(step):
        labels.setdefault(written.target, []).append(written.arrow or written.label)
    return tuple(Edge(source=step.name, target=target, labels=tuple(names)) for target, names in labels.items())


# the path of a call


def with_path(drawn: Sequence[Graph], visits: Iterable[tuple[str, str]]) -> tuple[Graph, ...]:
    """The graphs with the path of one call marked. `visits` are the (flow, step) that it entered, in order."""
    entered = list(visits)
    taken = _taken(entered)
    return tuple(_marked(graph, entered, taken) for graph in drawn)


def _taken(entered: Iterable[tuple[str, str]]) -> dict[tuple[str, str, str], None]:
    """(flow, source, target) of every way from one step to another, within a flow; a sub-flow begins anew."""
    taken: dict[tuple[str, str, str], None] = {}
    open_flows: dict[str, str] = {}  # flow -> its last step, the outermost first
    for flow, step in entered:
        if flow in open_flows:
            while next(reversed(open_flows)) != flow:
                open_flows.popitem()
            taken[flow, open_flows[flow], step] = None
        open_flows[flow] = step
    return taken


def _marked(graph: Graph, entered: list[tuple[str, str]], taken: Iterable[tuple[str, str, str]]) -> Graph:
    ways = [(source, target) for flow, source, target in taken if flow == graph.name]
    roles = {node.name: node.roles for node in graph.nodes}
    written = {(edge.source, edge.target) for edge in graph.edges}
    jumps = [
        Edge(source=source, target=target, labels=_jump(roles[target]), written=False, taken=True)
        for source, target in ways
        if (source, target) not in written and source in roles and target in roles
    ]
    edges = [replace(edge, taken=(edge.source, edge.target) in ways) for edge in graph.edges]
    return replace(
        graph,
        nodes=tuple(replace(node, visits=_visits(graph.name, node.name, entered)) for node in graph.nodes),
        edges=(*edges, *jumps),
    )


def _jump(roles: tuple[str, ...]) -> tuple[str, ...]:
    """How a call came to a step that no exit leads to."""
    return tuple(role for role in roles if role != START) or ("not written",)


def _visits(flow: str, step: str, entered: Iterable[tuple[str, str]]) -> tuple[int, ...]:
    return tuple(number for number, visit in enumerate(entered, start=1) if visit == (flow, step))
