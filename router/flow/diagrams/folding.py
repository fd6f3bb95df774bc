"""Large flows in few boxes: steps whose names begin alike are one box, and a neighbourhood is all that is near a step.

A picture of hundreds of steps is larger than any screen. Above MOST_STEPS it is folded: no further than necessary, and
never what has a role or what the marked call entered.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from router.flow.diagrams.flow_graph import Edge, Graph, Node

MOST_STEPS: Final = 60  # that are drawn one by one
MOST_BOXES: Final = 30  # that large boxes may be divided into
LARGE_BOX: Final = 6  # a box is large when it holds more than one in so many of the steps
MOST_LABELS: Final = 3  # at an edge between boxes; more are counted
MOST_SOURCES: Final = 6  # folded boxes with an arrow to the same place; of more it is written where they lead
MOST_VERBS: Final = 3  # that a folded box names
_words: Final = re.compile(r"[^\W\d_]+|\d+").findall
_pieces: Final = re.compile(r"[^\W\d_]+|\d+|_+").findall

Groups = Mapping[tuple[str, ...], Sequence[Node]]
"""Beginnings of names, as words -> the steps that have them."""


HERE: Final = "here"
"""The role of the step that a neighbourhood is drawn around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded(Node):
    """Several steps as one box; `verb` says how many."""

    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood(Graph):
    """A part of a flow that has `of` steps."""

    of: int


def is_large(drawn: Iterable[Graph]) -> bool:
    """Whether so many steps should be folded."""
    return sum(len(graph.nodes) for graph in drawn) > MOST_STEPS


def folded(drawn: Sequence[Graph], most: int = MOST_BOXES) -> tuple[Graph, ...]:
    """The first flow and those that the marked call entered, each folded if it has more than `most` steps; another
    sub-flow is the box of the step that runs it."""
    kept = [graph for graph in drawn if graph is drawn[0] or any(node.visits for node in graph.nodes)]
    names = {graph.name for graph in kept}
    sizes = {graph.name: len(graph.nodes) for graph in drawn if graph.name not in names}
    return tuple(_folded(graph, sizes, most) for graph in kept)


def common_targets_in_words(drawn: Iterable[Graph]) -> tuple[Graph, ...]:
    """For pictures: arrows from many folded boxes to one place are lines of text in the boxes. A call's path stays."""
    return tuple(map(_in_words, drawn))


def _in_words(graph: Graph) -> Graph:
    boxes = {node.name for node in graph.nodes if isinstance(node, Folded)}
    sources = Counter(edge.target for edge in graph.edges if edge.source in boxes)
    common = {target for target, count in sources.items() if count > MOST_SOURCES} - boxes
    words: dict[str, list[str]] = {}
    drawn: list[Edge] = []
    for edge in graph.edges:
        if edge.source in boxes and edge.target in common and not edge.taken:
            words.setdefault(edge.source, []).append(f"{', '.join(edge.labels)} → {edge.target}")
            words.setdefault(edge.target, [])
        else:
            drawn.append(edge)
    from_boxes = {target: (f"reached from {sources[target]} boxes",) for target in common & words.keys()}
    nodes = (
        replace(node, about=(*node.about, *words.get(node.name, ()), *from_boxes.get(node.name, ())))
        for node in graph.nodes
    )
    return replace(graph, nodes=tuple(nodes), edges=tuple(drawn))


def around(graph: Graph, step: str, depth: int) -> Graph:
    """The steps that at most so many exits lead to from `step`, or from there to it; what is left out is counted."""
    onward = {(edge.source, edge.target) for edge in graph.edges}
    near = _within(step, onward, depth) | _within(step, {(target, source) for source, target in onward}, depth)
    nodes = (_cut(node, graph.edges, near) for node in graph.nodes if node.name in near)
    return Neighbourhood(
        name=graph.name,
        nodes=tuple(replace(node, roles=(HERE, *node.roles)) if node.name == step else node for node in nodes),
        edges=tuple(edge for edge in graph.edges if edge.source in near and edge.target in near),
        on_error=graph.on_error,
        of=len(graph.nodes),
    )


def _within(step: str, edges: Iterable[tuple[str, str]], depth: int) -> set[str]:
    """The steps that at most so many edges lead to."""
    targets: dict[str, list[str]] = {}
    for source, target in edges:
        targets.setdefault(source, []).append(target)
    found = latest = {step}
    for _ in range(depth):
        latest = {target for source in latest for target in targets.get(source, ())} - found
        found = found | latest
    return found


def caption(graph: Graph) -> str:
    """How many steps a picture shows, and where exits go that it does not."""
    shown = sum(len(node.holds) if isinstance(node, Folded) else 1 for node in graph.nodes)
    steps = f"{shown} of {graph.of} steps" if isinstance(graph, Neighbourhood) else f"{shown} steps"
    boxes = f" in {len(graph.nodes)} boxes" if shown > len(graph.nodes) else ""
    lost = f"exits that are not written go to {graph.on_error} (on_error)" if graph.on_error else "no on_error"
    return f"{steps}{boxes}; {lost}"


def _cut(node: Node, edges: Iterable[Edge], near: Collection[str]) -> Node:
    """The step, saying to and from how many others it has edges that are not drawn."""
    to = sum(edge.source == node.name and edge.target not in near for edge in edges)
    by = sum(edge.target == node.name and edge.source not in near for edge in edges)
    more = [
        f"{words} {_counted(count, 'more step')}" for words, count in (("leads to", to), ("reached from", by)) if count
    ]
    return replace(node, about=(*node.about, *more))


