"""Diagrams as text for programs that lay them out themselves: Mermaid and Graphviz' dot."""

from collections.abc import Iterable, Iterator, Sequence

from router.flow.diagrams.flow_graph import Edge, Graph, Node

_LONGEST_LABEL = 40


def mermaid(drawn: Sequence[Graph]) -> str:
    """A Mermaid flowchart; sub-flows are subgraphs, and a step that runs one has a dotted line to its start."""
    lines = ["flowchart TD"]
    for graph in drawn:
        lines.append(f'  subgraph {_flow_id(graph)}["flow {graph.name}"]')
        lines += [f'    {_id(graph, node.name)}["{_mermaid_text(_told(node), "<br/>")}"]' for node in graph.nodes]
        lines.append("  end")
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
    classes: dict[str, list[str]] = {"start": [], "on_error": [], "on_end": [], "taken": []}
    for graph in drawn:
        for node in graph.nodes:
            for name in (*node.roles, *(("taken",) if node.visits else ())):
                classes[name].append(_id(graph, node.name))
    styles = {"start": "stroke-width:3px", "on_error": "stroke:#c0392b,stroke-dasharray:4 3"}
    styles |= {"on_end": "stroke:#7d3c98,stroke-dasharray:4 3", "taken": "fill:#ffe8c7,stroke:#d35400,stroke-width:3px"}
    for name, ids in classes.items():
        if ids:
            yield f"  classDef {name} {styles[name]}"
            yield f"  class {','.join(ids)} {name}"
    if taken:
        yield f"  linkStyle {','.join(map(str, taken))} stroke:#d35400,stroke-width:3px"


def dot(drawn: Sequence[Graph]) -> str:
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
    return "\n".join([*lines, "}"]) + "\n"


def _dot_node(graph: Graph, node: Node) -> str:
    marks = {"start": "penwidth=3", "on_error": 'color="#c0392b"', "on_end": 'color="#7d3c98"'}
    attributes = [f'label="{_dot_text(_told(node))}"', *(marks[role] for role in node.roles)]
    if node.visits:
        attributes += ['fillcolor="#ffe8c7"', 'color="#d35400"', "penwidth=3"]
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
    """Mermaid reserves words such as `end`, so no id is a bare step name."""
    return f"{graph.name}__{step}"


def _mermaid_text(lines: Iterable[str], separator: str) -> str:
    """Quotes, hashes and angle brackets have meanings of their own in Mermaid's labels."""
    return separator.join(
        line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;") for line in lines
    )


def _dot_text(lines: Iterable[str]) -> str:
    return "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
