"""One flow, laid out: where its steps and labels stand and how its edges run. `svg` draws what stands here.

Edges run straight through rows and bend only between them, so that no line crosses a step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from router.flow.diagrams.coordinates import across, down
from router.flow.diagrams.flow_graph import Edge, Graph, Node
from router.flow.diagrams.folding import caption
from router.flow.diagrams.layers import Chain, Item, layered
from router.flow.diagrams.text_metrics import SMALL_SIZE, Line, Lines, height_of, label_lines, node_lines, width_of

TITLE: Final = 54.0
ROW_GAP: Final = 30.0
LOOP: Final = 26.0  # how far the line of a step to itself goes out
LEAD: Final = 9.0  # the last piece before a step is straight, so that its arrow is
PORTS: Final = 16.0  # between two edges at one side of a step


@dataclass(frozen=True, slots=True)
class Box:
    """Where lines of text stand: the middle of the box, its top, and its size."""

    x: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Run:
    """A vertical piece of an edge: it comes in at `begin` and goes out at `end`."""

    x: float
    begin: float
    end: float


class Panel:
    """One flow; its top left corner is at 0, 0."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._edges: dict[tuple[str, str], Edge] = {(edge.source, edge.target): edge for edge in graph.edges}
        self._layers = layered(
            [node.name for node in graph.nodes], [ends for ends in self._edges if ends[0] != ends[1]]
        )
        self._nodes = {self._layers.steps[node.name]: node for node in graph.nodes}
        self._lines = self._all_lines()
        widths = {item: self._width(item) for row in self._layers.rows for item in row}
        self._middles = across(self._layers, widths.__getitem__)
        self._rows = down(self._layers.rows, self._height, ROW_GAP, TITLE)
        self._ports = self._all_ports()

    # sizes

    def _all_lines(self) -> dict[Item, Lines]:
        """What stands in the steps and at the edges; the other points of an edge are bare."""
        away: dict[str, list[Edge]] = {}
        for ends in self._edges:
            if ends in self._layers.away:
                away.setdefault(ends[0], []).append(self._edges[ends])
        lines = {item: node_lines(node, away.get(node.name, ())) for item, node in self._nodes.items()}
        return lines | {chain.label: label_lines(self._edges[chain.ends]) for chain in self._layers.chains}

    def _width(self, item: Item) -> float:
        loop = self._loop(item)
        beside = LOOP + width_of(label_lines(loop)) if loop is not None else 0.0
        return width_of(self._lines.get(item, ())) + 2 * beside

    def _height(self, item: Item) -> float:
        loop = self._loop(item)
        return max(height_of(self._lines.get(item, ())), height_of(label_lines(loop)) if loop is not None else 0.0)

    def _loop(self, item: Item) -> Edge | None:
        """The edge from a step to itself."""
        node = self._nodes.get(item)
        return self._edges.get((node.name, node.name)) if node is not None else None

    @property
    def caption(self) -> Line:
        return Line(caption(self.graph), "caption", SMALL_SIZE)

    @property
    def width(self) -> float:
        return max(width_of((self.caption,)), *(x + self._width(item) / 2 for item, x in self._middles.items()))

    @property
    def height(self) -> float:
        return self._rows[-1][1]

    # what is to be drawn

    def boxes(self) -> Iterator[tuple[Node, Lines, Box]]:
        """Every step."""
        for item, node in self._nodes.items():
            yield node, self._lines[item], self._box(item)

    def labels(self) -> Iterator[tuple[Edge, Lines, Box]]:
        """The exits' names, at every edge; of a step to itself beside it."""
        for chain in self._layers.chains:
            yield self._edges[chain.ends], self._lines[chain.label], self._box(chain.label)
        for edge, box in self._loops():
            lines = label_lines(edge)
            width = width_of(lines)
            middle = box.top + box.height / 2
            x = box.x + box.width / 2 + LOOP + width / 2
            yield edge, lines, Box(x, middle - height_of(lines) / 2, width, height_of(lines))

    def runs(self) -> Iterator[tuple[Edge, list[Run]]]:
        """Every edge that leads from one step to another, as vertical pieces from its source to its target."""
        for chain in self._layers.chains:
            yield self._edges[chain.ends], self._runs(chain)

    def loops(self) -> Iterator[tuple[Edge, float, float, float]]:
        """Every edge from a step to itself: (edge, where it goes out, where it comes back, the step's right side)."""
        for edge, box in self._loops():
            yield edge, box.top + box.height * 0.3, box.top + box.height * 0.7, box.x + box.width / 2

    def _loops(self) -> Iterator[tuple[Edge, Box]]:
        for item in self._nodes:
            if (edge := self._loop(item)) is not None:
                yield edge, self._box(item)

    def _box(self, item: Item) -> Box:
        """In the middle of its row."""
        top, bottom = self._rows[item.row]
        lines = self._lines.get(item, ())
        height = height_of(lines)
        return Box(self._middles[item], (top + bottom - height) / 2, width_of(lines), height)

    # edges

    def _all_ports(self) -> dict[tuple[Item, Item], float]:
        """(step, next item of the edge) -> where the edge leaves the step, in the order of where it goes."""
        ports = {}
        for item in self._nodes:
            for side in (item.above, item.below):
                near = sorted(side, key=lambda other: self._middles[other])
                between = min(PORTS, 0.8 * width_of(self._lines[item]) / max(1, len(near)))
                for number, other in enumerate(near):
                    ports[item, other] = self._middles[item] + (number - (len(near) - 1) / 2) * between
        return ports

    def _runs(self, chain: Chain) -> list[Run]:
        source, *between, target = chain.items
        upwards = target.row < source.row
        first = self._end(source, between[0], leaving=True)
        last = self._end(target, between[-1], leaving=False)
        return [first, *(self._through(item, upwards) for item in between), last]

    def _through(self, item: Item, upwards: bool) -> Run:
        top, bottom = self._rows[item.row]
        return Run(self._middles[item], bottom, top) if upwards else Run(self._middles[item], top, bottom)

    def _end(self, item: Item, other: Item, *, leaving: bool) -> Run:
        """From the step's box to the border of its row, or the other way."""
        box, (top, bottom) = self._box(item), self._rows[item.row]
        below = other.row > item.row
        at_box, at_border = (box.bottom, bottom) if below else (box.top, top)
        x = self._ports[item, other]
        if leaving:
            return Run(x, at_box, at_border)
        return Run(x, at_border + (LEAD if below else -LEAD), at_box)


def curve(runs: list[Run]) -> str:
    """The runs joined by curves, as the data of an SVG path."""
    parts = [f"M{runs[0].x:.1f} {runs[0].begin:.1f}V{runs[0].end:.1f}"]
    for one, other in pairwise(runs):
        middle = (one.end + other.begin) / 2
        ends = f"{one.x:.1f} {middle:.1f} {other.x:.1f} {middle:.1f} {other.x:.1f} {other.begin:.1f}"
        parts.append(f"C{ends}V{other.end:.1f}")
    return "".join(parts)
