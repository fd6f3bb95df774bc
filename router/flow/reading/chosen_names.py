"""Where a step names a table, a list or hours by a text of the call: `tables[vars.team]`, `tables[${vars.team}]`."""

import re
from typing import Final

from router.flow.expressions.text_of import TextOf
from router.flow.model import Template
from router.flow.reading.flow_scope import FlowScope
from router.flow.reading.name_advice import typed
from router.flow.yaml.node import Node
from router.flow.yaml.positions import place_of

_CHOSEN: Final = re.compile(r"(?P<kind>hours|lists|tables)\[(?P<text>.*)\]", re.DOTALL)
_ALMOST: Final = re.compile(r"(?:(?:hour|list|table)s?[.\[])?\$\{([^}]*)\}|(?:hour|list|table)\[(.*)\]")
_UNKNOWN: Final = {"hours": "F305", "lists": "F304", "tables": "F313"}


def read_chosen(scope: FlowScope, node: Node | None, kind: str) -> Template | None:
    """The text that chooses one of a kind; None where the node names one outright, INVALID where it has a finding."""
    if node is None:
        return None
    found, almost = _CHOSEN.fullmatch(node.text), _ALMOST.fullmatch(node.text)
    if almost is not None:
        return scope.say(
            _UNKNOWN[kind], node, f"`{node.text}` names no {kind}", typed(node, 0, f"{kind}[{almost[1] or almost[2]}]")
        )
    if found is None or found["kind"] != kind:
        return None
    if not scope.resources.known[kind] and scope.resources.unknown is None:
        return scope.say(_UNKNOWN[kind], node, f"the bundle has no {kind}")
    start, text = found.start("text"), found["text"]
    if "${" in text:
        return scope.template(node, start, start + len(text))
    mark = place_of(node, start, scope.report.lines.get(node.mark.file, ()))
    compiled = scope.expression(Node("scalar", text, mark), "text")
    return TextOf(compiled) if compiled else scope.invalid()
