"""A flow drawn as SVG: readable by itself in any browser, without scripts, fonts or programs of others.

One panel for each flow, below one another; a step that runs a sub-flow is a link to its panel. The path of a call
is drawn over all other edges, and each of its steps says as which of the call's steps it was entered.

Programs that paint on it find what is what by attributes: `data-flow` at a panel; `data-step`, `data-runs` and, of
several steps in one box, `data-holds` at a step; `data-from`, `data-to` and `data-exits` at an edge and at its label.
Several names stand one a line.
"""

from collections.abc import Container, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from router.flow.diagrams import legend as meaning
from router.flow.diagrams.flow_graph import Edge, Graph, Node
from router.flow.diagrams.folding import Folded
from router.flow.diagrams.layout import LOOP, Box, Panel, curve
from router.flow.diagrams.text_metrics import LEADING, PADDING, Line, Lines
from router.flow.verbs import VERBS

MARGIN: Final = 28.0
MOST_VISITS: Final = 6  # shown at a step

STYLE: Final = """
svg { background: #ffffff; font-family: Helvetica, Arial, "Liberation Sans", sans-serif; }
text { text-anchor: middle; }
.flow, .caption { text-anchor: start; }
.flow { font-size: 17px; font-weight: bold; fill: #1d2733; }
.caption { font-size: 11px; fill: #6b7683; }
.box { fill: #f4f6f8; stroke: #9aa5b1; stroke-width: 1.2; }
.listens .box { fill: #e8f1fb; stroke: #5b8fc7; }
.dials .box { fill: #e6f5ea; stroke: #58a06c; }
.decides .box { fill: #fdf6e0; stroke: #c2a24a; }
.tells .box { fill: #f3ebf9; stroke: #9873b8; }
.ends .box { fill: #eceef1; stroke: #7c8794; }
.name { font-size: 13px; font-weight: bold; fill: #1d2733; }
.verb { font-size: 11px; font-style: italic; fill: #6b7683; }
.about { font-size: 11px; fill: #3c4856; }
.away { font-size: 11px; fill: #46515e; font-style: italic; }
.away.taken { fill: #a84300; font-weight: bold; }
.role { font-size: 11px; font-weight: bold; }
.start { fill: #1f7a3a; }
.on_error { fill: #c0392b; }
.on_end { fill: #7d3c98; }
.finally { fill: #1a5276; }
.edge { fill: none; stroke: #a3adb8; stroke-width: 1.3; marker-end: url(#arrow); }
.jump { stroke-dasharray: 5 4; }
.label { font-size: 11px; fill: #46515e; }
.paper { fill: #ffffff; fill-opacity: 0.9; }
.edge.taken { stroke: #d35400; stroke-width: 2.6; marker-end: url(#arrow-taken); }
.taken .label { fill: #a84300; font-weight: bold; }
.taken .box { stroke: #d35400; stroke-width: 2.6; }
.visits { font-size: 10px; font-weight: bold; fill: #a84300; text-anchor: start; }
a:hover .box { stroke-width: 2.6; }
"""
MORE_STYLE: Final = """
.folded .box { fill: #ffffff; stroke: #46515e; stroke-width: 2.2; stroke-dasharray: 7 3; }
.here { fill: #1d2733; }
.key { text-anchor: start; font-size: 11px; fill: #3c4856; }
.key.role { font-weight: bold; }
.key.start { fill: #1f7a3a; }
.key.on_error { fill: #c0392b; }
.key.on_end { fill: #7d3c98; }
.key.finally { fill: #1a5276; }
"""
"""Of a legend, and of what only large flows have."""
KEY_WIDTH: Final = 450.0
KEY_LEADING: Final = 20.0

ARROWS: Final = "".join(
    f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="{size}" markerHeight="{size}" '
    f'orient="auto" markerUnits="userSpaceOnUse"><path d="M0 1 L10 5 L0 9 z" fill="{colour}"/></marker>'
    for name, size, colour in (("arrow", 9, "#8a95a1"), ("arrow-taken", 12, "#d35400"))
)


