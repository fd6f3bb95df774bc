"""Large flows fold into few boxes without losing a step or a way out; a neighbourhood is what is near a step."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.flow.diagrams import dot, mermaid, svg
from router.flow.diagrams.flow_graph import Edge, Graph, Node, graphs, with_path
from router.flow.diagrams.folding import (
    MOST_BOXES,
    MOST_STEPS,
    Folded,
    around,
    caption,
    common_targets_in_words,
    folded,
    is_large,
)
from router.flow.loader import load
from tests.flow.diagram_bundle import bundle
from tests.flow.large_flow import DEPARTMENTS, RESOURCES, large_flow

SMALL = graphs(bundle(), "main")
words = st.sampled_from(["a", "b", "menu", "1", ""])
spelt = st.lists(words, min_size=1, max_size=4).map(lambda parts: "s" + "_".join(parts))
names = st.lists(spelt, min_size=1, max_size=40, unique=True)


@pytest.fixture(scope="module")
def large() -> tuple[Graph, ...]:
    loaded = load({"main.yaml": large_flow().encode(), "resources.yaml": RESOURCES.encode()})
    assert loaded.bundle is not None
    return graphs(loaded.bundle, "main")


def held(graph: Graph) -> list[str]:
    return [name for node in graph.nodes for name in (node.holds if isinstance(node, Folded) else [node.name])]


def size(picture: str) -> tuple[float, float]:
    root = ElementTree.fromstring(picture)
    return float(root.attrib["width"]), float(root.attrib["height"])


def chain(names: list[str]) -> Graph:
    nodes = tuple(Node(name=name, verb="play") for name in names)
    edges = (Edge(source=one, target=other, labels=("next",)) for one, other in pairwise(names))
    return Graph(name="main", nodes=nodes, edges=tuple(edges))


def test_a_large_flow_is_a_box_for_each_department(large: tuple[Graph, ...]) -> None:
    assert is_large(large)
    (flow,) = folded(large)
    boxes = {node.name: node for node in flow.nodes}
    assert boxes["sales_*"].verb == "18 steps"
    assert boxes["sales_*"].about == ("8 play, 7 route, 2 menu, …",)
    assert set(boxes) == {
        *(f"{name}_*" for name in DEPARTMENTS), "entrance", "operator", "apology", "message", "thanks", "bye",
    }  # fmt: skip
    assert Edge(source="sales_*", target="support_*", labels=("0",)) in flow.edges
    assert caption(flow) == "294 steps in 22 boxes; exits that are not written go to bye (on_error)"
    assert sorted(held(flow)) == sorted(held(large[0]))


def test_the_picture_is_much_smaller(large: tuple[Graph, ...]) -> None:
    (width, height), (whole_width, whole_height) = size(svg(folded(large), legend=True)), size(svg(large))
    assert width < 2000
    assert width * height < whole_width * whole_height / 10


def test_where_all_boxes_lead_is_written_in_them(large: tuple[Graph, ...]) -> None:
    (flow,) = common_targets_in_words(folded(large))
    boxes = {node.name: node for node in flow.nodes}
    assert boxes["sales_*"].about[1:] == ("no_input, else → operator", "1 → message", "no_input → bye")
    assert boxes["operator"].about == ("extension 100", "reached from 16 boxes")
    assert boxes["thanks"].about == ("audio.hello",)
    assert [edge.source for edge in flow.edges if edge.target == "operator"] == ["entrance"]
    assert Edge(source="sales_*", target="support_*", labels=("0",)) in flow.edges
    assert common_targets_in_words(SMALL) == SMALL


def test_steps_of_a_call_stay_steps(large: tuple[Graph, ...]) -> None:
    visits = [("main", step) for step in ("entrance", "sales_open", "sales_menu", "support_open", "support_menu")]
    (flow,) = folded(with_path(large, visits))
    assert {step for _, step in visits} <= {node.name for node in flow.nodes}
    assert sum(edge.taken for edge in flow.edges) == len(visits) - 1
    assert sorted(held(flow)) == sorted(held(large[0]))


def test_one_beginning_for_everything_is_divided_by_the_next_word() -> None:
    (flow,) = folded([chain([f"shop_{part}_{step}" for part in "abcd" for step in range(20)])])
    assert [node.name for node in flow.nodes] == ["shop_a_*", "shop_b_*", "shop_c_*", "shop_d_*"]


def test_steps_that_are_only_numbered_fold_along_their_ways() -> None:
    graph = chain([f"s{number}" for number in range(1, 295)])
    (flow,) = folded([graph])
    assert [node.name for node in flow.nodes][:3] == ["s1+8", "s10+8", "s19+8"]
    assert [(edge.source, edge.target) for edge in flow.edges][:2] == [("s1+8", "s10+8"), ("s10+8", "s19+8")]
    assert sorted(held(flow)) == sorted(held(graph))


def test_many_departments_share_boxes() -> None:
    graph = chain([f"department{number}_{step}" for number in range(100) for step in "abc"])
    (flow,) = folded([graph])
    assert flow.nodes[0].name == "department0_*+6"
    assert flow.nodes[0].verb == "9 steps"
    assert len(flow.nodes) <= 2 * MOST_BOXES
    assert sorted(held(flow)) == sorted(held(graph))


def test_sub_flows_are_one_box_where_the_call_did_not_go() -> None:
    (main,) = folded(SMALL)
    assert next(node for node in main.nodes if node.runs == "pin").about[-1] == "flow pin: 4 steps"
    assert [graph.name for graph in folded(with_path(SMALL, [("main", "check"), ("pin", "look")]))] == ["main", "pin"]
    assert 'href="#flow-pin"' not in svg(folded(SMALL))
    assert 'href="#flow-pin"' in svg(SMALL)


def test_around_a_step_is_what_leads_to_it_and_where_it_leads(large: tuple[Graph, ...]) -> None:
    flow = around(large[0], "sales_ask", 1)
    assert {node.name: node.about[-1:] for node in flow.nodes} == {
        "sales_closed": ("reached from 1 more step",),
        "sales_ask": ("audio.hello",),
        "sales_menu": ("reached from 1 more step",),
        "message": ("reached from 16 more steps",),
        "bye": ("reached from 16 more steps",),
    }
    assert next(node for node in flow.nodes if node.name == "sales_ask").roles == ("here",)
    assert caption(flow).startswith("5 of 294 steps; ")
    assert len(around(large[0], "sales_ask", 2).nodes) > 5
    assert len(around(large[0], "operator", 99).nodes) == len(large[0].nodes)


def test_mermaid_and_dot_have_boxes_and_a_legend(large: tuple[Graph, ...]) -> None:
    text = mermaid(folded(large), legend=True)
    assert '    main__sales_FOLD[["sales_*: 18 steps<br/>8 play, 7 route, 2 menu, …"]]' in text
    assert '  main__entrance -->|"10"| main__sales_FOLD' in text
    assert 'subgraph LEGEND["legend"]' in text
    text = dot(folded(large), legend=True)
    assert 'main__sales_FOLD [label="sales_*: 18 steps\\n8 play, 7 route, 2 menu, …", peripheries=2]' in text
    assert "subgraph cluster_LEGEND {" in text
    assert text.count("{") == text.count("}")


def test_small_flows_have_a_legend_only_on_demand() -> None:
    assert not is_large(SMALL)
    for form in (svg, mermaid, dot):
        assert "where the flow begins" not in form(SMALL)
        assert "where the flow begins" in form(SMALL, legend=True)


@settings(max_examples=60)
@given(names, st.data())
def test_every_step_is_in_one_box_and_every_edge_leads_between_boxes(names: list[str], data: st.DataObject) -> None:
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names))
    written = data.draw(st.lists(ends, max_size=30, unique=True))
    nodes = tuple(Node(name=name, verb="play") for name in names)
    edges = tuple(Edge(source=source, target=target, labels=("next",)) for source, target in written)
    (flow,) = folded([Graph(name="main", nodes=nodes, edges=edges)], most=1)
    assert sorted(held(flow)) == sorted(names)
    boxes = [node.name for node in flow.nodes]
    assert len(set(boxes)) == len(boxes) <= MOST_STEPS
    assert {end for edge in flow.edges for end in (edge.source, edge.target)} <= set(boxes)
    ids = re.findall(r"^    (main__\w+)\[", mermaid([flow]), re.MULTILINE)
    assert len(set(ids)) == len(boxes)


def test_two_boxes_whose_steps_begin_alike_have_two_names() -> None:
    (flow,) = folded([chain(["a", "a_", "a_b_1", "a__b_2"])], most=1)
    assert [(node.name, node.verb) for node in flow.nodes] == [("a*", "2 steps"), ("a_b_1+1", "2 steps")]
