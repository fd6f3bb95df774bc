"""Diagrams are complete and well-formed, and in the drawing nothing stands on anything else."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.flow.diagrams import dot, mermaid, svg
from router.flow.diagrams.coordinates import GAP, across, offsets_of, spread
from router.flow.diagrams.flow_graph import Edge, Graph, Node, graphs, with_path
from router.flow.diagrams.layers import MOST_POINTS, layered
from router.flow.diagrams.layout import Panel, curve
from router.flow.diagrams.text_metrics import label_lines, node_lines
from tests.flow.diagram_bundle import bundle

DRAWN = graphs(bundle(), "main")
VISITS = [("main", "screen"), ("main", "menu"), ("main", "check"), ("pin", "look"), ("pin", "no"), ("main", "bye")]
SVG = "{http://www.w3.org/2000/svg}"
NAMES = [f"s{number}" for number in range(8)]

edge_lists = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=24, unique=True)


# notation


def test_mermaid_has_every_step_and_every_exit() -> None:
    text = mermaid(DRAWN)
    lines = text.splitlines()
    assert lines[0] == "flowchart TD"
    assert '    main__sales["sales: route<br/>group sales<br/>extension 101"]' in lines
    assert '  main__menu -->|"1<br/>4xx"| main__sales' in lines
    assert '  main__screen -->|"call.menu == #quot;1#lt;2#quot;"| main__share' in lines
    assert "  main__check -.-> flow_pin" in lines
    assert lines.count("  end") == 2
    assert "taken" not in text


def test_mermaid_marks_the_links_of_a_path_by_their_number() -> None:
    text = mermaid(with_path(DRAWN, VISITS))
    links = [line for line in text.splitlines() if "->" in line]
    numbers = re.search(r"linkStyle ([\d,]+) ", text)
    assert numbers is not None
    marked = [links[int(number)].split("|")[-1].strip() for number in numbers[1].split(",")]
    assert sorted(marked) == ["main__bye", "main__check", "main__menu", "pin__no"]


def test_dot_quotes_and_clusters() -> None:
    text = dot(with_path(DRAWN, [*VISITS, ("main", "later"), ("main", "oops")]))
    assert text.startswith("digraph flow {\n")
    assert text.count("{") == text.count("}")
    assert text.count("subgraph cluster_flow_") == 2
    assert 'label="call.menu == \\"1<2\\""' in text
    assert "main__check -> pin__look [style=dotted, lhead=cluster_flow_pin]" in text
    assert 'main__later -> main__oops [label="on_error", color="#d35400", penwidth=3, style=dashed]' in text


# svg


def _picture(drawn: tuple[Graph, ...]) -> ElementTree.Element:
    return ElementTree.fromstring(svg(drawn))


def test_the_picture_is_whole() -> None:
    picture = _picture(DRAWN)
    texts = {text.text for text in picture.iter(f"{SVG}text")}
    assert {node.name for graph in DRAWN for node in graph.nodes} <= texts
    assert {"else", "1, 4xx", "held 1m30s", "30 of 100", "on_error", "start"} <= texts
    edges = [path for path in picture.iter(f"{SVG}path") if (path.get("class") or "").startswith("edge")]
    assert len(edges) == sum(len(graph.edges) for graph in DRAWN)
    assert [link.get("href") for link in picture.iter(f"{SVG}a")] == ["#flow-pin"]
    assert {group.get("id") for group in picture.iter(f"{SVG}g")} >= {"flow-main", "flow-pin"}


def test_the_path_is_drawn_over_the_rest() -> None:
    picture = _picture(with_path(DRAWN, [*VISITS, ("main", "menu"), ("main", "menu")]))
    kinds = [path.get("class") for path in picture.iter(f"{SVG}path") if (path.get("class") or "").startswith("edge")]
    main = kinds[: len(DRAWN[0].edges) + 1]
    assert main == sorted(main, key=lambda kind: "taken" in str(kind))
    assert "edge taken jump" in main
    assert "2, 7, 8" in {text.text for text in picture.iter(f"{SVG}text")}


def test_many_visits_are_cut_short() -> None:
    picture = _picture(with_path(DRAWN, [("main", "menu")] * 9))
    assert "1, 2, 3, 4, 5, 6, …" in {text.text for text in picture.iter(f"{SVG}text")}


def test_long_texts_are_cut_and_wrapped() -> None:
    node = Node(name="a", verb="route", about=tuple(f"extension {number:060d}" for number in range(6)))
    lines = [line.text for line in node_lines(node)]
    assert len(lines) == 6
    assert lines[2].endswith("…")
    assert lines[-1] == "and 3 more"
    condition = "caller.number in lists.vip and now.hour >= 9 and now.hour < 18 " * 5
    told = [line.text for line in label_lines(Edge(source="a", target="b", labels=(condition,)))]
    assert (len(told), told[-1]) == (6, "…")


def _graph(ends: list[tuple[str, str]]) -> Graph:
    nodes = tuple(Node(name=name, verb="play", about=("audio.hello",)) for name in NAMES)
    edges = tuple(Edge(source=one, target=other, labels=("next",)) for one, other in ends)
    return Graph(name="main", nodes=nodes, edges=edges)


@settings(deadline=None)
@given(edge_lists)
def test_nothing_stands_on_anything_else(ends: list[tuple[str, str]]) -> None:
    panel = Panel(_graph(ends))
    boxes = [box for *_, box in panel.boxes()] + [box for *_, box in panel.labels()]
    for place, one in enumerate(boxes):
        assert one.x - one.width / 2 >= -0.01
        assert one.x + one.width / 2 <= panel.width + 0.01
        assert one.bottom <= panel.height + 0.01
        for other in boxes[place + 1 :]:
            apart = abs(one.x - other.x) >= (one.width + other.width) / 2 - 0.01
            assert apart or one.bottom <= other.top + 0.01 or other.bottom <= one.top + 0.01


@settings(deadline=None)
@given(edge_lists)
def test_edges_begin_and_end_at_their_steps(ends: list[tuple[str, str]]) -> None:
    panel = Panel(_graph(ends))
    boxes = {node.name: box for node, _, box in panel.boxes()}
    drawn = list(panel.runs())
    assert sorted((edge.source, edge.target) for edge, _ in drawn) == sorted(end for end in ends if end[0] != end[1])
    for edge, runs in drawn:
        source, target = boxes[edge.source], boxes[edge.target]
        assert runs[0].begin in (source.top, source.bottom)
        assert runs[-1].end in (target.top, target.bottom)
        assert abs(runs[0].x - source.x) <= source.width / 2
        assert abs(runs[-1].x - target.x) <= target.width / 2
        assert curve(runs).count("C") == len(runs) - 1


@given(edge_lists)
def test_rows_hold_every_item_once_and_edges_pass_them_one_by_one(ends: list[tuple[str, str]]) -> None:
    layers = layered(NAMES, [end for end in ends if end[0] != end[1]])
    items = [item for row in layers.rows for item in row]
    assert len(set(items)) == len(items)
    assert set(layers.steps.values()) <= set(items)
    assert all(item.row == number for number, row in enumerate(layers.rows) for item in row)
    for chain in layers.chains:
        assert (chain.items[0].key, chain.items[-1].key) == chain.ends
        steps = {abs(other.row - one.row) for one, other in pairwise(chain.items)}
        assert steps == {1}
        assert chain.label in chain.items[1:-1]


def test_a_chain_of_steps_runs_straight_down() -> None:
    layers = layered(["a", "b", "c"], [("a", "b"), ("b", "c")])
    middles = across(layers, lambda item: 40.0)
    assert {round(x, 3) for x in middles.values()} == {20.0}


def test_in_a_tangle_the_longest_edges_are_told_in_words() -> None:
    names = [f"s{number}" for number in range(120)]
    onwards = list(pairwise(names))
    edges = [*onwards, *((name, "s0") for name in names[2:]), *((name, names[-1]) for name in names[:-2])]
    layers = layered(names, edges)
    assert not layers.away & set(onwards)
    assert len(layers.chains) + len(layers.away) == len(set(edges))
    assert sum(len(chain.items) - 2 for chain in layers.chains) <= MOST_POINTS
    told = Graph(
        name="tangle",
        nodes=tuple(Node(name=name, verb="menu") for name in names),
        edges=tuple(
            Edge(source=source, target=target, labels=("1",), taken=target == "s0") for source, target in edges
        ),
    )
    drawn = svg([told])
    assert '<text class="away taken"' in drawn
    assert "1 → s119" in drawn


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(1, 80), st.floats(0.1, 9)), min_size=1, max_size=12))
def test_spread_keeps_order_and_gaps(wanted: list[tuple[float, float, float]]) -> None:
    row = [layered([str(number)], []).steps[str(number)] for number in range(len(wanted))]
    wishes = {item: wish for item, (wish, *_) in zip(row, wanted, strict=True)}
    widths = {item: width for item, (_, width, _) in zip(row, wanted, strict=True)}
    weights = {item: weight for item, (*_, weight) in zip(row, wanted, strict=True)}
    places = spread(row, wishes, offsets_of(row, widths.__getitem__), weights)
    for one, other in pairwise(row):
        assert places[other] - places[one] >= (widths[one] + widths[other]) / 2 + GAP - 1e-6
    if len(row) == 1:
        assert places[row[0]] == pytest.approx(wishes[row[0]])