def svg(drawn: Sequence[Graph], legend: bool = False) -> str:
    """The picture, one panel for each graph."""
    flows = {graph.name for graph in drawn}
    panels = [Panel(graph) for graph in drawn]
    width = max(panel.width for panel in panels) + 2 * MARGIN
    parts: list[str] = []
    at = MARGIN
    if legend:
        width = max(width, KEY_WIDTH + 2 * MARGIN)
        keys = _legend(int((width - 2 * MARGIN) // KEY_WIDTH))
        parts += [f'<g transform="translate({MARGIN:g} {at:.1f})">', *(part for part, _ in keys), "</g>"]
        at += max(bottom for _, bottom in keys) + MARGIN
    for panel in panels:
        parts.append(_panel_tag(panel, at))
        parts += [*_title(panel), *_edges(panel), *_labels(panel), *_steps(panel, flows), "</g>"]
        at += panel.height + MARGIN
    size = f'width="{width:.0f}" height="{at:.0f}" viewBox="0 0 {width:.0f} {at:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    title = f"<title>{escape(f'flow {drawn[0].name}')}</title>"
    return (
        "\n".join(
            [
                head,
                title,
                f"<style>{STYLE}{MORE_STYLE if legend else ''}</style>",
                f"<defs>{ARROWS}</defs>",
                *parts,
                "</svg>",
            ]
        )
        + "\n"
    )


def _panel_tag(panel: Panel, top: float) -> str:
    name = panel.graph.name
    return (
        f'<g id={quoteattr(_anchor(name))} class="panel" data-flow={quoteattr(name)} '
        f'transform="translate({MARGIN:g} {top:.1f})">'
    )


def _anchor(flow: str) -> str:
    return f"flow-{flow}"


def _title(panel: Panel) -> Iterator[str]:
    yield f'<text class="flow" x="0" y="16">flow {escape(panel.graph.name)}</text>'
    yield f'<text class="caption" x="0" y="33">{escape(panel.caption.text)}</text>'


def _legend(columns: int) -> list[tuple[str, float]]:
    """(part, its bottom) of what colours and shapes mean, in so many columns."""
    boxes = [*meaning.FAMILIES.items(), ("folded", meaning.FOLDED)]
    keys = [
        *((kind, "", text) for kind, text in boxes),
        *((kind, kind, text) for kind, text in meaning.ROLES.items()),
    ]
    lines = {"taken": meaning.TAKEN, "jump": meaning.JUMP}
    drawn = []
    for number, (kind, role, text) in enumerate([*keys, *((kind, "", text) for kind, text in lines.items())]):
        x, y = number % columns * KEY_WIDTH, number // columns * KEY_LEADING
        mark = _rectangle(Box(x + 11, y + 2, 22, 12), "box", 3)
        if role:
            mark = f'<text class="key role {role}" x="{x:g}" y="{y + 12:g}">{role}</text>'
        elif kind in lines:
            mark = f'<path class="edge {kind}" d="M{x:g} {y + 8:g}H{x + 24:g}"/>'
        told = f'<text class="key" x="{x + (66 if role else 32):g}" y="{y + 12:g}">{escape(text)}</text>'
        drawn.append((f'<g class="{kind}">{mark}{told}</g>', y + KEY_LEADING))
    return drawn


# edges


def _edges(panel: Panel) -> Iterator[str]:
    """Those of the call's path last."""
    paths = [(edge, curve(runs)) for edge, runs in panel.runs()]
    for edge, leaves, returns, side in panel.loops():
        out = side + LOOP * 1.2
        data = f"M{side:.1f} {leaves:.1f}C{out:.1f} {leaves:.1f} {out:.1f} {returns:.1f} {side:.1f} {returns:.1f}"
        paths.append((edge, data))
    for edge, data in sorted(paths, key=lambda drawn: drawn[0].taken):
        yield f'<path class="{_classes("edge", edge)}" {_ends(edge)} d="{data}"/>'


def _classes(kind: str, edge: Edge) -> str:
    return " ".join([kind, *(["taken"] if edge.taken else []), *([] if edge.written else ["jump"])])


def _ends(edge: Edge) -> str:
    exits = quoteattr("\n".join(edge.labels))
    return f"data-from={quoteattr(edge.source)} data-to={quoteattr(edge.target)} data-exits={exits}"


def _labels(panel: Panel) -> Iterator[str]:
    for edge, lines, box in panel.labels():
        yield f'<g class="{_classes("exit", edge)}" {_ends(edge)}>'
        inner = Box(box.x, box.top + 2, box.width - 2 * PADDING + 6, box.height - 4)
        yield _rectangle(inner, "paper", 2)
        yield from _texts(lines, box)
        yield "</g>"


# steps


def _steps(panel: Panel, flows: Container[str]) -> Iterator[str]:
    for node, lines, box in panel.boxes():
        family = "folded" if isinstance(node, Folded) else VERBS[node.verb].family
        classes = ["step", family, *(["taken"] if node.visits else [])]
        leads = node.runs in flows
        if leads:
            yield f'<a href="#{_anchor(node.runs)}">'
        yield f'<g class="{" ".join(filter(None, classes))}" {_names(node)}><title>{escape(_tip(node))}</title>'
        yield _rectangle(box, "box", 6)
        yield from _texts(lines, box)
        yield from _visits(node, box)
        yield "</g></a>" if leads else "</g>"


def _names(node: Node) -> str:
    told = {"data-step": node.name, "data-runs": node.runs}
    told |= {"data-holds": "\n".join(node.holds)} if isinstance(node, Folded) else {}
    return " ".join(f"{name}={quoteattr(value)}" for name, value in told.items() if value)


def _tip(node: Node) -> str:
    """All that a step does, also what was too long for its box."""
    holds = [", ".join(node.holds)] if isinstance(node, Folded) else []
    return "\n".join([f"{node.name}: {node.verb}", *node.about, *holds])


def _visits(node: Node, box: Box) -> Iterator[str]:
    """At the step's right upper corner."""
    if node.visits:
        shown = [*map(str, node.visits[:MOST_VISITS]), *(["…"] if len(node.visits) > MOST_VISITS else [])]
        place = f'x="{box.x + box.width / 2 + 4:.1f}" y="{box.top + 8:.1f}"'
        yield f'<text class="visits" {place}>{", ".join(shown)}</text>'


def _rectangle(box: Box, kind: str, round_corners: float) -> str:
    place = f'x="{box.x - box.width / 2:.1f}" y="{box.top:.1f}"'
    return f'<rect class="{kind}" {place} width="{box.width:.1f}" height="{box.height:.1f}" rx="{round_corners:g}"/>'


def _texts(lines: Lines, box: Box) -> Iterator[str]:
    baseline = box.top + PADDING / 2
    for line in lines:
        yield _text(line, box.x, baseline + line.size * 0.98)
        baseline += line.size * LEADING


def _text(line: Line, x: float, y: float) -> str:
    return f'<text class="{line.kind}" x="{x:.1f}" y="{y:.1f}">{escape(line.text)}</text>'
