"""Diagrams as text for programs that lay them out themselves: Mermaid and Graphviz' dot."""

import re
from collections.abc import Iterable, Iterator, Sequence

from router.flow.diagrams import legend as meaning
from router.flow.diagrams.flow_graph import Edge, Graph, Node
from router.flow.diagrams.folding import Folded

_LONGEST_LABEL = 40


_STYLES = {
    "start": "stroke-width:3px",
    "on_error": "stroke:#c0392b,stroke-dasharray:4 3",
    "on_end": "stroke:#7d3c98,stroke-dasharray:4 3",
    "finally": "stroke:#1a5276,stroke-dasharray:2 3",
    "here": "stroke:#1d2733,stroke-width:4px",
    "taken": "fill:#ffe8c7,stroke:#d35400,stroke-width:3px",
}
_MARKS = {
    "start": "penwidth=3",
    "on_error": 'color="#c0392b"',
    "on_end": 'color="#7d3c98"',
    "finally": 'color="#1a5276"',
    "here": "penwidth=4",
}

_TAKEN = 'fillcolor="#ffe8c7", color="#d35400", penwidth=3'


def mermaid(drawn: Sequence[Graph], legend: bool = False) -> str:
    """A Mermaid flowchart; sub-flows are subgraphs, and a step that runs one has a dotted line to its start."""
    lines = ["flowchart TD"]
    for graph in drawn:
        lines.append(f'  subgraph {_flow_id(graph)}["flow {graph.name}"]')
        lines += [f"    {_mermaid_node(graph, node)}" for node in graph.nodes]
        lines.append("  end")
    if legend:
        lines += _mermaid_legend()
    links = list(_mermaid_links(drawn))
    lines += [f"  {link}" for link, _ in links]
    lines += _mermaid_style(drawn, [number for number, (_, taken) in enumerate(links) if taken])
    return "\n".join(lines) + "\n"


def _mermaid_links(drawn: Sequence[Graph]) -> Iterator[tuple[str, bool]]:
    """(a link, whether the call took it), in the order by which linkStyle counts them."""
    for graph in drawn:
        for edge in graph.edges:
            arrow = "-->" if edge.written else "-.->"
            label = f'|"{_mermaid_text(_labels(edge), "<br/>")}"|'
            yield f"{_id(graph, edge.source)} {arrow}{label} {_id(graph, edge.target)}", edge.taken
        for node, inner in _runs(graph, drawn):
            yield f"{_id(graph, node.name)} -.-> {_flow_id(inner)}", False


def _mermaid_style(drawn: Sequence[Graph], taken: list[int]) -> Iterator[str]:
    classes: dict[str, list[str]] = {name: [] for name in _STYLES}
    for graph in drawn:
        for node in graph.nodes:
            for name in (*node.roles, *(("taken",) if node.visits else ())):
                classes[name].append(_id(graph, node.name))
    for name, ids in classes.items():
        if ids:
            yield f"  classDef {name} {_STYLES[name]}"
            yield f"  class {','.join(ids)} {name}"
    if taken:
        yield f"  linkStyle {','.join(map(str, taken))} stroke:#d35400,stroke-width:3px"


def _mermaid_node(graph: Graph, node: Node) -> str:
    left, right = ("[[", "]]") if isinstance(node, Folded) else ("[", "]")
    return f'{_id(graph, node.name)}{left}"{_mermaid_text(_told(node), "<br/>")}"{right}'


def _mermaid_legend() -> Iterator[str]:
    """In each style what it stands for."""
    yield '  subgraph LEGEND["legend"]'
    yield f'    LEGEND_folded[["{meaning.FOLDED}"]]'
    for name, text in {**meaning.ROLES, "taken": meaning.TAKEN}.items():
        yield f'    LEGEND_{name}["{text}"]'
        yield f"    style LEGEND_{name} {_STYLES[name]}"
    yield "  end"


def dot(drawn: Sequence[Graph], legend: bool = False) -> str:
    """A Graphviz digraph; sub-flows are clusters."""
    lines = [
        "digraph flow {",
        '  graph [rankdir=TB, fontname="Helvetica", compound=true]',
        '  node [shape=box, style="rounded,filled", fillcolor="#f5f6f8", fontname="Helvetica", fontsize=11]',
        '  edge [fontname="Helvetica", fontsize=9, color="#5f6b7a"]',
    ]
    for graph in drawn:
        lines += [f"  subgraph cluster_{_flow_id(graph)} {{", f'    label="flow {graph.name}"']
        lines += [f"    {_dot_node(graph, node)}" for node in graph.nodes]
        lines += [f"    {_dot_edge(graph, edge)}" for edge in graph.edges]
        lines.append("  }")
    for graph in drawn:
        lines += [
            f"  {_id(graph, node.name)} -> {_id(inner, _start(inner))} [style=dotted, lhead=cluster_{_flow_id(inner)}]"
            for node, inner in _runs(graph, drawn)
        ]
    if legend:
        lines += _dot_legend()
    return "\n".join([*lines, "}"]) + "\n"


def _dot_legend() -> Iterator[str]:
    yield "  subgraph cluster_LEGEND {"
    yield '    label="legend"'
    yield f'    LEGEND_folded [label="{meaning.FOLDED}", peripheries=2]'
    for name, text in meaning.ROLES.items():
        yield f'    LEGEND_{name} [label="{text}", {_MARKS[name]}]'
    yield f'    LEGEND_taken [label="{meaning.TAKEN}", {_TAKEN}]'
    yield "  }"


def _dot_node(graph: Graph, node: Node) -> str:
    attributes = [f'label="{_dot_text(_told(node))}"', *(_MARKS[role] for role in node.roles)]
    if isinstance(node, Folded):
        attributes.append("peripheries=2")
    if node.visits:
        attributes.append(_TAKEN)
    return f"{_id(graph, node.name)} [{', '.join(attributes)}]"


def _dot_edge(graph: Graph, edge: Edge) -> str:
    attributes = [f'label="{_dot_text(_labels(edge))}"']
    if edge.taken:
        attributes += ['color="#d35400"', "penwidth=3"]
    if not edge.written:
        attributes.append("style=dashed")
    return f"{_id(graph, edge.source)} -> {_id(graph, edge.target)} [{', '.join(attributes)}]"


def _runs(graph: Graph, drawn: Sequence[Graph]) -> Iterator[tuple[Node, Graph]]:
    """(a step, the sub-flow that it runs)."""
    by_name = {other.name: other for other in drawn}
    return ((node, by_name[node.runs]) for node in graph.nodes if node.runs in by_name)


def _start(graph: Graph) -> str:
    return next((node.name for node in graph.nodes if "start" in node.roles), graph.nodes[0].name)


def _told(node: Node) -> list[str]:
    head = f"{node.name}: {node.verb}"
    roles = [f"({', '.join(node.roles)})"] if node.roles else []
    return [head, *roles, *map(_short, node.about)]


def _labels(edge: Edge) -> list[str]:
    return [_short(label) for label in edge.labels]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def _flow_id(graph: Graph) -> str:
    return f"flow_{graph.name}"


def _id(graph: Graph, step: str) -> str:
    """Mermaid reserves words such as `end`, so no id is a bare step name; names of steps have no capitals."""
    return f"{graph.name}__{re.sub(r'[^a-zA-Z0-9_]', 'FOLD', step)}"


def _mermaid_text(lines: Iterable[str], separator: str) -> str:
    """Quotes, hashes and angle brackets have meanings of their own in Mermaid's labels."""
    return separator.join(
        line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;") for line in lines
    )


def _dot_text(lines: Iterable[str]) -> str:
    return "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
