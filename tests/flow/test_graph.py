"""What a flow's graph holds: written exits with their labels, roles, sub-flows, and the path of a call."""

import pytest

from router.flow.diagrams.flow_graph import Edge, Graph, graphs, with_path
from tests.flow.diagram_bundle import bundle

MAIN, PIN = graphs(bundle(), "main")


def _edges(graph: Graph, source: str) -> dict[str, tuple[str, ...]]:
    return {edge.target: edge.labels for edge in graph.edges if edge.source == source}


@pytest.mark.parametrize(
    ("step", "edges"),
    [
        ("screen", {"operator": ("caller.number in lists.vip",), "share": ('call.menu == "1<2"',), "menu": ("else",)}),
        ("menu", {"sales": ("1", "4xx"), "check": ("2",), "menu": ("star",), "operator": ("no_input", "no_match")}),
        ("share", {"menu": ("70 of 100",), "sales": ("30 of 100",)}),
        ("check", {"sales": ("ok",), "bye": ("bad",)}),
        ("sales", {"operator": ("busy", "no_answer"), "talking": ("answered",), "bye": ("41xx",)}),
        ("talking", {"done": ("ended",), "rescue": ("held 1m30s",)}),
        ("rescue", {"done": ("else",)}),
        ("ended", {"done": ("next", "failed")}),
        ("bye", {}),
    ],
)  # fmt: skip
def test_exits_are_edges_one_for_each_target(step: str, edges: dict[str, tuple[str, ...]]) -> None:
    assert _edges(MAIN, step) == edges


def test_steps_tell_what_they_do_and_what_they_are() -> None:
    nodes = {node.name: node for node in MAIN.nodes}
    assert [node.name for node in MAIN.nodes][:3] == ["screen", "menu", "share"]
    assert nodes["screen"].roles == ("start",)
    assert (nodes["oops"].roles, nodes["ended"].roles, MAIN.on_error) == (("on_error",), ("on_end",), "oops")
    assert nodes["sales"].about == ("group sales", "extension 101")
    assert nodes["each"].about == ("group sales for 20s", "extension 101 for 1m30s", "extension 102")
    assert nodes["count"].about == ("tries = vars.tries + 1",)
    assert nodes["later"].about == ("10s",)
    assert (nodes["check"].runs, nodes["check"].about) == ("pin", ("flow pin",))
    inner = {node.name: node.about for node in PIN.nodes}
    assert inner == {
        "look": ("table rota",),
        "keep": ("${caller.number} in lists.locked",),
        "good": ("as ok",),
        "no": ("as bad",),
    }


def test_a_sub_flow_drawn_alone_is_itself() -> None:
    assert [graph.name for graph in graphs(bundle(), "pin")] == ["pin"]


def _taken(graph: Graph) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in graph.edges if edge.taken]


def test_the_path_of_a_call_through_a_sub_flow() -> None:
    visits = [("main", "screen"), ("main", "menu"), ("main", "check"), ("pin", "look"), ("pin", "no"), ("main", "bye")]
    main, pin = with_path((MAIN, PIN), visits)
    assert _taken(main) == [("screen", "menu"), ("menu", "check"), ("check", "bye")]
    assert _taken(pin) == [("look", "no")]
    assert {node.name: node.visits for node in main.nodes if node.visits} == {
        "screen": (1,), "menu": (2,), "check": (3,), "bye": (6,),
    }  # fmt: skip


def test_a_sub_flow_that_runs_twice_has_no_way_from_its_end_to_its_start() -> None:
    again = [("main", "check"), ("pin", "look"), ("pin", "no"), ("main", "menu"), ("main", "check"), ("pin", "look")]
    assert _taken(with_path((MAIN, PIN), again)[1]) == [("look", "no")]


def test_ways_that_no_exit_tells_of_are_drawn_as_what_they_were() -> None:
    visits = [("main", "later"), ("main", "oops"), ("main", "ended"), ("main", "menu"), ("main", "gone")]
    marked = with_path((MAIN,), visits)[0]
    jumps = [edge for edge in marked.edges if not edge.written]
    assert jumps == [
        Edge(source="later", target="oops", labels=("on_error",), written=False, taken=True),
        Edge(source="oops", target="ended", labels=("on_end",), written=False, taken=True),
        Edge(source="ended", target="menu", labels=("not written",), written=False, taken=True),
    ]


def test_a_graph_without_a_path_is_unmarked() -> None:
    assert not any(edge.taken for edge in MAIN.edges)
    assert with_path((MAIN,), []) == (MAIN,)