def _folded(graph: Graph, sizes: Mapping[str, int], most: int) -> Graph:
    """The graph in boxes. `sizes` are those of the sub-flows that are not drawn."""
    if len(graph.nodes) <= most:
        boxes = {node.name: node for node in graph.nodes}
    else:
        groups = _by_way(_by_name(graph.nodes), graph.edges)
        boxes = {node.name: box for name, group in groups.items() for box in [_box(name, group)] for node in group}
    shown = {box.name: _with_size(box, sizes) for box in boxes.values()}
    ends = {name: box.name for name, box in boxes.items()}
    return replace(graph, nodes=tuple(shown.values()), edges=tuple(_edges(graph.edges, ends)))


def _with_size(node: Node, sizes: Mapping[str, int]) -> Node:
    if node.runs not in sizes:
        return node
    return replace(node, about=(*node.about, f"flow {node.runs}: {_counted(sizes[node.runs], 'step')}"))


def _by_name(nodes: Sequence[Node]) -> dict[str, Sequence[Node]]:
    """The steps of every box, in the order written; only a large box is divided by one more word."""
    alone = [node for node in nodes if _stands_alone(node)]
    groups = dict(_divided((), [node for node in nodes if not _stands_alone(node)]))
    least = len(nodes) // LARGE_BOX
    whole: set[tuple[str, ...]] = set()  # cannot be divided into few enough
    while divisible := [words for words in groups if len(groups[words]) > least and words not in whole]:
        words = max(divisible, key=lambda each: len(groups[each]))
        parts, size = _divided(words, groups[words]), len(groups[words])
        helps = len(groups) + len(parts) + len(alone) <= MOST_BOXES and 2 * len(parts) <= size
        if not helps and len(parts) > 1 and 2 * size <= len(nodes):
            whole.add(words)
        else:
            whole |= {part for part in parts if part == words}
            del groups[words]
            groups |= parts
    order = {node.name: number for number, node in enumerate(nodes)}
    ordered = sorted([*([node] for node in alone), *groups.values()], key=lambda group: order[group[0].name])
    named: dict[str, Sequence[Node]] = {}
    for group in ordered:
        name = _common_name(group)
        named[name if name not in named else f"{group[0].name}+{len(group) - 1}"] = group
    return named


def _divided(words: tuple[str, ...], nodes: Iterable[Node]) -> Groups:
    """The steps by one more word of their names; one without more words stays at `words`."""
    parts: dict[tuple[str, ...], list[Node]] = {}
    for node in nodes:
        parts.setdefault(tuple(_words(node.name)[: len(words) + 1]), []).append(node)
    return parts


def _by_way(groups: dict[str, Sequence[Node]], edges: Iterable[Edge]) -> dict[str, Sequence[Node]]:
    """The same when they are few; else boxes that follow each other are one, all of them about as large."""
    if len(groups) <= MOST_STEPS:
        return groups
    most = sum(map(len, groups.values())) // MOST_BOXES
    joined: dict[str, Sequence[Node]] = {}
    open_box = ""  # that takes more
    for name in _depth_first(groups, edges):
        if _stands_alone(groups[name][0]):
            joined[name] = groups[name]
        elif open_box and len(joined[open_box]) + len(groups[name]) <= most:
            joined[open_box] = [*joined[open_box], *groups[name]]
        else:
            open_box, joined[name] = name, groups[name]
    more = {name: len(group) - len(groups[name]) for name, group in joined.items()}
    return {f"{name}+{more[name]}" if more[name] else name: group for name, group in joined.items()}


def _depth_first(groups: Mapping[str, Sequence[Node]], edges: Iterable[Edge]) -> list[str]:
    """The boxes such that one comes soon after what leads to it."""
    home = {node.name: name for name, group in groups.items() for node in group}
    targets: dict[str, dict[str, None]] = {}
    for edge in edges:
        targets.setdefault(home[edge.source], {})[home[edge.target]] = None
    found: dict[str, None] = {}
    waiting = [*groups][::-1]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += reversed(targets.get(name, {}))
    return [*found]


def _stands_alone(node: Node) -> bool:
    return bool(node.roles or node.visits)


def _box(name: str, group: Sequence[Node]) -> Node:
    if len(group) == 1:
        return group[0]
    verbs = Counter(node.verb for node in group).most_common()
    about = [", ".join(f"{count} {verb}" for verb, count in verbs[:MOST_VERBS]) + (", …" * (len(verbs) > MOST_VERBS))]
    if runs := sorted({node.runs for node in group if node.runs}):
        about.append(f"runs {', '.join(runs)}")
    return Folded(
        name=name,
        verb=_counted(len(group), "step"),
        about=tuple(about),
        holds=tuple(node.name for node in group),
    )


def _common_name(group: Sequence[Node]) -> str:
    """What all names begin with, whole words only, and a star; the name of a step that is alone."""
    if len(group) == 1:
        return group[0].name
    pieces = [_pieces(node.name) for node in group]
    same = takewhile(lambda column: len(set(column)) == 1, zip(*pieces, strict=False))
    return f"{''.join(column[0] for column in same)}*"


def _edges(edges: Iterable[Edge], ends: Mapping[str, str]) -> Iterable[Edge]:
    """The edges between the boxes; one that stays within a box is left out."""
    between: dict[tuple[str, str, bool], list[Edge]] = {}
    for edge in edges:
        source, target = ends[edge.source], ends[edge.target]
        if source != target or edge.source == edge.target == source:
            between.setdefault((source, target, edge.written), []).append(edge)
    for (source, target, written), several in between.items():
        labels = tuple(dict.fromkeys(label for edge in several for label in edge.labels))
        if len(several) > 1 and len(labels) > MOST_LABELS:
            labels = (_counted(sum(len(edge.labels) for edge in several), "exit"),)
        taken = any(edge.taken for edge in several)
        yield Edge(source=source, target=target, labels=labels, written=written, taken=taken)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
